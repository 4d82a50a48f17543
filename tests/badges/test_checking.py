"""Badges of every kind that others sign, and each way in which one can be wrong."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.badges.verifying import Result, Verdict
from services.badges.vocabularies import (
    DATA_INTEGRITY_V1,
    ED25519_2020_V1,
)
from tests.badges.foreign import (
    Elsewhere,
    badge,
    checked,
    old_badge,
    reason,
)
from tests.badges.issuing_elsewhere import (
    DID_KEY,
    HTTPS_ISSUER,
    MULTIKEY,
    P256,
    Document,
    did_jwk,
    with_proof,
)

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
    elsewhere: Elsewhere, kind: str
) -> None:
    document = KINDS[kind]()
    found = await checked(document, elsewhere)
    assert found.verdict is Verdict.VALID, [(line.name, line.finding.reason) for line in found.lines]
    assert {line.finding.result for line in found.lines} == {Result.PASSED}
    assert kind.split()[0] in reason(found, "proof")
    changed = copy.deepcopy(document)
    changed["credentialSubject"]["achievement"]["name"] = "Podcasts"
    found = await checked(changed, elsewhere)
    assert found.verdict is Verdict.ALTERED
    assert found.found["status"].finding.result is Result.NOT_CHECKED
    assert not elsewhere.asked


async def test_what_no_signature_covers_is_named(elsewhere: Elsewhere) -> None:
    document = with_proof(badge())
    document["credentialSubject"]["grade"] = "A+"
    found = await checked(document, elsewhere)
    assert found.verdict is Verdict.ALTERED
    assert "credentialSubject.grade" in reason(found, "proof")


async def test_a_context_that_is_not_pinned_cannot_be_checked(elsewhere: Elsewhere) -> None:
    document = with_proof(badge())
    document["@context"] = [*document["@context"], "https://issuer.example/context"]
    found = await checked(document, elsewhere)
    assert found.verdict is Verdict.CANNOT_CHECK_NOW
    assert "https://issuer.example/context" in reason(found, "proof")
    assert not elsewhere.asked


async def test_nobody_signs_in_the_name_of_another(elsewhere: Elsewhere) -> None:
    found = await checked(
        with_proof(badge("did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH")), elsewhere
    )
    assert found.verdict is Verdict.UNKNOWN_ISSUER


async def test_what_nobody_signed_is_not_valid(elsewhere: Elsewhere) -> None:
    assert (await checked(badge(), elsewhere)).verdict is Verdict.ALTERED


async def test_a_badge_has_its_time(elsewhere: Elsewhere) -> None:
    document = with_proof(badge(validUntil="2026-10-03T00:00:00Z"))
    for day, verdict in ((1, Verdict.NOT_YET_VALID), (2, Verdict.VALID), (4, Verdict.EXPIRED)):
        assert (
            await checked(document, elsewhere, now=datetime(2026, 10, day, tzinfo=UTC))
        ).verdict is verdict
    old = with_proof(old_badge(DATA_INTEGRITY_V1))
    assert (await checked(old, elsewhere, now=datetime(2031, 1, 1, tzinfo=UTC))).verdict is Verdict.EXPIRED
    spent = with_proof(badge(), expires="2026-10-01T10:00:00Z")
    assert (await checked(spent, elsewhere)).verdict is Verdict.EXPIRED


async def test_one_proof_of_several_suffices_and_each_is_told_of(elsewhere: Elsewhere) -> None:
    document = with_proof(badge())
    broken = {**document["proof"], "proofValue": "z" + "1" * 64}
    strange = {"type": "DataIntegrityProof", "cryptosuite": "bbs-2023"}
    found = await checked({**document, "proof": [strange, broken, document["proof"]]}, elsewhere)
    assert found.verdict is Verdict.VALID
    assert len(found.found["proof"].finding.details) == 3
    assert "bbs-2023" in found.found["proof"].finding.details[0]
    found = await checked({**document, "proof": [broken, broken]}, elsewhere)
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


async def test_a_did_web_is_looked_up_where_it_is_published(elsewhere: Elsewhere) -> None:
    document = with_proof(badge(DID_WEB), verificationMethod=f"{DID_WEB}#key-1")
    url = "https://issuer.example/radio/did.json"
    assert (await checked(document, elsewhere)).verdict is Verdict.CANNOT_CHECK_NOW
    for page, status, verdict in (
        (did_web_document(), 200, Verdict.VALID),
        (did_web_document(), 503, Verdict.CANNOT_CHECK_NOW),
        ({}, 404, Verdict.UNKNOWN_ISSUER),
        (did_web_document(controller=DID_KEY), 200, Verdict.UNKNOWN_ISSUER),
        (did_web_document(revoked="2026-10-01T00:00:00Z"), 200, Verdict.UNKNOWN_ISSUER),
        (did_web_document() | {"assertionMethod": []}, 200, Verdict.UNKNOWN_ISSUER),
        (did_web_document() | {"id": DID_KEY}, 200, Verdict.UNKNOWN_ISSUER),
    ):
        elsewhere.publish(url, page, status)
        assert (await checked(document, elsewhere)).verdict is verdict, page
    assert set(elsewhere.asked) == {url}


async def test_an_https_issuer_publishes_its_key_within_its_own_origin(elsewhere: Elsewhere) -> None:
    for key, verdict in (
        ("https://issuer.example/keys/1", Verdict.VALID),
        ("https://evil.example/keys/1", Verdict.UNKNOWN_ISSUER),
    ):
        published = {"id": key, "controller": HTTPS_ISSUER, "publicKeyMultibase": MULTIKEY}
        elsewhere.publish(key, published)
        document = with_proof(badge(HTTPS_ISSUER), verificationMethod=key)
        assert (await checked(document, elsewhere)).verdict is verdict
        elsewhere.publish(key, published | {"controller": "https://issuer.example/another"})
        assert (await checked(document, elsewhere)).verdict is Verdict.UNKNOWN_ISSUER


async def test_with_a_trust_store_only_its_issuers_count(elsewhere: Elsewhere) -> None:
    elsewhere.trusted = {"did:web:another.example"}
    assert (await checked(with_proof(badge()), elsewhere)).verdict is Verdict.UNKNOWN_ISSUER
    elsewhere.trusted = {DID_KEY}
    assert (await checked(with_proof(badge()), elsewhere)).verdict is Verdict.VALID


async def test_the_published_vector_is_genuine(elsewhere: Elsewhere, vectors: Path) -> None:
    signed = orjson.loads((vectors / "1edtech-ob3" / "signed-credential.json").read_bytes())
    method = signed["proof"]["verificationMethod"]
    issuer = signed["issuer"]["id"]
    fragment = method.partition("#")[2]
    elsewhere.publish(
        method.partition("#")[0], {"id": method, "controller": issuer, "publicKeyMultibase": fragment}
    )
    found = await checked(signed, elsewhere)
    assert found.verdict is Verdict.VALID, reason(found, "proof")


async def test_a_proof_by_a_key_of_another_kind_than_it_says_is_not_genuine(elsewhere: Elsewhere) -> None:
    document = with_proof(badge(did_jwk(P256)), P256, verificationMethod=f"{did_jwk(P256)}#0")
    found = await checked(document, elsewhere)
    assert (found.verdict, "kind" in reason(found, "proof")) == (Verdict.ALTERED, True)
