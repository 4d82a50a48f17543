"""Every kind of document that the city signs or publishes as JSON-LD, each in all the shapes that it has."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

from services.badges import status_list
from services.badges.domain.addresses import Addresses
from services.badges.domain.badge import (
    Achievement,
    Alignment,
    Credential,
    Evidence,
    Issuer,
    Kind,
    Layer,
    Pseudonym,
    Related,
    StatusEntry,
    esco_alignment,
    hashed_email,
)
from services.badges.domain.credential import (
    Document,
    achievement_document,
    credential_document,
    profile_document,
)
from services.badges.domain.did import organisation_did
from services.badges.domain.endorsement import Endorsement, endorsement_document
from services.badges.domain.status import StatusList, status_list_document

NOW = datetime(2026, 10, 1, 9, 30, 15, tzinfo=UTC)
CITY = Addresses("https://city.test")
ORGANISATION = "0199a0b0-0000-7000-8000-000000000001"
DID = organisation_did(CITY.public_url, ORGANISATION)
LIST = CITY.status_list(ORGANISATION, 1)
INDEX = 94_567
_HOME = "0199a0b0-0000-7000-8000-0000000000a1"
_ID = "Vt1sZQ0hCkSxN7l8dWqk2w"

ISSUER = Issuer(
    DID, "Nuorten Ääni", "https://nuortenaani.example", "Radio", "https://nuortenaani.example/l.png"
)
ACHIEVEMENT = Achievement(
    id=CITY.achievement(_HOME, 1),
    version=1,
    name='Podcast "maker"',
    description="Plans, records and edits\nan episode – on air. 🎙",
    criteria="One episode, *reviewed* by a peer.\tBack\\slash.",
    image=CITY.picture(_HOME, 1),
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
    related=(Related(f"{CITY.achievement(_HOME, 1)}/in/fi", "fi"),),
)
PLAIN = replace(ACHIEVEMENT, tags=(), alignments=(), layer=None, related=())
FULL = Credential(
    id=CITY.credential(_ID),
    issuer=ISSUER,
    achievement=ACHIEVEMENT,
    recipient=hashed_email("learner@example.org", bytes(range(16))),
    awarded_at=NOW,
    valid_from=NOW,
    status=StatusEntry(LIST, INDEX),
    valid_until=NOW.replace(year=2028),
    activity_start=NOW.date(),
    activity_end=NOW.date(),
    evidence=(
        Evidence("https://nuortenaani.example/7", "Episode 7", "Edited alone."),
        Evidence("https://nuortenaani.example/8", narrative="Edited by two."),
    ),
)
LEAST = replace(
    FULL, achievement=PLAIN, valid_until=None, activity_start=None, activity_end=None, evidence=()
)


def endorsement(subject: str, name: str, comment: str = "We hire\nwhoever has this. 🎙") -> Document:
    """One of the endorsements of a thing."""
    return endorsement_document(
        Endorsement(
            id=CITY.endorsement(_ID),
            issuer=ISSUER,
            subject=subject,
            name=name,
            language="fi",
            comment=comment,
            valid_from=NOW,
            status=StatusEntry(LIST, INDEX),
        )
    )


def held_by(document: Document, did: str) -> Document:
    """The credential with the DID of a wallet as its subject."""
    subject = {"id": did, **document["credentialSubject"]}
    return {**document, "credentialSubject": subject}


def listed(*withdrawn: int, until: datetime | None = None) -> Document:
    """A status list, not signed yet."""
    bits = status_list.with_withdrawn(status_list.empty(), withdrawn)
    return status_list_document(StatusList(LIST, DID, status_list.encode(bits), NOW, 300_000, until))


def _layers() -> dict[str, Document]:
    layers: tuple[Layer, ...] = get_args(Layer)
    return {
        f"layer {each}": credential_document(replace(FULL, achievement=replace(ACHIEVEMENT, layer=each)))
        for each in layers
    }


def _kinds() -> dict[str, Document]:
    kinds: tuple[Kind, ...] = get_args(Kind)
    return {
        f"kind {each}": credential_document(replace(LEAST, achievement=replace(PLAIN, kind=each)))
        for each in kinds
    }


CREDENTIALS: dict[str, Document] = {
    "full": credential_document(FULL),
    "least": credential_document(LEAST),
    "expiring": credential_document(replace(LEAST, valid_until=NOW.replace(year=2027))),
    "evidence": credential_document(replace(LEAST, evidence=FULL.evidence)),
    "held by a random number": credential_document(replace(FULL, recipient=Pseudonym(UUID(int=7)))),
    "held by a wallet": held_by(credential_document(FULL), "did:key:z6MkjZRZv3aez3r18pB1"),
    "carrying endorsements": credential_document(FULL) | {"endorsementJwt": ["eyJh.eyJp.c2ln", "a.b.c"]},
    "issuer with a name alone": credential_document(replace(FULL, issuer=Issuer(DID, "Ä", CITY.public_url))),
    "translation": credential_document(
        replace(FULL, achievement=replace(ACHIEVEMENT, language="sr-Latn", name="Ђорђе ✓ \u2028 א"))
    ),
    **_layers(),
    **_kinds(),
}
ENDORSEMENTS: dict[str, Document] = {
    "endorsed achievement": endorsement(ACHIEVEMENT.id, ACHIEVEMENT.name),
    "endorsed organisation": endorsement(DID, ISSUER.name),
    "endorsed credential": endorsement(FULL.id, ACHIEVEMENT.name, "Well made."),
}
LISTS: dict[str, Document] = {
    "empty list": listed(),
    "list": listed(0, INDEX, status_list.ENTRIES - 1, until=NOW.replace(year=2027)),
}
PUBLISHED: dict[str, Document] = {
    "achievement": achievement_document(ACHIEVEMENT, ISSUER),
    "plain achievement": achievement_document(PLAIN, ISSUER),
    "profile": profile_document(ISSUER),
}
SIGNED = CREDENTIALS | ENDORSEMENTS | LISTS
EVERY = SIGNED | PUBLISHED
