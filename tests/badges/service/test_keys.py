"""Replacing keys, giving one up, sealing them anew, and issuing again what they signed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr

from contracts.badges import BadgeAwarded
from services.badges.app import service
from services.badges.sealing import CannotOpenKey
from services.badges.settings import Settings
from services.badges.storage.reissues import Wanted
from services.badges.upkeep import Upkeep
from services.badges.usecases import awards
from services.badges.usecases.issuing import ISSUING
from services.badges.usecases.keys import NoKeyYet, UnknownKey
from services.badges.usecases.reissuing import StillInUse
from services.badges.verifying import Verdict, Verification, verify_credential
from services.chassis.app import create_app
from services.chassis.testing import CITY, ORIGIN, client_of, until
from tests.badges.service.town import ORGANISATION, Facts, Town, parsed

KEK, NEW_KEK = bytes.fromhex("07" * 32), bytes.fromhex("08" * 32)


def upkeep_of(settings: Settings) -> Upkeep:
    return Upkeep(settings.database_url, CITY, ORIGIN, "operator:ann")


async def one_badge(town: Town, http: httpx.AsyncClient) -> dict[str, Any]:
    """A badge is issued; what its holder sees of it."""
    await town.hear(*Facts().all())
    await town.work()
    return await held(town, http)


async def held(town: Town, http: httpx.AsyncClient) -> dict[str, Any]:
    awarded = (await town.told(BadgeAwarded))[0]
    answer = await http.get(awarded["claim"], headers={"Accept": "application/json"})
    badge: dict[str, Any] = answer.json()
    return badge


async def verified(http: httpx.AsyncClient, content: bytes) -> Verification:
    """As a stranger finds it, by what is published now."""
    document = parsed(content)
    did = document["issuer"]["id"]
    resolved = (await http.get(f"/issuers/{did.rpartition(':')[2]}/did.json")).json()
    listed = await http.get(document["credentialStatus"]["statusListCredential"])
    return verify_credential(content, datetime.now(UTC), {did: resolved}.get, lambda _url: listed.content)


async def reissued(town: Town, upkeep: Upkeep) -> None:
    """Let the issuing loop do all that was ordered; a second after the first issue at the earliest."""

    async def done() -> bool:
        await town.work()
        return await upkeep.left() == 0

    await until(done)


def key_of(content: bytes) -> str:
    return str(parsed(content)["proof"]["verificationMethod"].rpartition("#")[2])


async def test_what_a_replaced_key_signed_goes_on_verifying(town: Town) -> None:
    upkeep = upkeep_of(town.settings)
    async with client_of(create_app(service(town.settings))) as http:
        badge = await one_badge(town, http)
        old = (await http.get(badge["credential"])).content
        (new,) = await upkeep.rotate(ORGANISATION, KEK)
        did = (await http.get(f"/issuers/{ORGANISATION}/did.json")).json()
        assert (await verified(http, old)).verdict is Verdict.VALID
        methods = [each["id"].rpartition("#")[2] for each in did["verificationMethod"]]
        assert methods == [key_of(old), new.name]
        assert len(did["assertionMethod"]) == 2
        second = Facts(recipient=UUID(int=5), address="b@example.org")
        await town.hear(second.named, second.completed)
        await town.work()
        (signed_later,) = {each.name for each in await upkeep.list_keys(None)} - {key_of(old)}
        assert signed_later == new.name
    assert [each.retired_at is None for each in await upkeep.list_keys(ORGANISATION)] == [False, True]


async def test_what_a_compromised_key_signed_says_so_and_is_issued_anew_by_one_command(town: Town) -> None:
    upkeep = upkeep_of(town.settings)
    async with client_of(create_app(service(town.settings))) as http:
        badge = await one_badge(town, http)
        old = (await http.get(badge["credential"])).content
        with pytest.raises(StillInUse):
            await upkeep.reissue(Wanted(key=key_of(old)))
        for _ in range(2):
            await upkeep.compromise(key_of(old), KEK)
        await town.work()
        found = await verified(http, old)
        assert found.verdict is Verdict.UNKNOWN_ISSUER
        assert any(f"{key_of(old)} compromised since" in check.reason for check in found.checks)

        assert (await upkeep.reissue(Wanted(key=key_of(old)))).badges == 1
        assert (await upkeep.reissue(Wanted(key=key_of(old)))).badges == 0, "it is ordered already"
        await reissued(town, upkeep)
        new = (await http.get(badge["credential"])).content
        assert (await verified(http, new)).verdict is Verdict.VALID
        assert (await verified(http, old)).verdict is Verdict.UNKNOWN_ISSUER
    assert len(await upkeep.list_keys(None)) == 2
    assert (await upkeep.reissue(Wanted(key=key_of(old)))).badges == 0, "nothing that it signed is left"


async def test_a_badge_that_is_issued_anew_is_the_same_but_for_when_it_is_valid_from(town: Town) -> None:
    upkeep = upkeep_of(town.settings)
    async with client_of(create_app(service(town.settings))) as http:
        badge = await one_badge(town, http)
        before = parsed((await http.get(badge["credential"])).content)
        await upkeep.rotate(None, KEK)
        assert (await upkeep.reissue(Wanted(award=UUID(badge["award"])))).badges == 1
        await reissued(town, upkeep)
        after = parsed((await http.get(badge["credential"])).content)
        assert (await upkeep.reissue(Wanted(organisation=ORGANISATION))).badges == 0
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"validFrom", "proof"}
    assert after["validFrom"] > before["validFrom"]
    assert list(before) == list(after)
    assert len(await town.told(BadgeAwarded)) == 1, "nothing new was awarded"


async def test_a_withdrawn_badge_stays_withdrawn_when_it_is_issued_anew(town: Town) -> None:
    upkeep = upkeep_of(town.settings)
    async with client_of(create_app(service(town.settings))) as http:
        badge = await one_badge(town, http)
        async with town.database.transaction() as session:
            await awards.revoke(session, UUID(badge["award"]), "somebody", "private", datetime.now(UTC))
        await upkeep.compromise(key_of((await http.get(badge["credential"])).content), KEK)
        await upkeep.reissue(Wanted(organisation=ORGANISATION))
        await reissued(town, upkeep)
        new = (await http.get(badge["credential"])).content
        assert (await verified(http, new)).verdict is Verdict.WITHDRAWN


async def test_keys_are_sealed_anew_all_or_none(town: Town) -> None:
    upkeep = upkeep_of(town.settings)
    async with client_of(create_app(service(town.settings))) as http:
        badge = await one_badge(town, http)
        await http.get(f"{badge['credential']}.jwt")
    with pytest.raises(CannotOpenKey):
        await upkeep.rewrap(NEW_KEK, bytes(32))
    assert await upkeep.rewrap(KEK, NEW_KEK) == 2
    assert await upkeep.rewrap(KEK, NEW_KEK) == 0, "all are sealed so already"
    with pytest.raises(CannotOpenKey):
        await upkeep.rotate(ORGANISATION, KEK)
    second = Facts(recipient=UUID(int=5), address="b@example.org")
    await town.hear(second.named, second.completed)
    with pytest.raises(CannotOpenKey):
        await town.work(ISSUING)
    moved = Town(town.settings.model_copy(update={"key_encryption_key": SecretStr("08" * 32)}))
    await moved.work()
    assert len(await moved.told(BadgeAwarded)) == 2
    await moved.close()


async def test_whatever_is_done_to_a_key_is_kept_with_who_did_it_and_the_did_document_of_then(
    town: Town,
) -> None:
    upkeep = upkeep_of(town.settings)
    await town.hear(*Facts().all())
    await town.work()
    (first,) = await upkeep.list_keys(ORGANISATION)
    await upkeep.compromise(first.name, KEK)
    told = await upkeep.export(ORGANISATION, sealed=False)
    done = [(each["action"], each["actor"]) for each in told["history"]]
    assert done == [("made", "badges"), ("rotated", "operator:ann"), ("compromised", "operator:ann")]
    asserting = [len(each["didDocument"]["assertionMethod"]) for each in told["history"]]
    assert asserting == [1, 2, 1]
    assert told["didDocument"] == told["history"][-1]["didDocument"]
    assert "sealed" not in told["keys"][0]
    moments = [datetime.fromisoformat(each["at"]) for each in told["history"]]
    assert max(moments) - min(moments) < timedelta(minutes=1)
    assert "sealed" in (await upkeep.export(ORGANISATION, sealed=True))["keys"][0]


async def test_what_cannot_be_done_to_keys_is_refused(town: Town) -> None:
    upkeep = upkeep_of(town.settings)
    with pytest.raises(NoKeyYet):
        await upkeep.rotate(ORGANISATION, KEK)
    with pytest.raises(UnknownKey):
        await upkeep.compromise("z6MkNobody", KEK)
    with pytest.raises(UnknownKey):
        await upkeep.reissue(Wanted(key="z6MkNobody"))
    assert await upkeep.rotate(None, KEK) == []
