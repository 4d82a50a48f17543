"""One badge at its own address in every form: JSON, JWT, pictures, page; each with its type and headers."""

import base64
from typing import Any
from xml.etree import ElementTree

import httpx
import orjson
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from contracts.badges import BadgeAwarded
from services.badges.app import service
from services.badges.baking import KEYWORD_2_0, unbake
from services.badges.usecases.achievements import PICTURES
from services.badges.verifying import validate_schema
from services.chassis.app import create_app
from services.chassis.testing import ORIGIN, client_of
from tests.badges.service.test_keys import KEK, upkeep_of
from tests.badges.service.town import ORGANISATION, Facts, Town, parsed

NS_3_0, NS_2_0 = "{https://purl.imsglobal.org/ob/v3p0}", "{http://openbadges.org}"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


async def one_badge(town: Town, http: httpx.AsyncClient) -> dict[str, Any]:
    await town.hear(*Facts().all())
    await town.work()
    await town.work(PICTURES)
    (awarded,) = await town.told(BadgeAwarded)
    answer = await http.get(awarded["claim"], headers={"Accept": "application/json"})
    badge: dict[str, Any] = answer.json()
    return badge


def header_of(token: str) -> dict[str, Any]:
    header: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(token.partition(".")[0] + "=="))
    return header


@pytest.mark.parametrize(("algorithm", "kind"), [("RS256", RSAKey), ("ES256", ECKey)])
async def test_a_token_verifies_by_the_key_that_it_names(
    town: Town, algorithm: str, kind: type[RSAKey] | type[ECKey]
) -> None:
    async with client_of(create_app(service(town.settings))) as http:
        badge = await one_badge(town, http)
        token = (await http.get(f"{badge['credential_jwt']}?algorithm={algorithm}")).text
        again = (await http.get(f"{badge['credential_jwt']}?algorithm={algorithm}")).text
        header = header_of(token)
        published = await http.get(header["kid"])
        did = (await http.get(f"/issuers/{ORGANISATION}/did.json")).json()
        embedded = (await http.get(badge["credential"])).json()
    assert again == token, "it is signed once"
    assert header == {"alg": algorithm, "typ": "JWT", "kid": header["kid"]}
    assert header["kid"].startswith(f"{ORIGIN}/keys/")
    key = published.json()
    assert published.headers["content-type"] == "application/jwk+json"
    assert key["controller"] == did["id"], "other organisations' keys are on this host too"
    assert "d" not in key and (key["kid"], key["alg"]) == (header["kid"], algorithm)
    verified = jws.deserialize_compact(token, kind.import_key(key), algorithms=[algorithm])
    payload = parsed(verified.payload)
    assert (payload["iss"], payload["jti"]) == (did["id"], badge["credential"])
    assert payload["sub"] == payload["credentialSubject"]["id"]
    assert payload["sub"].startswith("urn:uuid:")
    assert not validate_schema(payload)
    assert "vc" not in payload and "proof" not in payload
    assert embedded["credentialSubject"]["identifier"] == payload["credentialSubject"]["identifier"]
    methods = {each["id"]: each for each in did["verificationMethod"] if each["type"] == "JsonWebKey"}
    (method,) = methods.values()
    assert method["id"] in did["assertionMethod"]
    assert method["publicKeyJwk"].items() <= key.items()


async def test_a_compromised_token_key_says_so_and_the_next_token_has_another(town: Town) -> None:
    upkeep = upkeep_of(town.settings)
    async with client_of(create_app(service(town.settings))) as http:
        badge = await one_badge(town, http)
        old = header_of((await http.get(badge["credential_jwt"])).text)["kid"]
        await upkeep.compromise(old.rpartition("/")[2], KEK)
        published = (await http.get(old)).json()
        assert {"n", "e"}.isdisjoint(published) and published["revoked"]
        new = header_of((await http.get(badge["credential_jwt"])).text)["kid"]
        assert new != old
        assert (await http.get(new)).status_code == 200


