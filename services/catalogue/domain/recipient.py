"""The register of names: what is known of the person behind an address, and by whom it was said."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Said:
    """Something said about a person, by themselves or by an organiser."""

    value: str
    by_person: bool
    at: datetime


@dataclass(frozen=True)
class Recipient:
    """An address that badges can go to; without the address, the tombstone of one that was forgotten."""

    id: UUID
    address: str | None = None
    name: Said | None = None
    language: Said | None = None
    learner: UUID | None = None
    proven_at: datetime | None = None
    forgotten_at: datetime | None = None

    @property
    def called(self) -> str | None:
        """The name, where one is known."""
        return self.name.value if self.name else None


@dataclass(frozen=True)
class Naming:
    """What somebody said about the recipient: address, and name and language where they are known."""

    recipient: UUID
    address: str
    by_person: bool
    at: datetime
    name: str | None = None
    language: str | None = None


def hear(known: Recipient | None, naming: Naming) -> Recipient:
    """What is known after hearing `naming`; the same whatever the order in which namings are heard.

    What the person says outranks what an organiser wrote, then the newest wins; name and language each for
    itself, so that a line without a name takes none away. What is older than a forgetting is not heard.
    """
    known = known or Recipient(naming.recipient)
    if known.forgotten_at and naming.at <= known.forgotten_at:
        return known
    return Recipient(
        known.id,
        naming.address,
        _weightier(known.name, naming, naming.name),
        _weightier(known.language, naming, naming.language),
        known.learner,
        known.proven_at,
        known.forgotten_at,
    )


def _weightier(known: Said | None, naming: Naming, value: str | None) -> Said | None:
    if value is None:
        return known
    said = Said(value, naming.by_person, naming.at)
    return max(known, said, key=lambda s: (s.by_person, s.at, s.value)) if known else said
