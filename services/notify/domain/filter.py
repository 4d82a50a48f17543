"""Which events somebody wants to hear: the one place that decides whether an event matches."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_VERSION = re.compile(r"v[1-9][0-9]{0,8}")
_PREFIX = "col."
_LEAST, _MOST = 3, 4  # names in a type after `col.`: service, thing, what happened, version


class UnknownTypePattern(Exception):
    """Write a type as <service>.<thing>.<what>, with .v<n> for one version; * stands for any one name, and at
    the end for all that follow: badges.badge.awarded, badges.*, *."""

    def __init__(self, field: str) -> None:
        super().__init__(" ".join(str(type(self).__doc__).split()))
        self.field = field


@dataclass(frozen=True)
class Facets:
    """What an event can be chosen by. `type` is whole: `col.badges.badge.awarded.v1`."""

    type: str
    organisation: UUID | None = None
    achievement: UUID | None = None
    pathway: UUID | None = None
    skills: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filter:
    """What is wanted: in every field one of what it lists; an empty field filters nothing."""

    types: tuple[str, ...] = ()
    organisations: tuple[UUID, ...] = ()
    achievements: tuple[UUID, ...] = ()
    pathways: tuple[UUID, ...] = ()
    skills: tuple[str, ...] = ()


def matches(wanted: Filter, event: Facets) -> bool:
    """Whether the event is one of those wanted."""
    return (
        (not wanted.types or type_matches(wanted.types, event.type))
        and (not wanted.organisations or event.organisation in wanted.organisations)
        and (not wanted.achievements or event.achievement in wanted.achievements)
        and (not wanted.pathways or event.pathway in wanted.pathways)
        and (not wanted.skills or not set(wanted.skills).isdisjoint(event.skills))
    )


def type_matches(patterns: Iterable[str], type_: str) -> bool:
    """Whether one of these patterns, all of them checked before, means this type."""
    names = type_.removeprefix(_PREFIX).split(".")
    return any(_means(pattern.removeprefix(_PREFIX).split("."), names) for pattern in patterns)


def check_type_pattern(text: str, field: str = "body.types") -> str:
    """The pattern, as it is. Raises UnknownTypePattern, which names `field`, where it could mean nothing."""
    names = text.removeprefix(_PREFIX).split(".")
    whole = names[-1] == "*" or len(names) >= _LEAST
    if not whole or len(names) > _MOST or not all(_fits(at, name) for at, name in enumerate(names)):
        raise UnknownTypePattern(field)
    return text


def _fits(at: int, name: str) -> bool:
    known = _VERSION if at == _MOST - 1 else _NAME
    return name == "*" or (len(name) <= 60 and known.fullmatch(name) is not None)


def _means(pattern: list[str], names: list[str]) -> bool:
    """A pattern may be shorter than the type: its version is left out, or it ends with a `*`."""
    return len(pattern) <= len(names) and all(
        wanted in ("*", name) for wanted, name in zip(pattern, names, strict=False)
    )