ASKED_FOR = {
    "*/*": "application/vc+ld+json",
    "application/json": "application/json",
    "text/plain": "text/plain; charset=utf-8",
    "application/vc+jwt": "application/vc+jwt",
    "image/png": "image/png",
    "image/svg+xml": "image/svg+xml",
    BROWSER: "text/html; charset=utf-8",
}


async def test_who_asks_decides_in_which_form_a_badge_is_answered(town: Town) -> None:
    async with client_of(create_app(service(town.settings))) as http:
        badge = await one_badge(town, http)
        for accept, media_type in ASKED_FOR.items():
            answer = await http.get(badge["credential"], headers={"Accept": accept})
            assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
            assert answer.headers["vary"] == "Accept"
            assert "no-transform" in answer.headers["cache-control"]
            assert answer.headers["x-robots-tag"] == "noindex"


SAVED_AS = {
    "json": "application/vc+ld+json",
    "jwt": "text/plain; charset=utf-8",
    "png": "image/png",
    "svg": "image/svg+xml",
}


async def test_a_badge_is_downloaded_by_the_ending_of_its_address(town: Town) -> None:
    tags = set()
    async with client_of(create_app(service(town.settings))) as http:
        badge = await one_badge(town, http)
        for ending, media_type in SAVED_AS.items():
            url = f"{badge['credential']}.{ending}"
            answer = await http.get(url, headers={"Accept": BROWSER})
            same = await http.get(url, headers={"If-None-Match": answer.headers["etag"]})
            assert answer.headers["content-type"] == media_type
            assert answer.headers["content-disposition"] == f'attachment; filename="badge.{ending}"'
            assert "no-transform" in answer.headers["cache-control"]
            assert same.status_code == 304
            tags.add(answer.headers["etag"])
    assert len(tags) == len(SAVED_AS), "no form is taken for another"


async def test_a_picture_carries_the_badge_for_both_standards(town: Town) -> None:
    async with client_of(create_app(service(town.settings))) as http:
        badge = await one_badge(town, http)
        embedded = (await http.get(badge["credential"])).content
        token = (await http.get(badge["credential_jwt"])).content
        png = (await http.get(badge["credential_png"])).content
        png_jwt = (await http.get(f"{badge['credential_png']}?proof=jwt")).content
        svg = ElementTree.fromstring((await http.get(badge["credential_svg"])).content)
        svg_jwt = ElementTree.fromstring((await http.get(f"{badge['credential_svg']}?proof=jwt")).content)
    assert (unbake(png), unbake(png_jwt)) == (embedded, token)
    assert unbake(png, KEYWORD_2_0) == unbake(png_jwt, KEYWORD_2_0) == badge["assertion"].encode()
    assert svg[0].tag == f"{NS_3_0}credential"
    assert (svg[0].text or "").encode() == embedded
    assert svg_jwt[0].get("verify") == token.decode()
    for each in (svg, svg_jwt):
        (older,) = each.findall(f"{NS_2_0}assertion")
        assert older.get("verify") == badge["assertion"]


async def test_a_page_for_others_has_a_preview_and_no_secrets_of_the_holder(town: Town) -> None:
    async with client_of(create_app(service(town.settings))) as http:
        badge = await one_badge(town, http)
        page = await http.get(badge["credential"], headers={"Accept": BROWSER})
        claim = await http.get(badge["claim"], headers={"Accept": BROWSER})
    assert 'property="og:title" content="Podcast maker"' in page.text
    assert f'property="og:image" content="{badge["picture"]}"' in page.text
    assert 'name="robots" content="noindex"' in page.text
    assert badge["claim"] not in page.text
    assert page.headers["content-language"] == "en", "that of the badge"
    assert "og:title" not in claim.text
    for ending in ("json", "jwt", "png", "svg"):
        assert f'href="{badge["credential"]}.{ending}"' in page.text


async def test_an_unknown_badge_is_found_in_no_form(town: Town) -> None:
    endings = ("", ".json", ".jwt", ".png", ".svg", ".html", ".JSON", ".json.json")
    async with client_of(create_app(service(town.settings))) as http:
        for ending in endings:
            answer = await http.get(f"/credentials/{'A' * 22}{ending}", headers={"Accept": BROWSER})
            assert answer.status_code == 404
