"""What we sign verifies in the JavaScript libraries of Digital Bazaar, and what those sign with us."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.badges.domain.credential import Document
from services.badges.domain.did import IssuerKey, did_document
from services.badges.domain.issue import Reissue
from services.badges.making import sign_again
from services.badges.signing import (
    ProofOutcome,
    SigningKey,
    new_key,
    seal_key,
    sign,
    stored_form,
    verify,
)
from services.badges.vocabularies import DID_V1, MULTIKEY_V1, PINNED, vocabulary
from tests.interop.node import Asked, asked, pair
from tests.interop.shapes import CITY, CREDENTIALS, DID, ENDORSEMENTS, INDEX, LIST, NOW, ORGANISATION, listed

ENDORSED = ENDORSEMENTS["endorsed achievement"]


@pytest.fixture(scope="module")
def ask(node_modules: Path) -> Iterator[Asked]:
    """The JavaScript side, to which every document that it may need is given with the question."""
    with asked() as process:
        yield process


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return SigningKey(DID, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


@pytest.fixture(scope="module")
def unsigned() -> Document:
    return CREDENTIALS["full"]


def published(key: SigningKey, *others: IssuerKey, withdrawn: tuple[int, ...] = ()) -> dict[str, Document]:
    """Everything a verifier may fetch: contexts, the DID document, each key by its URL, the status list."""
    keys = [IssuerKey(key.public_multibase), *others]
    document = did_document(DID, keys)
    methods = {method["id"]: {"@context": MULTIKEY_V1, **method} for method in document["verificationMethod"]}
    contexts = {url: vocabulary(url) for url in PINNED}
    return {**contexts, DID: document, **methods, LIST: sign(listed(*withdrawn), key, NOW)}


def stored(unsigned: Document, key: SigningKey) -> Document:
    document: Document = orjson.loads(stored_form(sign(unsigned, key, NOW)))
    return document


def test_what_we_sign_verifies_there_with_its_status(ask: Asked, unsigned: Document, key: SigningKey) -> None:
    answer = ask("verify", stored(unsigned, key), published(key))
    assert answer == {"verified": True, "withdrawn": [False], "error": ""}


def test_a_withdrawn_credential_is_seen_there(ask: Asked, unsigned: Document, key: SigningKey) -> None:
    answer = ask("verify", stored(unsigned, key), published(key, withdrawn=(INDEX,)))
    assert answer["withdrawn"] == [True]
    neighbour = ask("verify", stored(unsigned, key), published(key, withdrawn=(INDEX + 1,)))
    assert neighbour["withdrawn"] == [False]


def test_old_badges_verify_there_after_the_key_was_replaced(
    ask: Asked, unsigned: Document, key: SigningKey
) -> None:
    newer = new_key(DID)
    answer = ask("verify", stored(unsigned, key), published(newer, IssuerKey(key.public_multibase)))
    assert answer == {"verified": True, "withdrawn": [False], "error": ""}


def test_once_a_key_was_given_up_what_it_signed_fails_there_until_it_is_issued_anew(
    ask: Asked, unsigned: Document, key: SigningKey
) -> None:
    old, newer, kek = stored(unsigned, key), new_key(DID), bytes(32)
    world = published(newer, IssuerKey(key.public_multibase, compromised_at=NOW))
    assert ask("verify", old, world)["verified"] is False
    sealed = seal_key(newer, kek)
    before = Reissue(UUID(int=1), UUID(ORGANISATION), orjson.dumps(old), sealed, newer.public_multibase)
    (body,) = sign_again([before], CITY.public_url, kek, NOW)
    assert isinstance(body, bytes)
    later = {"now": "2026-10-01T09:30:16Z"}
    answer = ask("verify", orjson.loads(body), world, **later)
    assert answer == {"verified": True, "withdrawn": [False], "error": ""}
    withdrawn = published(newer, withdrawn=(INDEX,))
    assert ask("verify", orjson.loads(body), withdrawn, **later)["withdrawn"] == [True]


def test_a_changed_character_fails_there(ask: Asked, unsigned: Document, key: SigningKey) -> None:
    changed = deepcopy(stored(unsigned, key))
    changed["credentialSubject"]["achievement"]["tag"][1] = "aani"
    answer = ask("verify", changed, published(key))
    assert answer["verified"] is False
    assert "signature" in answer["error"].lower()


def least(unsigned: Document) -> Document:
    """Without all that may be left out, held by a random number."""
    left_out = ("evidence", "validUntil", "awardedDate", "credentialStatus", "credentialSchema")
    achievement = unsigned["credentialSubject"]["achievement"]
    kept = ("id", "type", "name", "description", "criteria")
    subject = {
        "id": "urn:uuid:7c0b5a0e-3c55-4d0c-9e35-000000000001",
        "type": ["AchievementSubject"],
        "achievement": {name: achievement[name] for name in kept},
    }
    rest = {name: value for name, value in unsigned.items() if name not in left_out}
    return rest | {"credentialSubject": subject}


@pytest.mark.parametrize("which", ["full", "least", "endorsement", "status"])
def test_what_is_signed_there_verifies_with_us_and_has_our_proof(
    ask: Asked, unsigned: Document, key: SigningKey, which: str
) -> None:
    made = {"full": unsigned, "least": least(unsigned), "endorsement": ENDORSED, "status": listed()}
    document = made[which]
    signed = ask("sign", document, published(key), key=pair(key))
    public = key.private.public_key().public_bytes_raw()
    assert verify(signed, lambda method: public) is ProofOutcome.GENUINE
    assert signed["proof"]["proofValue"] == sign(document, key, NOW)["proof"]["proofValue"]


def test_an_endorsement_verifies_there_until_it_is_taken_back(ask: Asked, key: SigningKey) -> None:
    document = stored(ENDORSED, key)
    assert ask("verify", document, published(key)) == {"verified": True, "withdrawn": [False], "error": ""}
    assert ask("verify", document, published(key, withdrawn=(INDEX,)))["withdrawn"] == [True]


def test_the_contexts_of_did_documents_are_those_we_ship() -> None:
    assert did_document(DID, [])["@context"] == [DID_V1, MULTIKEY_V1]
