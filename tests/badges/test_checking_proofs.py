"""Several proofs in one document, proofs that build on each other, and keys that no longer count."""

import copy
import hashlib

import pytest

from services.badges.checking.findings import Checklist
from services.badges.checking.proofs import MOST_PROOFS
from services.badges.linked_data import canonical_texts
from services.badges.multikey import to_multibase
from services.badges.verifying import Result, Verdict
from services.badges.vocabularies import CREDENTIALS_V2, DATA_INTEGRITY_V1, JWS_2020_V1
from tests.badges.foreign import Elsewhere, badge, checked, old_badge, reason
from tests.badges.issuing_elsewhere import DID_KEY, ED25519, MULTIKEY, P256, Document, did_jwk, with_proof

UNKNOWN = {"type": "DataIntegrityProof", "cryptosuite": "bbs-2023", "verificationMethod": "did:key:z"}
FIRST = "urn:uuid:7c0b5a0e-3c55-4d0c-9e35-0000000000a1"
DID_WEB = "did:web:issuer.example"
HERE = "https://issuer.example/.well-known/did.json"


def chained() -> Document:
    """A badge with one proof, and a second one that covers the first as well."""
    first = with_proof(badge(), id=FIRST)
    covered = {**first, "proof": [first["proof"]]}
    second = with_chain(covered)
    return {**first, "proof": [first["proof"], second]}


