import copy
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.badges.canonical import canonicalise, proof_configuration
from services.badges.contexts import CannotCanonicalise
from services.badges.domain.badge import Credential
from services.badges.domain.credential import Document, credential_document
from services.badges.multikey import public_key_bytes, to_multibase
from services.badges.sealing import CannotOpenKey
from services.badges.signing import (
    ProofOutcome,
    SigningKey,
    new_key,
    open_key,
    seal_key,
    sign,
    stored_form,
    verify,
)
from services.badges.vocabularies import vocabulary
from tests.badges.examples import NOW

KEK = bytes(32)


def key_in_fragment(method: str) -> bytes:
    return public_key_bytes(method.partition("#")[2])


@pytest.fixture(scope="module")
def signed(credential: Credential, signing_key: SigningKey) -> Document:
    return sign(credential_document(credential), signing_key, NOW)


def test_the_open_badges_vector_is_signed_to_the_same_proof(vectors: Path) -> None:
    folder = vectors / "1edtech-ob3"
    keys = json.loads((folder / "keys-and-hashes.json").read_text())
    expected = json.loads((folder / "signed-credential.json").read_text())
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(keys["ed25519SeedHex"]))
    key = SigningKey("https://example.edu/issuers/565049", private)
    unsigned = {name: value for name, value in expected.items() if name != "proof"}
    assert key.public_multibase == keys["publicKeyMultibase"]
    assert sign(unsigned, key, datetime(2010, 1, 1, 19, 23, 24, tzinfo=UTC)) == expected
    assert verify(expected, key_in_fragment) is ProofOutcome.GENUINE


def test_the_cryptosuite_vector_has_the_published_hashes(vectors: Path, example_contexts: Path) -> None:
    folder = vectors / "w3c-vc-di-eddsa"
    example = json.loads((example_contexts / "credentials-examples-v2.json").read_text())
    signed = json.loads((folder / "signedDataInt.json").read_text())
    proof = signed.pop("proof")
    document = canonicalise(signed, lambda url: example if "/examples/" in url else vocabulary(url))
    options = proof_configuration(proof["created"], proof["verificationMethod"])
    hashed = hashlib.sha256(options).digest() + hashlib.sha256(document).digest()
    assert hashed.hex() == (folder / "combinedHashDataInt.txt").read_text().strip()
    signature = bytes.fromhex((folder / "sigHexDataInt.txt").read_text().strip())
    assert to_multibase(signature) == proof["proofValue"]


def test_what_we_sign_is_genuine_after_it_was_stored(signed: Document) -> None:
    stored = stored_form(signed)
    assert verify(orjson.loads(stored), key_in_fragment) is ProofOutcome.GENUINE
    assert stored_form(orjson.loads(stored)) == stored


def test_signing_again_gives_the_same_bytes(
    credential: Credential, signing_key: SigningKey, signed: Document
) -> None:
    assert stored_form(sign(credential_document(credential), signing_key, NOW)) == stored_form(signed)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all texts and truth values of a document."""
    if isinstance(value, dict):
        return [leaf for key, each in value.items() for leaf in leaves(each, (*path, key))]
    if isinstance(value, list):
        return [leaf for index, each in enumerate(value) for leaf in leaves(each, (*path, index))]
    return [path]


def test_one_changed_character_anywhere_is_noticed(signed: Document) -> None:
    for path in leaves(signed):
        changed = copy.deepcopy(signed)
        inner = changed
        for step in path[:-1]:
            inner = inner[step]
        value = inner[path[-1]]
        inner[path[-1]] = not value if isinstance(value, bool) else f"{value[:-1]}{chr(ord(value[-1]) ^ 1)}"
        outcome = verify(changed, lambda method: key_in_fragment(signed["proof"]["verificationMethod"]))
        assert outcome is not ProofOutcome.GENUINE, path


def test_an_added_or_a_missing_member_is_noticed(signed: Document) -> None:
    for change in ({"description": "more"}, {"colour": "red"}, {"evidence": None}):
        assert verify({**signed, **change}, key_in_fragment) is ProofOutcome.ALTERED
    without = {name: value for name, value in signed.items() if name != "awardedDate"}
    assert verify(without, key_in_fragment) is ProofOutcome.ALTERED


@pytest.mark.parametrize(
    "change",
    [
        {"cryptosuite": "eddsa-jcs-2022"},
        {"type": "Ed25519Signature2020"},
        {"proofPurpose": "authentication"},
        {"expires": "2030-01-01T00:00:00Z"},
        {"created": 7},
    ],
)
def test_a_proof_of_another_kind_is_told_apart(signed: Document, change: dict[str, Any]) -> None:
    proof = {**signed["proof"], **change}
    assert verify({**signed, "proof": proof}, key_in_fragment) is ProofOutcome.UNSUPPORTED


def test_no_proof_several_proofs_and_an_unknown_key_are_told_apart(signed: Document) -> None:
    unsigned = {name: value for name, value in signed.items() if name != "proof"}
    assert verify(unsigned, key_in_fragment) is ProofOutcome.ABSENT
    assert verify({**signed, "proof": [signed["proof"]]}, key_in_fragment) is ProofOutcome.UNSUPPORTED
    assert verify(signed, lambda method: None) is ProofOutcome.UNKNOWN_KEY


def test_somebody_elses_key_does_not_verify(signed: Document) -> None:
    other = new_key("did:web:other.test").private.public_key().public_bytes_raw()
    assert verify(signed, lambda method: other) is ProofOutcome.ALTERED


def test_a_document_that_carries_a_proof_is_not_signed_again(
    signed: Document, signing_key: SigningKey
) -> None:
    with pytest.raises(CannotCanonicalise, match="proof"):
        sign(signed, signing_key, NOW)


def test_a_sealed_key_opens_for_its_organisation_and_city_only(signing_key: SigningKey) -> None:
    sealed = seal_key(signing_key, KEK)
    assert signing_key.private.private_bytes_raw() not in sealed
    assert sealed != seal_key(signing_key, KEK)
    opened = open_key(sealed, signing_key.did, KEK)
    assert opened.public_multibase == signing_key.public_multibase
    for wrong in (
        (sealed, "did:web:other.test", KEK),
        (sealed, signing_key.did, b"\1" * 32),
        (sealed[:-1], signing_key.did, KEK),
        (b"\2" + sealed[1:], signing_key.did, KEK),
        (b"", signing_key.did, KEK),
        (sealed[:8], signing_key.did, KEK),
    ):
        with pytest.raises(CannotOpenKey):
            open_key(*wrong)


def test_a_key_encryption_key_has_32_bytes(signing_key: SigningKey) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        seal_key(signing_key, b"short")
    with pytest.raises(ValueError, match="32 bytes"):
        open_key(b"", signing_key.did, b"short")
