"""Every form in which a badge is had passes our own verification, and none does once it is withdrawn."""

from datetime import UTC, datetime
from uuid import UUID

import httpx

from services.badges.app import service
from services.badges.storage.reissues import Wanted
from services.badges.usecases import awards
from services.chassis.app import create_app
from services.chassis.testing import client_of
from tests.badges.service.test_forms import one_badge
from tests.badges.service.test_keys import KEK, reissued, upkeep_of
from tests.badges.service.town import Town

FORMS = (".json", ".jwt", ".jwt?algorithm=ES256", ".png", ".svg", ".png?proof=jwt", ".svg?proof=jwt")


JSON = {"Accept": "application/json"}


async def outcomes(http: httpx.AsyncClient, files: list[bytes], *urls: str) -> list[str]:
    """What verification says of these files, and of what stands at these addresses."""
    answers = [await http.post("/verify", files={"file": each}, headers=JSON) for each in files]
    answers += [await http.post("/verify", data={"url": each}, headers=JSON) for each in urls]
    return [each.json()["outcome"] for each in answers]


async def test_every_form_of_a_badge_verifies_until_it_is_withdrawn(town: Town) -> None:
    async with client_of(create_app(service(town.settings))) as http:
        badge = await one_badge(town, http)
        files = [(await http.get(badge["credential"] + form)).content for form in FORMS]
        urls = (badge["credential"], badge["assertion"])
        assert set(await outcomes(http, files, *urls)) == {"valid"}
        async with town.database.transaction() as session:
            await awards.revoke(session, UUID(badge["award"]), "somebody", "private", datetime.now(UTC))
        await town.work()
        assert set(await outcomes(http, files, *urls)) == {"withdrawn"}


async def test_what_a_compromised_key_signed_verifies_in_no_form_until_it_is_issued_anew(town: Town) -> None:
    upkeep = upkeep_of(town.settings)
    async with client_of(create_app(service(town.settings))) as http:
        badge = await one_badge(town, http)
        files = [(await http.get(badge["credential"] + form)).content for form in FORMS]
        old = [each.name for each in await upkeep.list_keys(None)]
        for name in old:
            await upkeep.compromise(name, KEK)
        await town.work()
        for each in files:
            told = (await http.post("/verify", files={"file": each}, headers=JSON)).json()
            assert told["outcome"] == "unknown_issuer"
            assert any("compromised since" in check["reason"] for check in told["checks"])
        for name in old:
            await upkeep.reissue(Wanted(key=name))
        await reissued(town, upkeep)
        files = [(await http.get(badge["credential"] + form)).content for form in FORMS]
        assert set(await outcomes(http, files)) == {"valid"}
