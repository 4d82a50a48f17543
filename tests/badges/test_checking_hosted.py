"""Open Badges 2.0 of others: hosted ones count as they are served, signed ones by a key of their issuer."""

from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives import serialization

from services.badges.verifying import Verdict
from tests.badges.foreign import Elsewhere, as_bytes, checked, reason, svg
from tests.badges.issuing_elsewhere import P256, RSA, Document, token

SITE = "https://issuer.example"
ISSUER, CLASS, KEY, REVOKED = f"{SITE}/issuer", f"{SITE}/class/1", f"{SITE}/key", f"{SITE}/revoked"
HERE = f"{SITE}/assertions/1"
CONTEXT = "https://w3id.org/openbadges/v2"
PEM = RSA.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def assertion(**more: Any) -> Document:
    return {
        "@context": CONTEXT,
        "type": "Assertion",
        "id": HERE,
        "recipient": {
            "type": "email",
            "hashed": True,
            "salt": "Kosher",
            "identity": "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399",
        },
        "issuedOn": "2026-10-01T09:00:00Z",
        "badge": CLASS,
        "verification": {"type": "HostedBadge"},
    } | more


def signed(**more: Any) -> Document:
    verification = {"type": "SignedBadge", "creator": KEY}
    return assertion(id="urn:uuid:1", verification=verification, **more)


@pytest.fixture
def site(elsewhere: Elsewhere) -> Elsewhere:
    """An issuer of Open Badges 2.0 with a hosted badge, a key and a list of what it has withdrawn."""
    profile = {"id": ISSUER, "type": "Issuer", "name": "Radio", "publicKey": KEY, "revocationList": REVOKED}
    elsewhere.publish(ISSUER, profile)
    elsewhere.publish(CLASS, {"id": CLASS, "type": "BadgeClass", "name": "Podcast", "issuer": ISSUER})
    elsewhere.publish(
        KEY, {"id": KEY, "type": "CryptographicKey", "owner": ISSUER, "publicKeyPem": PEM.decode()}
    )
    elsewhere.publish(REVOKED, {"id": REVOKED, "issuer": ISSUER, "revokedAssertions": [{"id": "urn:uuid:9"}]})
    elsewhere.publish(HERE, assertion())
    return elsewhere


async def test_a_hosted_badge_is_valid_while_its_issuer_serves_it(site: Elsewhere) -> None:
    for content in (as_bytes(assertion()), HERE.encode(), svg(HERE, version=2)):
        found = await checked(content, site, address="a@example.com")
        assert found.verdict is Verdict.VALID, [(line.name, line.finding.reason) for line in found.lines]
        assert found.found["recipient"].finding.passed
        assert (found.about.name, found.about.issuer_name) == ("Podcast", "Radio")


async def test_a_hosted_badge_that_differs_from_what_is_served_is_altered(site: Elsewhere) -> None:
    found = await checked(assertion(issuedOn="2020-01-01T00:00:00Z", narrative="More"), site)
    assert found.verdict is Verdict.ALTERED
    assert "issuedOn, narrative" in reason(found, "proof")


@pytest.mark.parametrize("body", [{"id": HERE, "revoked": True}, assertion(revoked=True)])
@pytest.mark.parametrize("status", [200, 410])
async def test_a_withdrawn_hosted_badge_says_so(site: Elsewhere, body: Document, status: int) -> None:
    site.publish(HERE, {"@context": CONTEXT, "type": "Assertion", **body}, status)
    assert (await checked(assertion(), site)).verdict is Verdict.WITHDRAWN
    assert (await checked(HERE, site)).verdict is Verdict.WITHDRAWN


async def test_a_hosted_badge_that_is_not_served_now_cannot_be_checked(site: Elsewhere) -> None:
    for status, body in ((404, b"gone"), (500, b""), (200, b"<html>")):
        site.publish(HERE, body, status)
        assert (await checked(assertion(), site)).verdict is Verdict.CANNOT_CHECK_NOW


