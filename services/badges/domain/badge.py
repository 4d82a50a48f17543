"""What a badge says, as plain values: who issues it, for what, to whom, since when.

Each value checks itself when it is made and raises Unsignable naming the field, so that nothing built from
them has to check again. Nothing about the person but a salted hash or a random number has a place here.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from .text import (
    Unsignable,
    refuse_contested_order,
    refuse_empty,
    refuse_other_than_web_address,
    refuse_unusable_texts,
)

Kind = Literal[
    "event",
    "workshop",
    "course",
    "project",
    "volunteering",
    "internship",
    "open_space",
    "digital_experience",
    "pathway",
]
Layer = Literal["engage", "participate", "demonstrate", "lead"]

SALT_BYTES = 16
_WALLET = re.compile("did:(key:z[1-9A-HJ-NP-Za-km-z]{1,200}|jwk:[A-Za-z0-9_-]{1,400})")
_LANGUAGE = re.compile("[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")


@dataclass(frozen=True, slots=True)
class Issuer:
    """The organisation that answers for the badge; `id` is its DID, `image` the address of its logo."""

    id: str
    name: str
    url: str
    description: str | None = None
    image: str | None = None

    def __post_init__(self) -> None:
        refuse_unusable_texts("issuer", self)
        refuse_empty("issuer.name", self.name)
        refuse_other_than_web_address("issuer.url", self.url)
        if self.image is not None:
            refuse_other_than_web_address("issuer.image", self.image)


@dataclass(frozen=True, slots=True)
class Alignment:
    """A skill or other node of a framework that the achievement stands for."""

    name: str
    url: str
    framework: str | None = None
    type: str | None = None
    code: str | None = None
    description: str | None = None

    def __post_init__(self) -> None:
        refuse_unusable_texts("alignment", self)
        refuse_empty("alignment.name", self.name)
        refuse_other_than_web_address("alignment.url", self.url)


def refuse_other_than_language(field: str, tag: str) -> None:
    """Raises Unsignable unless `tag` is a language tag of the form that the JSON Schema knows."""
    if not _LANGUAGE.fullmatch(tag):
        raise Unsignable(field, "is not a language tag", "Use one like fi, nl, sr-Latn or pt-BR.")


def image_alt(name: str, layer: Layer | None, issuer: str) -> str:
    """What the picture of an achievement shows, for those who do not see it."""
    parts = [name, f"{layer.capitalize()} layer" if layer else "", f"issued by {issuer}"]
    return ", ".join(part for part in parts if part)


def esco_alignment(label: str, uri: str, framework: str = "ESCO") -> Alignment:
    """A skill of ESCO by its concept URI, which is an identifier and stays http as published."""
    return Alignment(label, uri, framework=framework, type="ext:ESCOAlignment")


@dataclass(frozen=True, slots=True)
class Related:
    """The same version of an achievement in another language, and where it is served."""

    id: str
    language: str

    def __post_init__(self) -> None:
        refuse_other_than_web_address("related.id", self.id)
        refuse_other_than_language("related.language", self.language)


@dataclass(frozen=True, slots=True)
class Achievement:
    """One immutable version of what can be earned; `id` is the address where that version is served.

    With a `layer`, whoever earns it has reached that of the four layers of taking part.
    """

    id: str
    version: int
    name: str
    description: str
    criteria: str
    image: str
    image_alt: str
    language: str
    kind: Kind
    tags: tuple[str, ...] = ()
    alignments: tuple[Alignment, ...] = ()
    layer: Layer | None = None
    related: tuple[Related, ...] = ()

    def __post_init__(self) -> None:
        refuse_unusable_texts("achievement", self)
        for field in ("name", "description", "criteria"):
            refuse_empty(f"achievement.{field}", getattr(self, field))
        for field in ("id", "image"):
            refuse_other_than_web_address(f"achievement.{field}", getattr(self, field))
        if "#" in self.id:
            raise Unsignable("achievement.id", "has a fragment", "Layers have theirs below it: take it off.")
        refuse_other_than_language("achievement.language", self.language)
        refuse_contested_order("achievement.tags", self.tags)


@dataclass(frozen=True, slots=True)
class HashedEmail:
    """A recipient known by the salted hash of an address (Open Badges 3.0, IdentityObject)."""

    identity_hash: str
    salt: str


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """A recipient known by a random number that means nothing outside this one credential."""

    uuid: UUID


@dataclass(frozen=True, slots=True)
class Wallet:
    """A recipient known by the DID of a wallet that they proved to hold, and perhaps by a hashed address."""

    did: str
    hashed: HashedEmail | None = None

    def __post_init__(self) -> None:
        if not _WALLET.fullmatch(self.did):
            raise Unsignable("wallet.did", "is neither a did:key nor a did:jwk", "Prove the wallet again.")


Recipient = HashedEmail | Pseudonym | Wallet


def identity_hash(address: str, salt: str) -> str:
    """The hash of an address with its salt written behind it (Open Badges 3.0, IdentityHash)."""
    return f"sha256${hashlib.sha256(f'{address}{salt}'.encode()).hexdigest()}"


def hashed_email(address: str, salt: bytes) -> HashedEmail:
    """Hashes an already normalised address with its own salt; the salt must be fresh for every award.

    Raises ValueError for fewer than 16 bytes (128 bits).
    """
    if len(salt) < SALT_BYTES:
        raise ValueError(f"a salt has at least {SALT_BYTES} bytes")
    return HashedEmail(identity_hash(address, salt.hex()), salt.hex())


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a proof of the work can be seen, and what it shows."""

    url: str
    name: str | None = None
    narrative: str | None = None

    def __post_init__(self) -> None:
        refuse_unusable_texts("evidence", self)
        refuse_other_than_web_address("evidence.url", self.url)


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """The bit that says whether the credential was withdrawn: its index in the list at `list_url`."""

    list_url: str
    index: int


@dataclass(frozen=True, slots=True)
class Credential:
    """Everything one award's document says. Times carry a zone; activity dates are whole days.

    `endorsements` are signed tokens, which it carries as they are.
    """

    id: str
    issuer: Issuer
    achievement: Achievement
    recipient: Recipient
    awarded_at: datetime
    valid_from: datetime
    status: StatusEntry
    valid_until: datetime | None = None
    activity_start: date | None = None
    activity_end: date | None = None
    evidence: tuple[Evidence, ...] = ()
    endorsements: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        refuse_other_than_web_address("credential.id", self.id)
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            raise Unsignable(
                "credential.valid_until", "is not after the time of issue", "Choose a later date or none."
            )
