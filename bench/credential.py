"""One award of a city that does not exist, as all figures about credentials are taken on it.

A full one: two skills, the layer with its rubric, a translation, evidence, an expiry and a status entry.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
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
from services.badges.domain.issue import Draft, Due, Place
from services.badges.domain.shown import Shown, Skill, Translation
from services.badges.domain.status import StatusList, status_list_document
from services.badges.making import make_key
from services.badges.multikey import to_multibase
from services.badges.signing import SigningKey, sign, stored_form
from services.badges.vocabularies import MULTIKEY_V1, PINNED, vocabulary

CITY = Addresses("https://city.test")
NOW = datetime(2026, 10, 1, 9, 30, 15, tzinfo=UTC)
ORGANISATION = "0199a0b0-0000-7000-8000-000000000001"
ACHIEVEMENT = "0199a0b0-0000-7000-8000-0000000000a1"
DID = organisation_did(CITY.public_url, ORGANISATION)
LIST = CITY.status_list(ORGANISATION, 1)


@dataclass(frozen=True)
class Case:
    """The credential, its key, and every document that a verifier needs, by address."""

    unsigned: Document
    key: SigningKey
    documents: dict[str, Document]

    @property
    def stored(self) -> bytes:
        """The signed credential as it is stored."""
        return stored_form(sign(self.unsigned, self.key, NOW))

    def request(self, credential: Document) -> dict[str, Any]:
        """What the JavaScript side is asked with."""
        return {
            "credential": credential,
            "documents": self.documents,
            "now": "2026-10-01T09:30:15Z",
            "key": self._pair(),
        }

    def _pair(self) -> Document:
        secret = self.key.private.private_bytes_raw() + self.key.private.public_key().public_bytes_raw()
        return {
            "@context": MULTIKEY_V1,
            "id": self.key.verification_method,
            "type": "Multikey",
            "controller": DID,
            "publicKeyMultibase": self.key.public_multibase,
            "secretKeyMultibase": to_multibase(b"\x80\x26" + secret),
        }


def case() -> Case:
    """The case that is measured."""
    key = SigningKey(DID, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
    did = did_document(DID, [IssuerKey(key.public_multibase)])
    methods = {each["id"]: {"@context": MULTIKEY_V1, **each} for each in did["verificationMethod"]}
    listed = StatusList(LIST, DID, status_list.encode(status_list.empty()), NOW)
    published = orjson.loads(stored_form(sign(status_list_document(listed), key, NOW)))
    contexts = {url: vocabulary(url) for url in PINNED}
    return Case(_unsigned(), key, {**contexts, DID: did, **methods, LIST: published})


def _unsigned() -> Document:
    return credential_document(credential_said())


def credential_said() -> Credential:
    """What the credential says."""
    return Credential(
        id=CITY.credential("Vt1sZQ0hCkSxN7l8dWqk2w"),
        issuer=Issuer(DID, "Nuorten Ääni", "https://radio.example", "Radio made by young people."),
        achievement=_achievement(),
        recipient=hashed_email("learner@example.org", bytes(16)),
        awarded_at=NOW,
        valid_from=NOW,
        valid_until=NOW.replace(year=2030),
        status=StatusEntry(LIST, 94567),
        activity_start=NOW.date(),
        activity_end=NOW.date(),
        evidence=(Evidence("https://radio.example/episodes/7", "Episode 7", "Edited alone."),),
    )


SEALING_KEY = bytes(range(32))


def job(count: int) -> list[Draft]:
    """So many awards of one job, ready to be made into credentials."""
    shown = Shown(
        name="Podcast maker",
        description="Plans, records and edits an episode.",
        criteria="One episode, reviewed by a peer.",
        language="en",
        kind="workshop",
        layer="demonstrate",
        issuer="Nuorten Ääni",
        tags=("radio",),
        skills=(
            Skill("http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0", "work in teams"),
            Skill(f"{CITY.skills}7", "hosting"),
        ),
        translations=(Translation("fi", "Podcastin tekijä", "Suunnittelee.", "Yksi jakso."),),
    )
    name, sealed = make_key(DID, SEALING_KEY)
    return [_draft(number, shown, name, sealed) for number in range(count)]


def _draft(number: int, shown: Shown, name: str, sealed: bytes) -> Draft:
    due = Due(
        id=UUID(int=number),
        organisation=UUID(ORGANISATION),
        achievement=UUID(ACHIEVEMENT),
        version=2,
        recipient=UUID(int=number),
        occasion="direct",
        awarded_at=NOW,
        session=None,
        completed_on=NOW.date(),
        shown=shown,
        name="Nuorten Ääni",
        description="Radio made by young people.",
        website="https://radio.example",
        address=f"learner.{number}@example.org",
        evidence=(Evidence("https://radio.example/episodes/7", "Episode 7", "Edited alone."),),
        expires_at=NOW.replace(year=2030),
    )
    recipient = hashed_email(due.address, number.to_bytes(16))
    return Draft(due, Place(1, number), f"{number:022}", f"{number:022}", recipient, sealed, name)


def _achievement() -> Achievement:
    home = CITY.achievement(ACHIEVEMENT, 2)
    skill = "http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0"
    return Achievement(
        id=home,
        version=2,
        name="Podcast maker",
        description="Plans, records and edits an episode.",
        criteria="One episode, reviewed by a peer.",
        image=CITY.picture(ACHIEVEMENT, 2),
        image_alt="Podcast maker, Demonstrate layer",
        language="en",
        kind="workshop",
        tags=("radio",),
        alignments=(
            esco_alignment("work in teams", skill),
            Alignment("hosting", f"{CITY.skills}7", "Skills of the city", "ext:CitySkill"),
        ),
        layer="demonstrate",
        related=(Related(f"{home}/in/fi", "fi"),),
    )
