"""Signing: our fast path beside PyLD on the same credential, and the raw signature beneath both."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyld import jsonld

from services.badges import canonical
from services.badges.domain.addresses import Addresses
from services.badges.domain.badge import (
    Achievement,
    Credential,
    Issuer,
    StatusEntry,
    esco_alignment,
    hashed_email,
)
from services.badges.domain.credential import Document, credential_document
from services.badges.domain.did import organisation_did
from services.badges.signing import new_key, sign
from services.badges.vocabularies import vocabulary

from .timing import rate_of

CITY = "https://city.test"
NOW = datetime(2026, 10, 1, 9, 30, 15, tzinfo=UTC)


def measure() -> dict[str, float]:
    """Credentials per second on one core, and how many times the reference implementation that is."""
    document = _document()
    key = new_key(document["issuer"]["id"])
    raw = Ed25519PrivateKey.generate()
    digest = hashlib.sha512(b"as long as what is signed").digest()
    ours = rate_of(lambda: sign(document, key, NOW))
    reference = rate_of(lambda: _canonicalise_by_pyld(document))
    return {
        "raw_ed25519_per_s": rate_of(lambda: raw.sign(digest)),
        "credentials_canonicalised_by_pyld_per_s": reference,
        "credentials_signed_per_s": ours,
        "signing_over_pyld": ours / reference,
    }


def _canonicalise_by_pyld(document: Document) -> str:
    def load(url: str, _options: object) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": vocabulary(url)}

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    text: str = jsonld.normalize(document, options)
    assert text.encode() == canonical.canonicalise(document), "the two must agree, or the figure says nothing"
    return text


def _document() -> Document:
    addresses = Addresses(CITY)
    organisation, achievement = "0199a0b0-0000-7000-8000-000000000001", "0199a0b0-0000-7000-8000-0000000000a1"
    return credential_document(
        Credential(
            id=addresses.credential("Vt1sZQ0hCkSxN7l8dWqk2w"),
            issuer=Issuer(
                id=organisation_did(CITY, organisation), name="Nuorten Ääni", url="https://radio.example"
            ),
            achievement=Achievement(
                id=addresses.achievement(achievement, 2),
                version=2,
                name="Podcast maker",
                description="Plans, records and edits an episode.",
                criteria="One episode, reviewed by a peer.",
                image=addresses.picture(achievement, 2),
                image_alt="Podcast maker, Demonstrate layer",
                language="en",
                kind="workshop",
                tags=("radio",),
                alignments=(
                    esco_alignment(
                        "work in teams",
                        "http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0",
                    ),
                ),
            ),
            recipient=hashed_email("learner@example.org", bytes(16)),
            awarded_at=NOW,
            valid_from=NOW,
            status=StatusEntry(addresses.status_list(organisation, 1), 94567),
        )
    )
