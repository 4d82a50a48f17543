"""Endorsement: one organisation says that it stands behind an achievement, an organisation or a badge."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from .badge import Issuer, StatusEntry
from .credential import CONTEXTS, Document, profile, status_entry, timestamp
from .text import refuse_empty, refuse_unusable_texts
from .wording import ENDORSEMENT, spoken_language

State = Literal["proposed", "accepted", "refused", "withdrawn"]
Kind = Literal["achievement", "organisation", "credential"]

TOKENS: Final = "ES256"
"""What the tokens that badges carry are signed with: a quarter of the length of RS256."""

_RANK: dict[State, int] = {"proposed": 0, "accepted": 1, "refused": 2, "withdrawn": 3}


class UnknownEndorsement(Exception):
    """There is no such endorsement."""


class EndorsesItself(Exception):
    """An organisation cannot endorse itself, its own achievements or the badges it awarded."""


class EndorsedAlready(Exception):
    """This organisation endorses it already, in other words; withdraw that first."""


class Settled(Exception):
    """This endorsement was refused or withdrawn, which is final; it can be proposed anew."""


def moved(state: State, to: State) -> State:
    """The state after somebody moved it on. Raises Settled for a move back.

    It only ever moves from proposed to accepted to refused to withdrawn, or over some of these, so that it
    ends the same in whichever order both sides act.
    """
    if _RANK[to] < _RANK[state]:
        raise Settled
    return to


@dataclass(frozen=True, slots=True)
class Endorsement:
    """What the signed document of an endorsement says; `subject` is the address of what is endorsed."""

    id: str
    issuer: Issuer
    subject: str
    name: str
    language: str
    comment: str
    valid_from: datetime
    status: StatusEntry

    def __post_init__(self) -> None:
        refuse_unusable_texts("endorsement", self)
        refuse_empty("endorsement.comment", self.comment)


@dataclass(frozen=True, slots=True)
class ToSign:
    """An accepted endorsement to be signed with the endorser's sealed keys: for proofs, and for tokens."""

    endorsement: UUID
    endorser: UUID
    says: Endorsement
    sealed_key: bytes
    token_key: str
    sealed_token_key: bytes


@dataclass(frozen=True, slots=True)
class Word:
    """A signed endorsement: the document, and the token that badges carry."""

    body: bytes
    token: str


def endorsement_document(says: Endorsement) -> Document:
    """The unsigned EndorsementCredential (Open Badges 3.0, EndorsementCredential)."""
    return {
        "@context": list(CONTEXTS),
        "id": says.id,
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": ENDORSEMENT[spoken_language(says.language)].format(name=says.name),
        "issuer": profile(says.issuer),
        "validFrom": timestamp(says.valid_from),
        "credentialSubject": {
            "id": says.subject,
            "type": ["EndorsementSubject"],
            "endorsementComment": says.comment,
        },
        "credentialStatus": status_entry(says.status),
    }
