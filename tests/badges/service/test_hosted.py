"""The Open Badges 2.0 view of an award: whole, linked both ways, and shown only where it may be."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.badges.app import service
from services.badges.domain.badge import identity_hash
from services.badges.settings import Settings
from services.chassis.app import create_app
from services.chassis.testing import ORIGIN, Keyring, client_of
from tests.badges.service.test_keys import one_badge
from tests.badges.service.town import ADDRESS, LEARNER, ORGANISATION, Facts, Town

CONTEXT = "https://w3id.org/openbadges/v2"
REQUIRED = {
    "Assertion": {"recipient", "badge", "verification", "issuedOn"},
    "BadgeClass": {"name", "description", "image", "criteria", "issuer"},
    "Issuer": {"name", "url", "email"},
}


async def fetched(http: httpx.AsyncClient, url: str) -> dict[str, Any]:
    """A document as a verifier of Open Badges 2.0 looks at it: all that is demanded is there."""
    answer = await http.get(url)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    assert (document["@context"], document["id"]) == (CONTEXT, url)
    assert REQUIRED[document["type"]] <= document.keys()
    return document


async def test_an_award_is_an_assertion_of_a_badge_class_of_an_issuer(town: Town) -> None:
    async with client_of(create_app(service(town.settings))) as http:
        badge = await one_badge(town, http)
        assertion = await fetched(http, badge["assertion"])
        badge_class = await fetched(http, assertion["badge"])
        issuer = await fetched(http, badge_class["issuer"])
        credential = (await http.get(badge["credential"])).json()
        picture = badge_class["image"]
    recipient = assertion["recipient"]
    assert (recipient["type"], recipient["hashed"]) == ("email", True)
    assert recipient["identity"] == identity_hash(ADDRESS, recipient["salt"])
    assert assertion["verification"] == {"type": "HostedBadge"}
    assert assertion["issuedOn"] == credential["awardedDate"]
    assert badge["credential"] not in str(assertion), "who has the one does not hold the other"
    assert picture == badge["picture"]
    assert badge_class["alignment"][0]["targetName"] == "work in teams"
    assert badge_class["tags"] == ["radio"]
    assert (issuer["name"], issuer["email"]) == ("Nuorten Ääni", "badges@city.test")


async def test_both_standards_point_to_each_other(town: Town) -> None:
    async with client_of(create_app(service(town.settings))) as http:
        badge = await one_badge(town, http)
        badge_class = (await http.get((await fetched(http, badge["assertion"]))["badge"])).json()
        achievement = (await http.get(badge["achievement"])).json()
        did = (await http.get(f"/issuers/{ORGANISATION}/did.json")).json()
        issuer = await fetched(http, badge_class["issuer"])
        profile = (await http.get(issuer["related"][0]["id"])).json()
    assert profile["id"] == did["id"]
    assert all(each["id"].startswith("https://") for each in issuer["related"]), "2.0 takes no DID for an id"
    (newer,) = badge_class["related"]
    assert newer["id"] == achievement["id"]
    (older,) = (each for each in achievement["related"] if each["id"].startswith(f"{ORIGIN}/ob2/"))
    assert older["id"] == badge_class["id"]
    assert "https://w3id.org/openbadges#BadgeClass" in older["type"]
    assert badge_class["issuer"] in did["alsoKnownAs"]


async def test_a_withdrawn_award_is_gone_and_its_view_says_nothing_more(town: Town, keyring: Keyring) -> None:
    issuer = keyring.headers(roles={ORGANISATION: ["issuer"]})
    async with client_of(create_app(service(town.settings))) as http:
        badge = await one_badge(town, http)
        url = f"/awards/{badge['award']}/revoke"
        await http.post(url, json={"reason": "private matters"}, headers=issuer)
        answer = await http.get(badge["assertion"])
    assert answer.status_code == 410
    assert answer.json() == {
        "@context": CONTEXT,
        "type": "Assertion",
        "id": badge["assertion"],
        "revoked": True,
    }


@pytest.fixture
async def minors(settings: Settings) -> Any:
    town = Town(settings.model_copy(update={"learners_are_minors": True}))
    yield town
    await town.close()


async def test_nothing_of_minors_is_hosted_until_they_turn_it_on(minors: Town, keyring: Keyring) -> None:
    learner = keyring.headers(recipients=[LEARNER])
    async with client_of(create_app(service(minors.settings))) as http:
        badge = await one_badge(minors, http)
        assert badge["assertion"] is None
        url = f"/awards/{badge['award']}/hosted"
        told = (await http.post(url, json={"shown": True}, headers=learner)).json()
        document = await fetched(http, told["url"])
        assert document["recipient"]["identity"].startswith("urn:uuid:")
        hidden = await http.post(url, json={"shown": False}, headers=learner)
        assert hidden.json() == {"shown": False, "url": None}
        assert (await http.get(told["url"])).status_code == 404


async def test_only_its_recipient_decides_whether_an_award_is_hosted(town: Town, keyring: Keyring) -> None:
    async with client_of(create_app(service(town.settings))) as http:
        badge = await one_badge(town, http)
        other = keyring.headers(recipients=[uuid4()], roles={ORGANISATION: ["owner"]}, operator=True)
        url = f"/awards/{badge['award']}/hosted"
        refused = await http.post(url, json={"shown": False}, headers=other)
        assert (refused.status_code, refused.json()["type"][-9:]) == (403, "not-yours")
        unknown = await http.post(f"/awards/{UUID(int=1)}/hosted", json={"shown": True}, headers=other)
        assert unknown.status_code == 404
        await fetched(http, badge["assertion"])


async def test_nothing_is_hosted_any_more_of_somebody_forgotten(town: Town) -> None:
    async with client_of(create_app(service(town.settings))) as http:
        badge = await one_badge(town, http)
        await fetched(http, badge["assertion"])
        await town.hear(Facts().forgotten)
        assert (await http.get(badge["assertion"])).status_code == 404
        assert (await http.get(badge["credential"])).status_code == 200


async def test_an_award_that_is_not_issued_yet_cannot_be_shown(town: Town, keyring: Keyring) -> None:
    await town.hear(*Facts().all())
    owner = keyring.headers(recipients=[LEARNER], roles={ORGANISATION: ["owner"]})
    async with client_of(create_app(service(town.settings))) as http:
        listed = (await http.get(f"/awards?organisation={ORGANISATION}", headers=owner)).json()
        (award,) = listed["items"]
        answer = await http.post(f"/awards/{award['id']}/hosted", json={"shown": True}, headers=owner)
    assert (answer.status_code, answer.json()["type"][-10:]) == (409, "not-issued")


async def test_what_is_not_there_is_a_404(town: Town) -> None:
    nobody = UUID(int=1)
    paths = (f"assertions/{'A' * 22}", "assertions/short", f"badges/{nobody}/1", f"issuers/{nobody}")
    async with client_of(create_app(service(town.settings))) as http:
        for path in paths:
            assert (await http.get(f"/ob2/{path}")).status_code == 404
