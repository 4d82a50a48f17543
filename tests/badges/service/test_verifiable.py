"""What a stranger finds of a badge over HTTP, and whether it verifies by that alone."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from contracts.badges import BadgeAwarded, BadgeRevoked
from services.badges.app import service
from services.badges.baking import unbake
from services.badges.domain.credential import Document
from services.badges.domain.shown import achievement_id
from services.badges.status_list import ENTRIES, decode
from services.badges.usecases.achievements import PICTURES
from services.badges.verifying import Verdict, validate_schema, verify_credential
from services.chassis.app import create_app
from services.chassis.testing import ORIGIN, Keyring, client_of
from tests.badges.service.town import ACTIVITY, ORGANISATION, Facts, Town, parsed

UNKNOWN = UUID(int=1)

JSON = {"Accept": "application/json"}


async def _claimed(town: Town, http: httpx.AsyncClient) -> dict[str, Any]:
    (awarded,) = await town.told(BadgeAwarded)
    answer = await http.get(awarded["claim"], headers=JSON)
    assert answer.status_code == 200, answer.text
    badge: dict[str, Any] = answer.json()
    return badge


async def _verdict(http: httpx.AsyncClient, content: bytes) -> Verdict:
    """As a stranger: everything but the badge itself is fetched."""
    document = parsed(content)
    did = document["issuer"]["id"]
    url = f"{ORIGIN}/{did.removeprefix('did:web:city.test:').replace(':', '/')}/did.json"
    resolved: Document = (await http.get(url)).json()
    listed = await http.get(document["credentialStatus"]["statusListCredential"])
    return verify_credential(
        content, datetime.now(UTC), {did: resolved}.get, lambda _url: listed.content
    ).verdict


async def test_a_badge_verifies_by_what_is_published_and_no_longer_once_withdrawn(
    town: Town, keyring: Keyring
) -> None:
    await town.hear(*Facts().all())
    await town.work()
    async with client_of(create_app(service(town.settings))) as http:
        badge = await _claimed(town, http)
        content = (await http.get(badge["credential"])).content
        assert not validate_schema(parsed(content))
        assert await _verdict(http, content) is Verdict.VALID

        issuer = keyring.headers(roles={ORGANISATION: ["issuer"]})
        url = f"/awards/{badge['award']}/revoke"
        for _ in range(2):
            revoked = await http.post(url, json={"reason": "a mistake"}, headers=issuer)
            assert revoked.status_code == 200
            assert revoked.json()["state"] == "revoked"
        await town.work()
        assert await _verdict(http, content) is Verdict.WITHDRAWN
        assert (await _claimed(town, http))["state"] == "withdrawn"
        (told,) = await town.told(BadgeRevoked)
        assert told["reason"] == "a mistake"
        (public,) = await town.told(BadgeRevoked, "pub")
        assert {"reason", "recipient"}.isdisjoint(public)


async def test_a_credential_names_its_holder_by_a_salted_hash_alone(town: Town) -> None:
    await town.hear(*Facts().all())
    await town.work()
    async with client_of(create_app(service(town.settings))) as http:
        badge = await _claimed(town, http)
        content = (await http.get(badge["credential"])).content
    assert b"learner@" not in content
    subject = parsed(content)["credentialSubject"]
    assert "id" not in subject
    (identity,) = subject["identifier"]
    assert identity["hashed"] is True
    assert len(identity["salt"]) == 32


async def test_minors_are_named_by_a_random_number(town: Town) -> None:
    settings = town.settings.model_copy(update={"learners_are_minors": True})
    minors = Town(settings)
    await minors.hear(*Facts().all())
    await minors.work()
    async with client_of(create_app(service(settings))) as http:
        badge = await _claimed(town, http)
        subject = (await http.get(badge["credential"])).json()["credentialSubject"]
    await minors.close()
    assert subject["id"].startswith("urn:uuid:")
    assert "identifier" not in subject


async def test_the_stored_bytes_are_served_in_the_type_that_was_asked_for(town: Town) -> None:
    await town.hear(*Facts().all())
    await town.work()
    async with client_of(create_app(service(town.settings))) as http:
        url = (await _claimed(town, http))["credential"]
        plain = await http.get(url)
        asked = await http.get(url, headers={"Accept": "application/vc"})
        again = await http.get(url, headers={"If-None-Match": plain.headers["etag"]})
        saved = await http.get(f"{url}.json")
    assert plain.headers["content-type"] == "application/vc+ld+json"
    assert asked.headers["content-type"] == "application/vc"
    assert plain.content == asked.content == saved.content
    assert (again.status_code, again.content) == (304, b"")
    assert "no-cache" in plain.headers["cache-control"]
    assert plain.headers["x-robots-tag"] == "noindex"
    assert saved.headers["content-disposition"].startswith("attachment")


async def test_the_baked_picture_carries_the_credential(town: Town) -> None:
    await town.hear(*Facts().all())
    await town.work()
    await town.work(PICTURES)
    async with client_of(create_app(service(town.settings))) as http:
        badge = await _claimed(town, http)
        baked = await http.get(badge["credential_png"])
        picture = await http.get(badge["picture"])
        credential = await http.get(badge["credential"])
    assert unbake(baked.content) == credential.content
    assert "no-transform" in baked.headers["cache-control"]
    assert unbake(picture.content) is None
    assert picture.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_a_picture_that_is_not_drawn_yet_is_answered_so(town: Town) -> None:
    await town.hear(*Facts().all())
    await town.work()
    async with client_of(create_app(service(town.settings))) as http:
        badge = await _claimed(town, http)
        for url in (badge["picture"], badge["credential_png"]):
            answer = await http.get(url)
            assert (answer.status_code, answer.json()["type"][-9:]) == (503, "not-ready")


async def test_an_achievement_is_served_at_its_version_and_as_it_is_now(town: Town) -> None:
    facts = Facts()
    await town.hear(facts.registered, facts.published(), facts.published(2, title="Podcast producer"))
    achievement = achievement_id(ACTIVITY)
    async with client_of(create_app(service(town.settings))) as http:
        first = (await http.get(f"/achievements/{achievement}/1")).json()
        now = (await http.get(f"/achievements/{achievement}")).json()
        listed = (await http.get(f"/achievements?source={ACTIVITY}")).json()
        assert (await http.get(f"/achievements/{achievement}/3")).status_code == 404
    assert (first["name"], first["version"]) == ("Podcast maker", "1")
    assert (now["name"], now["id"]) == ("Podcast producer", f"{ORIGIN}/achievements/{achievement}/2")
    assert [each["name"] for each in listed["items"]] == ["Podcast producer"]
    assert now["creator"]["id"] == f"did:web:city.test:issuers:{ORGANISATION}"


async def test_a_status_list_has_enough_entries_to_hide_in(town: Town) -> None:
    await town.hear(*Facts().all())
    await town.work()
    async with client_of(create_app(service(town.settings))) as http:
        answer = await http.get(f"/status/{ORGANISATION}/1")
    subject = answer.json()["credentialSubject"]
    assert len(decode(subject["encodedList"])) * 8 >= ENTRIES == 131_072
    assert subject["ttl"] == 300_000
    assert answer.headers["cache-control"] == "public, max-age=300"


@pytest.mark.parametrize(
    "path",
    [
        f"/issuers/{UNKNOWN}",
        f"/issuers/{UNKNOWN}/did.json",
        f"/achievements/{UNKNOWN}",
        f"/achievements/{UNKNOWN}/1/image.png",
        f"/status/{UNKNOWN}/1",
        "/credentials/AAAAAAAAAAAAAAAAAAAAAA",
        "/credentials/AAAAAAAAAAAAAAAAAAAAAA.png",
        "/credentials/AAAAAAAAAAAAAAAAAAAAAA.svg",
        "/credentials/short",
        "/claims/AAAAAAAAAAAAAAAAAAAAAA",
    ],
)
async def test_what_is_not_there_is_a_404_that_says_so(town: Town, path: str) -> None:
    async with client_of(create_app(service(town.settings))) as http:
        answer = await http.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_claim_page_speaks_the_recipients_language(town: Town) -> None:
    await town.hear(*Facts().all())
    await town.work()
    async with client_of(create_app(service(town.settings))) as http:
        (awarded,) = await town.told(BadgeAwarded)
        page = await http.get(awarded["claim"], headers={"Accept": "text/html"})
    assert page.headers["content-language"] == "fi"
    assert "Myöntäjä" in page.text
    assert "Podcast maker" in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-robots-tag"] == "noindex"
    assert "default-src 'none'" in page.headers["content-security-policy"]
