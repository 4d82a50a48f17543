"""The feed: public events in the order of the city's stream, each at a position of its own."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NoReturn
from uuid import UUID

from .filter import Facets

ACHIEVEMENT = "col.badges.achievement.published."
_TYPE = re.compile(r"col(\.[a-z][a-z0-9-]*)+\.v[1-9][0-9]*")
_UNFIT = re.compile("[\x00\ud800-\udfff]")  # what the database cannot keep as text
_MOST_SKILLS = 500


class Unreadable(Exception):
    """The bytes are no event of this city."""


@dataclass(frozen=True)
class Told:
    """A public event as it came; `version` is that of an achievement, where it tells of one."""

    event: UUID
    facets: Facets
    time: datetime
    version: int
    body: bytes


@dataclass(frozen=True)
class FeedItem:
    """A public event in the feed; `body` is what travelled on NATS, byte for byte."""

    position: int
    event: UUID
    type: str
    organisation: UUID | None
    achievement: UUID | None
    pathway: UUID | None
    skills: tuple[str, ...]
    time: datetime
    body: bytes

    @property
    def facets(self) -> Facets:
        """What it can be chosen by."""
        return Facets(self.type, self.organisation, self.achievement, self.pathway, self.skills)


@dataclass(frozen=True)
class Cursor:
    """How far the writer has come: in which making of the stream, to which message, and in the feed."""

    stream_created: datetime
    sequence: int
    position: int


def placed(told: Sequence[Told], after: int, skills: Mapping[UUID, tuple[str, ...]]) -> list[FeedItem]:
    """The events as items at the positions that follow `after`.

    An event that lists no skills has those of its achievement, as far as `skills` knows them.
    """
    return [
        FeedItem(
            position,
            each.event,
            each.facets.type,
            each.facets.organisation,
            each.facets.achievement,
            each.facets.pathway,
            each.facets.skills or _of(each.facets.achievement, skills),
            each.time,
            each.body,
        )
        for position, each in enumerate(told, after + 1)
    ]


def _of(achievement: UUID | None, skills: Mapping[UUID, tuple[str, ...]]) -> tuple[str, ...]:
    return skills.get(achievement, ()) if achievement else ()


def read(body: bytes) -> Told:
    """An event of any type, known or not. Raises Unreadable.

    An event is one line of JSON in UTF-8, so that it can stand in a longer document and in a stream as it is.
    """
    try:
        if b"\n" in body or b"\r" in body:
            raise Unreadable
        told = _DECODER.decode(body.decode())
        data = told["data"]
        if not _TYPE.fullmatch(told["type"]) or len(told["type"]) > 200:
            raise Unreadable
        time = datetime.fromisoformat(told["time"]).astimezone(UTC)
        return Told(UUID(told["id"]), _facets(told, data), time, _version(data), body)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise Unreadable from error


def _facets(told: dict[str, Any], data: dict[str, Any]) -> Facets:
    organisation = told.get("organisation")
    source = data.get("source")
    of_pathway = isinstance(source, dict) and source.get("kind") == "pathway"
    return Facets(
        told["type"],
        _known(organisation) if organisation is not None else None,
        _id(data.get("achievement")),
        _id(source.get("id") if of_pathway and isinstance(source, dict) else data.get("pathway")),
        _skills(data.get("skills")),
    )


def _id(value: object) -> UUID | None:
    """A later version may mean something else by a field: what is no id is none."""
    try:
        return _known(value) if isinstance(value, str) else None
    except ValueError:
        return None


@lru_cache(maxsize=1000)
def _known(text: str) -> UUID:
    """Most events are about the same few organisations, achievements and pathways."""
    return UUID(text)


def _skills(value: object) -> tuple[str, ...]:
    """Concept URIs, listed as such or as the `uri` of something."""
    listed = value if isinstance(value, list) else []
    uris = (one.get("uri") if isinstance(one, dict) else one for one in listed[:_MOST_SKILLS])
    found = (one for one in uris if isinstance(one, str) and not _UNFIT.search(one))
    return tuple(dict.fromkeys(found))


def _version(data: dict[str, Any]) -> int:
    version = data.get("version")
    return version if isinstance(version, int) and 0 < version < 2**31 else 0


def _refuse(constant: str) -> NoReturn:
    raise Unreadable(constant)


_DECODER = json.JSONDecoder(parse_constant=_refuse)
