"""Badges of every kind that others issue, and each way in which one can be wrong."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.badges import status_list
from services.badges.baking import bake
from services.badges.checking.checklist import verify
from services.badges.checking.findings import LINES, Checklist
from services.badges.linked_data import Canonical, canonical_texts
from services.badges.picture import Picture, draw
from services.badges.verifying import Result, Verdict
from services.badges.vocabularies import (
    CREDENTIALS_V1,
    CREDENTIALS_V2,
    DATA_INTEGRITY_V1,
    ED25519_2020_V1,
    OPEN_BADGES_3_0_1,
    OPEN_BADGES_3_0_3,
    OPEN_BADGES_EXTENSIONS,
    STATUS_LIST_2021_V1,
)
from tests.badges.issuing_elsewhere import (
    DID_KEY,
    ED25519,
    HTTPS_ISSUER,
    MULTIKEY,
    P256,
    RSA,
    Document,
    Internet,
    PrivateKey,
    did_jwk,
    jwk,
    token,
    with_proof,
)

NOW = datetime(2026, 10, 2, tzinfo=UTC)
LIST = "https://issuer.example/status/1"
ADDRESS = "a@example.com"
IDENTITY = {
    "type": "IdentityObject",
    "hashed": True,
    "identityType": "emailAddress",
    "salt": "Kosher",
    "identityHash": "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399",
}
STATUS = {
    "id": f"{LIST}#7",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "7",
    "statusListCredential": LIST,
}


@dataclass
class Elsewhere(Internet):
    """The internet as a world that a verifier asks."""

    trusted: set[str] | None = None

    def __init__(self, trusted: set[str] | None = None) -> None:
        super().__init__()
        self.trusted = trusted

    async def canonical(self, documents: Any) -> list[Canonical]:
        """Worked out here, as these documents are ours."""
        return canonical_texts(list(documents))


@pytest.fixture
def world() -> Elsewhere:
    return Elsewhere()


def badge(issuer: str = DID_KEY, **more: Any) -> Document:
    """A badge of the data model 2.0, not signed yet."""
    return {
        "@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3, OPEN_BADGES_EXTENSIONS],
        "id": "urn:uuid:7c0b5a0e-3c55-4d0c-9e35-000000000001",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Podcast",
        "issuer": {"id": issuer, "type": ["Profile"], "name": "Radio"},
        "validFrom": "2026-10-01T09:30:15Z",
        "credentialSubject": {
            "id": "urn:uuid:7c0b5a0e-3c55-4d0c-9e35-000000000002",
            "type": ["AchievementSubject"],
            "identifier": [IDENTITY],
            "achievement": {
                "id": "urn:uuid:7c0b5a0e-3c55-4d0c-9e35-000000000003",
                "type": ["Achievement"],
                "name": "Podcast",
                "description": "Plans an episode.",
                "criteria": {"narrative": "One episode."},
            },
        },
        **more,
    }


def old_badge(*contexts: str, **more: Any) -> Document:
    """A badge of the data model 1.1."""
    document = badge(**more)
    since = document.pop("validFrom")
    return document | {
        "@context": [CREDENTIALS_V1, OPEN_BADGES_3_0_1, *contexts],
        "issuanceDate": since,
        "expirationDate": "2030-01-01T00:00:00Z",
    }


def as_bytes(document: Document | str) -> bytes:
    return document.encode() if isinstance(document, str) else orjson.dumps(document)


async def checked(document: Document | str | bytes, world: Elsewhere, **more: Any) -> Checklist:
    content = document if isinstance(document, bytes) else as_bytes(document)
    found = await verify(content, world, more.pop("now", NOW), **more)
    assert [line.name for line in found.lines] == [each for each in LINES if each in found.found]
    assert all(line.finding.reason for line in found.lines)
    return found


def reason(checklist: Checklist, name: str) -> str:
    return checklist.found[name].finding.reason


KINDS: dict[str, Callable[[], Document]] = {
    "eddsa-rdfc-2022": lambda: with_proof(badge()),
    "eddsa-2022": lambda: with_proof(badge(), cryptosuite="eddsa-2022"),
    "ecdsa-rdfc-2019": lambda: with_proof(
        badge(did_jwk(P256)), P256, cryptosuite="ecdsa-rdfc-2019", verificationMethod=f"{did_jwk(P256)}#0"
    ),
    "Ed25519Signature2020": lambda: with_proof(
        old_badge(ED25519_2020_V1), type="Ed25519Signature2020", cryptosuite=None
    ),
    "eddsa-rdfc-2022 of the data model 1.1": lambda: with_proof(old_badge(DATA_INTEGRITY_V1)),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_proof_of_every_kind_is_valid_and_one_changed_character_alters_it(
    world: Elsewhere, kind: str
) -> None:
    document = KINDS[kind]()
    found = await checked(document, world)
    assert found.verdict is Verdict.VALID, [(line.name, line.finding.reason) for line in found.lines]
    assert {line.finding.result for line in found.lines} == {Result.PASSED}
    assert kind.split()[0] in reason(found, "proof")
    changed = copy.deepcopy(document)
    changed["credentialSubject"]["achievement"]["name"] = "Podcasts"
    found = await checked(changed, world)
    assert found.verdict is Verdict.ALTERED
    assert found.found["status"].finding.result is Result.NOT_CHECKED
    assert not world.asked


async def test_what_no_signature_covers_is_named(world: Elsewhere) -> None:
    document = with_proof(badge())
    document["credentialSubject"]["grade"] = "A+"
    found = await checked(document, world)
    assert found.verdict is Verdict.ALTERED
    assert "credentialSubject.grade" in reason(found, "proof")


async def test_a_context_that_is_not_pinned_cannot_be_checked(world: Elsewhere) -> None:
    document = with_proof(badge())
    document["@context"] = [*document["@context"], "https://issuer.example/context"]
    found = await checked(document, world)
    assert found.verdict is Verdict.CANNOT_CHECK_NOW
    assert "https://issuer.example/context" in reason(found, "proof")
    assert not world.asked


async def test_nobody_signs_in_the_name_of_another(world: Elsewhere) -> None:
    found = await checked(
        with_proof(badge("did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH")), world
    )
    assert found.verdict is Verdict.UNKNOWN_ISSUER


async def test_what_nobody_signed_is_not_valid(world: Elsewhere) -> None:
    assert (await checked(badge(), world)).verdict is Verdict.ALTERED


async def test_a_badge_has_its_time(world: Elsewhere) -> None:
    document = with_proof(badge(validUntil="2026-10-03T00:00:00Z"))
    for day, verdict in ((1, Verdict.NOT_YET_VALID), (2, Verdict.VALID), (4, Verdict.EXPIRED)):
        assert (await checked(document, world, now=datetime(2026, 10, day, tzinfo=UTC))).verdict is verdict
    old = with_proof(old_badge(DATA_INTEGRITY_V1))
    assert (await checked(old, world, now=datetime(2031, 1, 1, tzinfo=UTC))).verdict is Verdict.EXPIRED
    spent = with_proof(badge(), expires="2026-10-01T10:00:00Z")
    assert (await checked(spent, world)).verdict is Verdict.EXPIRED


async def test_one_proof_of_several_suffices_and_each_is_told_of(world: Elsewhere) -> None:
    document = with_proof(badge())
    broken = {**document["proof"], "proofValue": "z" + "1" * 64}
    strange = {"type": "DataIntegrityProof", "cryptosuite": "bbs-2023"}
    found = await checked({**document, "proof": [strange, broken, document["proof"]]}, world)
    assert found.verdict is Verdict.VALID
    assert len(found.found["proof"].finding.details) == 3
    assert "bbs-2023" in found.found["proof"].finding.details[0]
    found = await checked({**document, "proof": [broken, broken]}, world)
    assert found.verdict is Verdict.ALTERED


DID_WEB = "did:web:issuer.example:radio"


def did_web_document(**changes: Any) -> Document:
    method = {
        "id": f"{DID_WEB}#key-1",
        "type": "Multikey",
        "controller": DID_WEB,
        "publicKeyMultibase": MULTIKEY,
    }
    return {
        "id": DID_WEB,
        "verificationMethod": [method | changes],
        "assertionMethod": [f"{DID_WEB}#key-1"],
    }


async def test_a_did_web_is_looked_up_where_it_is_published(world: Elsewhere) -> None:
    document = with_proof(badge(DID_WEB), verificationMethod=f"{DID_WEB}#key-1")
    url = "https://issuer.example/radio/did.json"
    assert (await checked(document, world)).verdict is Verdict.CANNOT_CHECK_NOW
    for page, status, verdict in (
        (did_web_document(), 200, Verdict.VALID),
        (did_web_document(), 503, Verdict.CANNOT_CHECK_NOW),
        ({}, 404, Verdict.UNKNOWN_ISSUER),
        (did_web_document(controller=DID_KEY), 200, Verdict.UNKNOWN_ISSUER),
        (did_web_document(revoked="2026-10-01T00:00:00Z"), 200, Verdict.UNKNOWN_ISSUER),
        (did_web_document() | {"assertionMethod": []}, 200, Verdict.UNKNOWN_ISSUER),
        (did_web_document() | {"id": DID_KEY}, 200, Verdict.UNKNOWN_ISSUER),
    ):
        world.publish(url, page, status)
        assert (await checked(document, world)).verdict is verdict, page
    assert set(world.asked) == {url}


async def test_an_https_issuer_publishes_its_key_within_its_own_origin(world: Elsewhere) -> None:
    for key, verdict in (
        ("https://issuer.example/keys/1", Verdict.VALID),
        ("https://evil.example/keys/1", Verdict.UNKNOWN_ISSUER),
    ):
        published = {"id": key, "controller": HTTPS_ISSUER, "publicKeyMultibase": MULTIKEY}
        world.publish(key, published)
        document = with_proof(badge(HTTPS_ISSUER), verificationMethod=key)
        assert (await checked(document, world)).verdict is verdict
        world.publish(key, published | {"controller": "https://issuer.example/another"})
        assert (await checked(document, world)).verdict is Verdict.UNKNOWN_ISSUER


def claims(document: Document, **more: Any) -> Document:
    """The payload of a token by the Open Badges profile."""
    ids = {"iss": document["issuer"]["id"], "jti": document["id"], "sub": document["credentialSubject"]["id"]}
    return {**document, **ids, "nbf": 1790847015, **more}


KEYS: dict[str, PrivateKey] = {"RS256": RSA, "ES256": P256, "EdDSA": ED25519}


@pytest.mark.parametrize("algorithm", KEYS)
async def test_a_token_of_every_algorithm_is_valid_by_kid_and_by_jwk(
    world: Elsewhere, algorithm: str
) -> None:
    key = KEYS[algorithm]
    did = did_jwk(key)
    by_kid = token(claims(badge(did)), key, kid=f"{did}#0", typ="JWT")
    by_jwk = token(claims(badge(did)), key, jwk=jwk(key))
    for text in (by_kid, by_jwk):
        found = await checked(text, world)
        assert found.verdict is Verdict.VALID, [(line.name, line.finding.reason) for line in found.lines]
        head, payload, signature = text.split(".")
        swapped = signature[:-8] + ("A" if signature[-8] != "A" else "B") + signature[-7:]
        assert (await checked(f"{head}.{payload}.{swapped}", world)).verdict is Verdict.ALTERED
    enveloped = {
        "@context": [CREDENTIALS_V2],
        "id": f"data:application/vc+jwt,{by_kid}",
        "type": "EnvelopedVerifiableCredential",
    }
    assert (await checked(enveloped, world)).verdict is Verdict.VALID


async def test_a_key_by_https_is_a_jwk_or_one_of_a_set(world: Elsewhere) -> None:
    text = token(claims(badge(HTTPS_ISSUER)), RSA, kid="https://issuer.example/jwks#a")
    world.publish(
        "https://issuer.example/jwks", {"keys": [jwk(P256) | {"kid": "b"}, jwk(RSA) | {"kid": "a"}]}
    )
    assert (await checked(text, world)).verdict is Verdict.VALID
    world.publish("https://issuer.example/jwks", jwk(RSA))
    assert (await checked(text, world)).verdict is Verdict.VALID
    world.publish("https://issuer.example/jwks", jwk(P256))
    assert (await checked(text, world)).verdict is Verdict.ALTERED


async def test_a_token_with_a_key_of_somebody_else_is_nobodys(world: Elsewhere) -> None:
    text = token(claims(badge(did_jwk(P256))), RSA, jwk=jwk(RSA))
    assert (await checked(text, world)).verdict is Verdict.UNKNOWN_ISSUER
    unsigned = token(claims(badge(did_jwk(P256))), P256, kid=f"{did_jwk(P256)}#0", alg="none")
    assert (await checked(unsigned, world)).verdict is Verdict.ALTERED
    demanding = token(claims(badge(did_jwk(P256))), P256, kid=f"{did_jwk(P256)}#0", crit=["x"])
    assert (await checked(demanding, world)).verdict is Verdict.ALTERED


async def test_a_token_of_the_data_model_1_1_carries_its_credential_inside(world: Elsewhere) -> None:
    document = old_badge(issuer=did_jwk(RSA))
    inner = {name: value for name, value in document.items() if name not in ("id", "issuer")}
    payload = {"vc": inner, "iss": did_jwk(RSA), "jti": document["id"], "nbf": 1790847015}
    found = await checked(token(payload, RSA, kid=f"{did_jwk(RSA)}#0"), world)
    assert found.verdict is Verdict.VALID, [(line.name, line.finding.reason) for line in found.lines]


async def test_a_token_that_says_something_else_than_its_credential_does_not_conform(
    world: Elsewhere,
) -> None:
    text = token(claims(badge(did_jwk(RSA)), jti="urn:other"), RSA, kid=f"{did_jwk(RSA)}#0")
    found = await checked(text, world)
    assert (found.verdict, reason(found, "schema")[:3]) == (Verdict.NOT_A_CREDENTIAL, "jti")


def bit_list(kind: str = "Bitstring", *withdrawn: int, issuer: str = DID_KEY, **subject: Any) -> Document:
    """A signed list in which these entries are withdrawn."""
    encoded = status_list.encode(status_list.with_withdrawn(status_list.empty(), withdrawn))
    old = kind == "2021"
    document = {
        "@context": [CREDENTIALS_V1, STATUS_LIST_2021_V1, DATA_INTEGRITY_V1] if old else [CREDENTIALS_V2],
        "id": LIST,
        "type": [
            "VerifiableCredential",
            "StatusList2021Credential" if old else "BitstringStatusListCredential",
        ],
        "issuer": issuer,
        ("issuanceDate" if old else "validFrom"): "2026-10-01T00:00:00Z",
        "credentialSubject": {
            "id": f"{LIST}#list",
            "type": "StatusList2021" if old else "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded[1:] if old else encoded,
        }
        | subject,
    }
    return with_proof(document)


@pytest.mark.parametrize("kind", ["Bitstring", "2021"])
async def test_a_withdrawn_badge_is_found_in_the_list(world: Elsewhere, kind: str) -> None:
    if kind == "2021":
        entry = STATUS | {"type": "StatusList2021Entry"}
        document = with_proof(old_badge(STATUS_LIST_2021_V1, DATA_INTEGRITY_V1, credentialStatus=entry))
    else:
        document = with_proof(badge(credentialStatus=STATUS))
    for withdrawn, verdict in (((6, 8), Verdict.VALID), ((7,), Verdict.WITHDRAWN)):
        world.publish(LIST, bit_list(kind, *withdrawn))
        found = await checked(document, world)
        assert found.verdict is verdict, reason(found, "status") + reason(found, "proof")


async def test_a_list_that_is_not_the_issuers_or_not_for_this_says_nothing(world: Elsewhere) -> None:
    document = with_proof(badge(credentialStatus=STATUS))
    altered = bit_list()
    altered["credentialSubject"]["encodedList"] = bit_list("Bitstring", 9)["credentialSubject"]["encodedList"]
    for page in (
        altered,
        bit_list(issuer="did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH"),
        bit_list(statusPurpose="suspension"),
        bit_list(encodedList="uH4sI"),
        bit_list("2021"),
        {},
        b"<html>",
    ):
        world.publish(LIST, page)
        found = await checked(document, world)
        assert (found.verdict, found.found["proof"].finding.passed) == (Verdict.CANNOT_CHECK_NOW, True)
    del world.pages[LIST]
    assert (await checked(document, world)).verdict is Verdict.CANNOT_CHECK_NOW


async def test_a_withdrawn_badge_is_found_in_a_list_of_ids(world: Elsewhere) -> None:
    entry = {"id": "https://issuer.example/revoked", "type": "1EdTechRevocationList"}
    document = with_proof(badge(credentialStatus=entry))
    for ids, verdict in ((["urn:other"], Verdict.VALID), (["urn:other", document["id"]], Verdict.WITHDRAWN)):
        revoked = [{"id": each, "revoked": True} for each in ids]
        world.publish(entry["id"], {"id": entry["id"], "issuer": DID_KEY, "revokedCredential": revoked})
        assert (await checked(document, world)).verdict is verdict


def endorsement(**more: Any) -> Document:
    return {
        "@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3],
        "id": "urn:uuid:7c0b5a0e-3c55-4d0c-9e35-000000000009",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "Yes",
        "issuer": {"id": DID_KEY, "type": ["Profile"]},
        "validFrom": "2026-10-01T00:00:00Z",
        "credentialSubject": {
            "id": "urn:uuid:7c0b5a0e-3c55-4d0c-9e35-000000000003",
            "type": ["EndorsementSubject"],
            "endorsementComment": "Well made.",
        },
    } | more


async def test_endorsements_are_checked_one_by_one(world: Elsewhere) -> None:
    signed = token(
        endorsement(issuer={"id": did_jwk(RSA), "type": ["Profile"]}), RSA, kid=f"{did_jwk(RSA)}#0"
    )
    both = with_proof(badge(endorsement=[with_proof(endorsement())], endorsementJwt=[signed]))
    found = await checked(both, world)
    assert found.verdict is Verdict.VALID, reason(found, "proof")
    assert [each[-7:] for each in found.found["endorsements"].finding.details] == ["genuine", "genuine"]
    forged = with_proof(endorsement())
    forged["credentialSubject"]["endorsementComment"] = "Very well made."
    found = await checked(with_proof(badge(endorsement=[forged])), world)
    assert found.found["endorsements"].finding.result is Result.FAILED
    assert found.verdict is Verdict.VALID


@pytest.mark.parametrize(
    ("address", "yes"), [(ADDRESS, True), (" A@Example.com ", True), ("b@example.com", False)]
)
async def test_whether_it_was_awarded_to_an_address_is_said_yes_or_no(
    world: Elsewhere, address: str, yes: bool
) -> None:
    found = await checked(with_proof(badge()), world, address=address)
    assert found.found["recipient"].finding.passed is yes
    assert reason(found, "recipient")[:3] == ("yes" if yes else "no:")
    assert found.verdict is Verdict.VALID
    assert "recipient" not in (await checked(with_proof(badge()), world)).found


async def test_with_a_trust_store_only_its_issuers_count(world: Elsewhere) -> None:
    world.trusted = {"did:web:another.example"}
    assert (await checked(with_proof(badge()), world)).verdict is Verdict.UNKNOWN_ISSUER
    world.trusted = {DID_KEY}
    assert (await checked(with_proof(badge()), world)).verdict is Verdict.VALID


@pytest.fixture(scope="module")
def png() -> bytes:
    return draw(Picture("Podcast", "Radio", "workshop", None, "#0b5a9c"))


def svg(text: str, version: int = 3, before: str = "") -> bytes:
    """A picture that carries a badge: JSON as text, a token or an address as attribute."""
    space, name = (
        ("https://purl.imsglobal.org/ob/v3p0", "credential")
        if version == 3
        else ("http://openbadges.org", "assertion")
    )
    inside = f"><![CDATA[{text}]]></b:{name}>" if text.startswith("{") else f' verify="{text}"/>'
    return (
        f'{before}<svg xmlns="http://www.w3.org/2000/svg" xmlns:b="{space}"><b:{name}{inside}</svg>'.encode()
    )


async def test_a_badge_is_found_in_its_picture(world: Elsewhere, png: bytes) -> None:
    signed = as_bytes(with_proof(badge()))
    did = did_jwk(RSA)
    jws = token(claims(badge(did)), RSA, kid=f"{did}#0")
    for content, form in (
        (bake(png, signed), "JSON document baked into a PNG"),
        (bake(png, jws.encode()), "token (JWT) baked into a PNG"),
        (svg(signed.decode()), "JSON document baked into a SVG"),
        (svg(jws), "token (JWT) baked into a SVG"),
    ):
        found = await checked(content, world)
        assert found.verdict is Verdict.VALID
        assert form in reason(found, "format")


BOMB = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "a text": b"hello",
    "a list": b"[]",
    "another document": b'{"type": "Person"}',
    "a large document": b'{"a": "' + b"a" * (256 << 10) + b'"}',
    "a deep document": b'{"a":' * 40 + b"1" + b"}" * 40,
    "a very deep document": b"[" * 100_000,
    "a picture without a badge": svg("{").replace(b"b:credential", b"g"),
    "a picture with entities": svg("{}", before=BOMB),
    "a picture from elsewhere": svg("{}", before='<!DOCTYPE svg SYSTEM "file:///etc/passwd">') + b"<",
    "a picture of many elements": b"<svg>" + b"<g/>" * 30_000 + b"</svg>",
    "a deep picture": b"<g>" * 100,
    "half a PNG": b"\x89PNG\r\n\x1a\n",
    "a token of nothing": b"a.b.c",
    "half a character": b"https://\xff",
}


@pytest.mark.parametrize("content", UNREADABLE)
async def test_what_is_no_badge_is_called_that(world: Elsewhere, content: str) -> None:
    found = await checked(UNREADABLE[content], world)
    assert found.verdict is Verdict.NOT_A_CREDENTIAL
    assert found.found["format"].finding.result is Result.FAILED
    assert not world.asked


async def test_a_badge_is_fetched_from_its_address(world: Elsewhere, png: bytes) -> None:
    url = "https://issuer.example/badge"
    world.publish(url, bake(png, as_bytes(with_proof(badge()))))
    assert (await checked(url, world)).verdict is Verdict.VALID
    world.publish(url, url.encode())
    assert (await checked(url, world)).verdict is Verdict.NOT_A_CREDENTIAL
    del world.pages[url]
    assert (await checked(url, world)).verdict is Verdict.CANNOT_CHECK_NOW


async def test_the_published_vector_is_genuine(world: Elsewhere, vectors: Path) -> None:
    signed = orjson.loads((vectors / "1edtech-ob3" / "signed-credential.json").read_bytes())
    method = signed["proof"]["verificationMethod"]
    issuer = signed["issuer"]["id"]
    fragment = method.partition("#")[2]
    world.publish(
        method.partition("#")[0], {"id": method, "controller": issuer, "publicKeyMultibase": fragment}
    )
    found = await checked(signed, world)
    assert found.verdict is Verdict.VALID, reason(found, "proof")
