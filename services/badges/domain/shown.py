"""What an achievement shows, how that becomes a version of its own, and under which id it is known."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID, uuid5

from .addresses import Addresses
from .badge import Achievement, Alignment, Kind, Layer, esco_alignment, image_alt

_ESCO = re.compile("https?://data[.]europa[.]eu/esco/")
_WEB_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?(?::[0-9]{1,5})?"
    r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:[?](?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:#(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
)
_LANGUAGE = re.compile("[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill that the achievement stands for: concept URI, and label in the achievement's language."""

    uri: str
    label: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that one version of an achievement shows. `layer` is None where it has none (pathways)."""

    name: str
    description: str
    criteria: str
    language: str
    kind: Kind
    layer: Layer | None
    issuer: str
    tags: tuple[str, ...] = ()
    skills: tuple[Skill, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Equal for two versions exactly where they show the same."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def shown_from(stored: dict[str, Any]) -> Shown:
    """The value behind its stored form, which is `asdict` of it."""
    skills = tuple(Skill(**skill) for skill in stored["skills"])
    return Shown(**stored | {"tags": tuple(stored["tags"]), "skills": skills})


def achievement_id(source: UUID) -> UUID:
    """The id of the achievement that comes with an activity or pathway: always the same."""
    return uuid5(source, "achievement")


def current_version(versions: Iterable[tuple[int, str]]) -> int:
    """Which of the (version, fingerprint) pairs is in force: the first one that shows what the last shows.

    Sources count their own changes, most of which change nothing that an achievement shows. Worked out over
    all versions known, so that it does not matter in which order they came.
    """
    ordered = sorted(versions, reverse=True)
    found, last = ordered[0]
    for version, fingerprint in ordered[1:]:
        if fingerprint != last:
            break
        found = version
    return found


def achievement(shown: Shown, achievement: UUID, version: int, addresses: Addresses) -> Achievement:
    """That version as it stands in documents. Raises Unsignable naming the field that cannot be signed."""
    return Achievement(
        id=addresses.achievement(str(achievement), version),
        version=version,
        name=shown.name,
        description=shown.description,
        criteria=shown.criteria,
        image=addresses.picture(str(achievement), version),
        image_alt=image_alt(shown.name, shown.layer, shown.issuer),
        language=shown.language,
        kind=shown.kind,
        tags=shown.tags,
        alignments=tuple(filter(None, map(_alignment, shown.skills))),
    )


def is_web_address(text: str) -> bool:
    """Whether documents may point to this address: http or https, ASCII, every part of it well-formed.

    Narrower than RFC 3986: what this lets through, every library and the published JSON Schema let through.
    """
    return bool(_WEB_ADDRESS.fullmatch(text))


def signable_language(tag: str) -> str:
    """The tag if it is one that documents may carry, else its language alone: `en-gb` becomes `en`."""
    return tag if _LANGUAGE.fullmatch(tag) else tag.split("-")[0]


def _alignment(skill: Skill) -> Alignment | None:
    """The alignment to a skill; None for one without a web address, which no document can point to."""
    if not is_web_address(skill.uri):
        return None
    if _ESCO.match(skill.uri):
        return esco_alignment(skill.label, skill.uri)
    return Alignment(skill.label, skill.uri)
