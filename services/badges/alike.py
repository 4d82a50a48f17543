"""Which badges share their shape, and the canonical form of one from that shape."""

from collections.abc import Hashable, Iterator
from dataclasses import fields
from typing import Any

from .canonical import canonicalise
from .domain.badge import Credential
from .domain.credential import Document
from .skeleton import Path, Skeleton

REMEMBERED = 256

# What differs from badge to badge of one job. All else that a credential says, and whatever it may say one
# day, tells shapes apart.
_VARYING = {
    "id",
    "recipient",
    "awarded_at",
    "valid_from",
    "status",
    "valid_until",
    "activity_start",
    "activity_end",
    "evidence",
}
_SHARED = tuple(field.name for field in fields(Credential) if field.name not in _VARYING)


class Shapes:
    """The shapes of badges that were made lately. One that is met for the first time is not worth keeping."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Skeleton | None] = {}
        self._met: set[Hashable] = set()

    def canonical(self, credential: Credential, document: Document) -> bytes:
        """The canonical N-Quads of a credential's own document. Raises CannotCanonicalise."""
        places = dict(_places(document))
        shape = (*(getattr(credential, name) for name in _SHARED), tuple(places))
        skeleton = self._of(shape, document, places)
        canonical = skeleton.canonical(tuple(places.values())) if skeleton else None
        return canonicalise(document) if canonical is None else canonical

    def _of(self, shape: Hashable, document: Document, places: dict[Path, str]) -> Skeleton | None:
        if shape in self._known:
            return self._known[shape]
        if shape not in self._met:
            if len(self._met) == REMEMBERED:
                self._met.clear()
                self._known.clear()
            self._met.add(shape)
            return None
        found = self._known[shape] = Skeleton.of(document, places)
        return found


def _places(document: Document) -> Iterator[tuple[Path, str]]:
    """Where a badge's document says what it alone says, and what."""
    for name in ("id", "validFrom", "validUntil", "awardedDate"):
        yield from _member((name,), document)
    subject: Path = ("credentialSubject",)
    said = document["credentialSubject"]
    for name in ("id", "activityStartDate", "activityEndDate"):
        yield from _member((*subject, name), said)
    for number, each in enumerate(said.get("identifier", ())):
        for name in ("identityHash", "salt"):
            yield from _member((*subject, "identifier", number, name), each)
    for number, each in enumerate(document.get("evidence", ())):
        for name in ("id", "name", "narrative"):
            yield from _member(("evidence", number, name), each)
    for name in ("id", "statusListIndex", "statusListCredential"):
        yield from _member(("credentialStatus", name), document["credentialStatus"])


def _member(path: Path, inside: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    name = path[-1]
    if name in inside:
        yield path, inside[name]
