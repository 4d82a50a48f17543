"""What we sign verifies in the JavaScript libraries of Digital Bazaar, and what those sign with us."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.badges import status_list
from services.badges.domain.addresses import Addresses
from services.badges.domain.badge import (
    Achievement,
    Alignment,
    Credential,
    Evidence,
    Issuer,
    Related,
    StatusEntry,
    esco_alignment,
    hashed_email,
)
from services.badges.domain.credential import Document, credential_document
from services.badges.domain.did import IssuerKey, did_document, organisation_did
from services.badges.domain.endorsement import Endorsement, endorsement_document
from services.badges.domain.issue import Reissue
from services.badges.domain.status import StatusList, status_list_document
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

CITY = Addresses("https://city.test")
ORGANISATION = "0199a0b0-0000-7000-8000-000000000001"
NOW = datetime(2026, 10, 1, 9, 30, 15, tzinfo=UTC)
DID = organisation_did(CITY.public_url, ORGANISATION)
LIST = CITY.status_list(ORGANISATION, 1)
INDEX = 94_567


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
    achievement = "0199a0b0-0000-7000-8000-0000000000a1"
    return credential_document(
        Credential(
            id=CITY.credential("Vt1sZQ0hCkSxN7l8dWqk2w"),
            issuer=Issuer(DID, "Nuorten Ääni", "https://nuortenaani.example"),
            achievement=Achievement(
                id=CITY.achievement(achievement, 1),
                version=1,
                name='Podcast "maker"',
                description="Plans, records and edits\nan episode – on air. 🎙",
                criteria="One episode, *reviewed* by a peer.\tBack\\slash.",
                image=CITY.picture(achievement, 1),
                image_alt="Podcast maker",
                language="en",
                kind="workshop",
                tags=("radio", "ääni"),
                alignments=(
                    esco_alignment("work in teams", "http://data.europa.eu/esco/skill/60c78287"),
                    esco_alignment("edit audio", "http://data.europa.eu/esco/skill/0b6a2d1c"),
                    Alignment("hosting", f"{CITY.skills}7", "Skills of the city", "ext:CitySkill", "7"),
                ),
                layer="demonstrate",
                related=(Related(f"{CITY.achievement(achievement, 1)}/in/fi", "fi"),),
            ),
            recipient=hashed_email("learner@example.org", bytes(range(16))),
            awarded_at=NOW,
            valid_from=NOW,
            status=StatusEntry(LIST, INDEX),
            valid_until=NOW.replace(year=2028),
            activity_start=NOW.date(),
            evidence=(Evidence("https://nuortenaani.example/7", narrative="Edited alone."),),
        )
    )


def published(key: SigningKey, *others: IssuerKey, withdrawn: tuple[int, ...] = ()) -> dict[str, Document]:
    """Everything a verifier may fetch: contexts, the DID document, each key by its URL, the status list."""
    keys = [IssuerKey(key.public_multibase), *others]
    document = did_document(DID, keys)
    methods = {method["id"]: {"@context": MULTIKEY_V1, **method} for method in document["verificationMethod"]}
    bits = status_list.with_withdrawn(status_list.empty(), withdrawn)
    listed = status_list_document(StatusList(LIST, DID, status_list.encode(bits), NOW))
    contexts = {url: vocabulary(url) for url in PINNED}
    return {**contexts, DID: document, **methods, LIST: sign(listed, key, NOW)}


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


def endorsement() -> Document:
    return endorsement_document(
        Endorsement(
            id=CITY.endorsement("Vt1sZQ0hCkSxN7l8dWqk2w"),
            issuer=Issuer(DID, "Nuorten Ääni", "https://nuortenaani.example", "Radio"),
            subject=CITY.achievement("0199a0b0-0000-7000-8000-0000000000a1", 1),
            name='Podcast "maker"',
            language="fi",
            comment="We hire\nwhoever has this. 🎙",
            valid_from=NOW,
            status=StatusEntry(LIST, INDEX),
        )
    )


def status() -> Document:
    return status_list_document(StatusList(LIST, DID, status_list.encode(status_list.empty()), NOW))


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
    made: dict[str, Callable[[], Document]] = {
        "full": lambda: unsigned,
        "least": lambda: least(unsigned),
        "endorsement": endorsement,
        "status": status,
    }
    document = made[which]()
    signed = ask("sign", document, published(key), key=pair(key))
    public = key.private.public_key().public_bytes_raw()
    assert verify(signed, lambda method: public) is ProofOutcome.GENUINE
    assert signed["proof"]["proofValue"] == sign(document, key, NOW)["proof"]["proofValue"]


def test_an_endorsement_verifies_there_until_it_is_taken_back(ask: Asked, key: SigningKey) -> None:
    document = stored(endorsement(), key)
    assert ask("verify", document, published(key)) == {"verified": True, "withdrawn": [False], "error": ""}
    assert ask("verify", document, published(key, withdrawn=(INDEX,)))["withdrawn"] == [True]


def test_the_contexts_of_did_documents_are_those_we_ship() -> None:
    assert did_document(DID, [])["@context"] == [DID_V1, MULTIKEY_V1]