async def test_a_hosted_badge_has_its_time(site: Elsewhere) -> None:
    for moment, verdict in (("expires", Verdict.EXPIRED), ("issuedOn", Verdict.NOT_YET_VALID)):
        when = "2026-10-01T10:00:00Z" if moment == "expires" else "2027-01-01T00:00:00Z"
        site.publish(HERE, assertion(**{moment: when}))
        assert (await checked(assertion(**{moment: when}), site)).verdict is verdict


async def test_nobody_hosts_a_badge_in_the_name_of_another(site: Elsewhere) -> None:
    there = "https://evil.example/1"
    site.publish(there, assertion(id=there))
    assert (await checked(there, site)).verdict is Verdict.UNKNOWN_ISSUER
    profile = orjson.loads(site.pages[ISSUER].body)
    site.publish(ISSUER, profile | {"verification": {"allowedOrigins": ["evil.example"]}})
    assert (await checked(there, site)).verdict is Verdict.VALID
    for starts, verdict in (
        ("https://evil.example/2", Verdict.UNKNOWN_ISSUER),
        ("https://evil.example/1", Verdict.VALID),
        ([SITE, "https://evil.example/"], Verdict.VALID),
        ([""], Verdict.UNKNOWN_ISSUER),
    ):
        site.publish(ISSUER, profile | {"verification": {"startsWith": starts}})
        assert (await checked(there, site)).verdict is verdict, starts
    site.publish(ISSUER, profile | {"verification": {"allowedOrigins": "issuer.example"}})
    assert (await checked(there, site)).verdict is Verdict.UNKNOWN_ISSUER


async def test_a_badge_that_its_issuer_does_not_serve_is_not_its_issuers(site: Elsewhere) -> None:
    """Somebody's file that names an address of the issuer: only what is served there counts."""
    forged = assertion(recipient={"type": "email", "hashed": False, "identity": "b@example.com"})
    found = await checked(forged, site, address="b@example.com")
    assert (found.verdict, "recipient" in reason(found, "proof")) == (Verdict.ALTERED, True)
    assert not found.found["recipient"].finding.passed, "the served copy counts"


async def test_a_signed_badge_is_valid_and_one_changed_character_alters_it(site: Elsewhere) -> None:
    text = token(signed(), RSA)
    found = await checked(text, site)
    assert found.verdict is Verdict.VALID, [(line.name, line.finding.reason) for line in found.lines]
    head, _, signature = text.split(".")
    other = token(signed(issuedOn="2020-01-01T00:00:00Z"), RSA).split(".")[1]
    assert (await checked(f"{head}.{other}.{signature}", site)).verdict is Verdict.ALTERED
    assert (await checked(signed(), site)).verdict is Verdict.ALTERED


async def test_a_withdrawn_signed_badge_is_found_in_its_issuers_list(site: Elsewhere) -> None:
    reasoned = {"id": "urn:uuid:1", "revocationReason": "a mistake"}
    for listed in (["urn:uuid:1"], [reasoned], reasoned, "urn:uuid:1", [{"id": "urn:uuid:2"}, reasoned]):
        site.publish(REVOKED, {"id": REVOKED, "issuer": ISSUER, "revokedAssertions": listed})
        assert (await checked(token(signed(), RSA), site)).verdict is Verdict.WITHDRAWN
    del site.pages[REVOKED]
    assert (await checked(token(signed(), RSA), site)).verdict is Verdict.CANNOT_CHECK_NOW


async def test_a_badge_signed_by_another_key_is_not_its_issuers(site: Elsewhere) -> None:
    site.publish("https://evil.example/key", {"owner": ISSUER, "publicKeyPem": PEM.decode()})
    verification = {"type": "SignedBadge", "creator": "https://evil.example/key"}
    text = token(signed() | {"verification": verification}, RSA)
    assert (await checked(text, site)).verdict is Verdict.UNKNOWN_ISSUER
    assert (await checked(token(signed(), P256), site)).verdict is Verdict.ALTERED


async def test_an_assertion_without_what_it_must_have_does_not_conform(site: Elsewhere) -> None:
    document = {name: value for name, value in assertion().items() if name != "recipient"}
    site.publish(HERE, document)
    found = await checked(document, site)
    assert (found.verdict, "recipient" in reason(found, "schema")) == (Verdict.NOT_A_CREDENTIAL, True)
