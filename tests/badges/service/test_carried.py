"""Endorsements that badges carry, show, and carry no longer once they are taken back."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from contracts.badges import BadgeAwarded
from services.badges.app import service
from services.badges.storage import carrying
from services.badges.storage.carrying import Badge
from services.badges.storage.reissues import Wanted
from services.badges.usecases.endorsements import ENDORSING
from services.chassis.app import create_app
from services.chassis.testing import Keyring, client_of, until
from tests.badges.service.test_endorsements import ENDORSER, MINE, WORD, Both, _city
from tests.badges.service.test_keys import KEK, upkeep_of
from tests.badges.service.town import ORGANISATION, Facts, Town, parsed

JSON = {"Accept": "application/json"}


@pytest.fixture
async def both(town: Town, keyring: Keyring) -> AsyncIterator[Both]:
    """A city with one badge, and both sides of an endorsement."""
    await _city(town)
    async with client_of(create_app(service(town.settings))) as http:
        yield Both(town, http, keyring)


async def _badge(both: Both, number: int = 0) -> dict[str, Any]:
    awarded = (await both.town.told(BadgeAwarded))[number]
    badge: dict[str, Any] = (await both.http.get(awarded["claim"], headers=JSON)).json()
    return badge


async def _document(both: Both, number: int = 0) -> dict[str, Any]:
    return parsed((await both.http.get((await _badge(both, number))["credential"])).content)


async def _second(both: Both) -> dict[str, Any]:
    """A badge that is issued now."""
    second = Facts(recipient=UUID(int=5), address="b@example.org")
    await both.town.hear(second.named, second.completed)
    await both.town.work()
    return await _document(both, 1)


async def _endorsed(both: Both, who: dict[str, str], **target: Any) -> str:
    endorsement = (await both.propose(**target)).json()["id"]
    assert (await both.move(endorsement, "accept", who)).status_code == 200
    return str(endorsement)


async def _anew(both: Both, before: dict[str, Any], number: int = 0) -> dict[str, Any]:
    """The badge once it has been issued anew."""

    async def done() -> bool:
        await both.town.work(ENDORSING)
        await both.town.work()
        return await _document(both, number) != before

    await until(done)
    return await _document(both, number)


def _claims(token: str) -> dict[str, Any]:
    return parsed(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


async def _verified(both: Both, document: dict[str, Any]) -> dict[str, Any]:
    answer = await both.http.post("/verify", data={"text": json.dumps(document)}, headers=JSON)
    found = answer.json()
    return {"outcome": found["outcome"]} | {each["name"]: each for each in found["checks"]}


async def test_a_badge_carries_the_endorsements_that_stand_when_it_is_issued(both: Both) -> None:
    assert "endorsementJwt" not in await _document(both)
    await _endorsed(both, both.endorsed, achievement=str(MINE))
    await _endorsed(both, both.endorsed, organisation=str(ORGANISATION))
    document = await _second(both)
    carried = [_claims(each) for each in document["endorsementJwt"]]
    achievement, issuer = document["credentialSubject"]["achievement"], document["issuer"]
    assert [each["sub"] for each in carried] == [achievement["id"], issuer["id"]]
    for each in carried:
        assert each["type"] == ["VerifiableCredential", "EndorsementCredential"]
        assert each["credentialSubject"]["endorsementComment"] == WORD["comment"]
        assert each["iss"] == each["issuer"]["id"] != issuer["id"]
        served = await both.http.get(each["jti"])
        assert served.json()["credentialSubject"] == each["credentialSubject"]
    found = await _verified(both, document)
    assert (found["outcome"], found["endorsements"]["result"]) == ("valid", "passed"), found
    assert len(found["endorsements"]["details"]) == 2
    token = (await both.http.get((await _badge(both, 1))["credential_jwt"])).text
    assert _claims(token)["endorsementJwt"] == document["endorsementJwt"]


async def test_a_city_may_have_endorsements_found_by_link_alone(both: Both) -> None:
    await _endorsed(both, both.endorsed, achievement=str(MINE))
    badge = Badge(UUID(int=9), MINE, 1, ORGANISATION)
    async with both.town.database.transaction() as session:
        for most in (0, 1):
            found = await carrying.carried(session, [badge], most)
            assert [len(carried) for carried in found.values()] == [most]


async def test_a_badge_shows_what_others_say_of_it(both: Both) -> None:
    await _endorsed(both, both.endorsed, achievement=str(MINE))
    badge = await _badge(both)
    (shown,) = badge["endorsements"]
    assert (shown["kind"], shown["comment"]) == ("achievement", WORD["comment"])
    for address in (badge["credential"], badge["claim"]):
        page = (await both.http.get(address, headers={"Accept": "text/html"})).text
        assert WORD["comment"] in page
        assert shown["url"] in page


async def test_a_badge_that_is_endorsed_itself_is_issued_anew_with_that(both: Both) -> None:
    before = await _document(both)
    await _endorsed(both, both.holder, credential=before["id"])
    after = await _anew(both, before)
    (carried,) = after["endorsementJwt"]
    assert _claims(carried)["sub"] == before["id"] == after["id"]
    assert (await _verified(both, after))["endorsements"]["result"] == "passed"


async def test_a_later_endorsement_comes_into_a_badge_when_its_holder_renews_it(both: Both) -> None:
    badge, before = await _badge(both), await _document(both)
    await _endorsed(both, both.endorsed, achievement=str(MINE))
    await both.http.post(f"/portfolio/badges/{badge['award']}/renew", headers=both.holder)
    after = await _anew(both, before)
    assert len(after["endorsementJwt"]) == 1
    assert (await _verified(both, before))["outcome"] == "valid", "copies stay what they were"


async def test_what_is_taken_back_is_carried_no_longer_and_old_copies_say_so(both: Both) -> None:
    endorsement = await _endorsed(both, both.endorsed, achievement=str(MINE))
    before = await _second(both)
    await both.move(endorsement, "withdraw", both.endorser)
    found = await _verified(both, before)
    assert found["outcome"] == "valid", "the badge is still the badge"
    assert found["endorsements"]["result"] == "failed"
    assert "endorsementJwt" not in await _anew(both, before, 1)


async def test_an_endorsement_of_a_compromised_key_is_signed_anew_with_the_badges_that_carry_it(
    both: Both,
) -> None:
    await _endorsed(both, both.endorsed, achievement=str(MINE))
    before = await _second(both)
    upkeep = upkeep_of(both.town.settings)
    keys = {each.kind: each.name for each in await upkeep.list_keys(ENDORSER)}
    (listed,) = await both.read(f"/achievements/{MINE}/endorsements")
    for name in keys.values():
        await upkeep.compromise(name, KEK)
    assert (await _verified(both, before))["endorsements"]["result"] == "failed"
    assert "endorsementJwt" not in await _document(both, 0)
    ordered = [(await upkeep.reissue(Wanted(key=name))).endorsements for name in keys.values()]
    assert ordered == [1, 0], "it is ordered once"
    assert await upkeep.left() == 1
    after = await _anew(both, before, 1)
    found = await _verified(both, after)
    assert (found["outcome"], found["endorsements"]["result"]) == ("valid", "passed"), found
    (now,) = await both.read(f"/achievements/{MINE}/endorsements")
    assert now["id"] == listed["id"]
    assert now["credentialStatus"] == listed["credentialStatus"]
    assert now["validFrom"] > listed["validFrom"]
    assert await upkeep.left() == 0
    history = (await upkeep.export(ENDORSER, sealed=False))["history"]
    assert [each["action"] for each in history].count("reissued") == 1