def with_chain(covered: Document) -> Document:
    """A proof over a document together with the proofs that it has."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2026-10-01T10:00:00Z",
        "verificationMethod": f"{DID_KEY}#{MULTIKEY}",
        "proofPurpose": "assertionMethod",
        "previousProof": FIRST,
    }
    texts = canonical_texts([proof | {"@context": covered["@context"]}, covered])
    assert not any(text.refusal for text in texts), texts
    data = b"".join(hashlib.sha256(text.text).digest() for text in texts)
    return proof | {"proofValue": to_multibase(ED25519.sign(data))}


def details(found: Checklist) -> tuple[str, ...]:
    return found.found["proof"].finding.details


async def test_a_proof_that_builds_on_another_covers_it(elsewhere: Elsewhere) -> None:
    document = chained()
    found = await checked(document, elsewhere)
    assert found.verdict is Verdict.VALID, reason(found, "proof")
    assert all("not changed since" in each for each in details(found))
    first, second = document["proof"]
    only_first_broken = {**document, "proof": [first | {"proofValue": "z" + "1" * 64}, second]}
    found = await checked(only_first_broken, elsewhere)
    assert found.verdict is Verdict.ALTERED, "the second covers the first as it was"
    alone = await checked({**document, "proof": [second]}, elsewhere)
    assert (alone.verdict, reason(alone, "proof")) == (
        Verdict.ALTERED,
        "a proof that it builds on is not there",
    )
    assert (await checked({**document, "name": "Another"}, elsewhere)).verdict is Verdict.ALTERED
    odd = {**document, "proof": second | {"previousProof": [{}, None, 7]}}
    assert (await checked(odd, elsewhere)).verdict is Verdict.ALTERED


@pytest.mark.parametrize("first", [True, False])
async def test_a_proof_nobody_can_check_neither_helps_nor_hides_a_change(
    elsewhere: Elsewhere, first: bool
) -> None:
    document = with_proof(badge())
    both = [UNKNOWN, document["proof"]] if first else [document["proof"], UNKNOWN]
    assert (await checked({**document, "proof": both}, elsewhere)).verdict is Verdict.VALID
    found = await checked({**document, "name": "Another", "proof": both}, elsewhere)
    assert found.verdict is Verdict.ALTERED
    assert len(details(found)) == 2
    found = await checked({**document, "proof": [UNKNOWN]}, elsewhere)
    assert (found.verdict, "bbs-2023" in reason(found, "proof")) == (Verdict.CANNOT_CHECK_NOW, True)
    assert found.found["status"].finding.result is Result.NOT_CHECKED


async def test_the_proof_of_somebody_else_beside_the_issuers_changes_nothing(elsewhere: Elsewhere) -> None:
    notary = did_jwk(P256)
    document = with_proof(
        with_proof(badge()) | {"proof": [with_proof(badge())["proof"]]},
        P256,
        cryptosuite="ecdsa-rdfc-2019",
        verificationMethod=f"{notary}#0",
    )
    found = await checked(document, elsewhere)
    assert found.verdict is Verdict.VALID
    assert "not one of the issuer's" in details(found)[1]
    only = {**document, "proof": document["proof"][1]}
    assert (await checked(only, elsewhere)).verdict is Verdict.UNKNOWN_ISSUER


async def test_proofs_beyond_the_limit_are_named_as_not_looked_at(elsewhere: Elsewhere) -> None:
    document = with_proof(badge())
    many = [UNKNOWN] * MOST_PROOFS + [document["proof"]] * 3
    found = await checked({**document, "proof": many}, elsewhere)
    assert found.verdict is Verdict.CANNOT_CHECK_NOW
    assert "3 more were not looked at" in details(found)[-1]


async def test_a_spent_proof_over_changed_content_is_altered_not_expired(elsewhere: Elsewhere) -> None:
    document = with_proof(badge(), expires="2026-10-01T10:00:00Z")
    assert (await checked(document, elsewhere)).verdict is Verdict.EXPIRED
    assert (await checked(document | {"name": "Another"}, elsewhere)).verdict is Verdict.ALTERED


async def test_a_proof_for_another_purpose_shows_nothing(elsewhere: Elsewhere) -> None:
    for purpose in ("authentication", None):
        document = with_proof(badge(), proofPurpose=purpose)
        assert (await checked(document, elsewhere)).verdict is Verdict.ALTERED


def did_web_document(**entry: str) -> Document:
    method = {"id": f"{DID_WEB}#1", "controller": DID_WEB, "publicKeyMultibase": MULTIKEY, "type": "Multikey"}
    return {"id": DID_WEB, "verificationMethod": [method | entry], "assertionMethod": [f"{DID_WEB}#1"]}


async def test_what_a_key_signed_no_longer_counts_once_it_is_revoked_or_has_run_out(
    elsewhere: Elsewhere,
) -> None:
    document = with_proof(badge(DID_WEB), verificationMethod=f"{DID_WEB}#1")
    for entry, verdict, words in (
        ({}, Verdict.VALID, "publishes the key"),
        ({"expires": "2030-01-01T00:00:00Z"}, Verdict.VALID, "publishes the key"),
        ({"expires": "2026-10-01T12:00:00Z"}, Verdict.UNKNOWN_ISSUER, "until 2026-10-01T12:00:00Z"),
        ({"revoked": "2026-10-01T12:00:00Z"}, Verdict.UNKNOWN_ISSUER, "compromised since 2026-10-01T12:00"),
    ):
        elsewhere.publish(HERE, did_web_document(**entry))
        found = await checked(document, elsewhere)
        assert (found.verdict, words in reason(found, "issuer")) == (verdict, True), reason(found, "issuer")


async def test_a_text_in_a_language_and_one_with_a_type_are_covered(elsewhere: Elsewhere) -> None:
    document = badge()
    document["@context"] = [CREDENTIALS_V2, document["@context"][1]]
    document["type"] = ["VerifiableCredential", "EndorsementCredential"]
    document["credentialSubject"] = {
        "id": "urn:uuid:1",
        "type": ["EndorsementSubject"],
        "endorsementComment": {"@value": "Goed gedaan", "@language": "nl"},
    }
    signed = with_proof(document)
    assert (await checked(signed, elsewhere)).verdict is Verdict.VALID
    for name, value in (("@value", "Slecht"), ("@language", "de")):
        changed = copy.deepcopy(signed)
        changed["credentialSubject"]["endorsementComment"][name] = value
        assert (await checked(changed, elsewhere)).verdict is Verdict.ALTERED
    changed["credentialSubject"]["endorsementComment"]["@direction"] = "rtl"
    assert (await checked(changed, elsewhere)).verdict is Verdict.CANNOT_CHECK_NOW


async def test_a_proof_of_an_older_suite_is_named_and_neither_helps_nor_hurts(elsewhere: Elsewhere) -> None:
    document = with_proof(old_badge(DATA_INTEGRITY_V1, JWS_2020_V1))
    older = {"type": "JsonWebSignature2020", "jws": "e30..AA", "verificationMethod": DID_KEY}
    found = await checked({**document, "proof": [document["proof"], older]}, elsewhere)
    assert (found.verdict, "JsonWebSignature2020" in details(found)[1]) == (Verdict.VALID, True)
    assert (await checked({**document, "proof": older}, elsewhere)).verdict is Verdict.CANNOT_CHECK_NOW
