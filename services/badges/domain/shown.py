"""What an achievement shows, how that becomes a version of its own, and under which id it is known."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

from .addresses import Addresses
from .badge import Achievement, Alignment, Kind, Layer, Related, image_alt
from .text import Unsignable

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
    """A skill that the achievement stands for: concept URI, and label in the achievement's language.

    `framework` names where it is from and `code` its place there, where the URI does not tell.
    """

    uri: str
    label: str
    framework: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """The texts of an achievement in another language (BCP 47)."""

    language: str
    name: str
    description: str
    criteria: str


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
    translations: tuple[Translation, ...] = ()
    image_alt: str | None = None
    valid_days: int | None = None

    @property
    def fingerprint(self) -> str:
        """Equal for two versions exactly where they show the same."""
        told = asdict(self, dict_factory=_told)
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


# What a version shows that says nothing of the members beside these has the fingerprint it always had.
_ALWAYS_TOLD = {"layer", "tags", "skills"}


def _told(members: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in members if value or name in _ALWAYS_TOLD}


def shown_from(stored: dict[str, Any]) -> Shown:
    """The value behind its stored form, which is `asdict` of it, perhaps of an earlier release."""
    return Shown(
        **stored
        | {
            "tags": tuple(stored["tags"]),
            "skills": tuple(Skill(**each) for each in stored["skills"]),
            "translations": tuple(Translation(**each) for each in stored.get("translations", ())),
        }
    )


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


@lru_cache(maxsize=256)
def achievement(shown: Shown, achievement: UUID, version: int, addresses: Addresses) -> Achievement:
    """That version as it stands in documents. Raises Unsignable naming the field that cannot be signed."""
    home = addresses.achievement(str(achievement), version)
    return Achievement(
        id=home,
        version=version,
        name=shown.name,
        description=shown.description,
        criteria=shown.criteria,
        image=addresses.picture(str(achievement), version),
        image_alt=image_alt_of(shown),
        language=shown.language,
        kind=shown.kind,
        tags=shown.tags,
        alignments=tuple(filter(None, (_alignment(each, addresses) for each in shown.skills))),
        layer=shown.layer,
        related=tuple(_related(home, each.language) for each in shown.translations),
    )


def translated(
    shown: Shown, achievement_id: UUID, version: int, language: str, addresses: Addresses
) -> Achievement | None:
    """The same version with its texts in another language; None where it is not translated into that.

    Nobody is awarded a translation: it is there to be read by whoever meets the badge. Raises Unsignable.
    """
    texts = next((each for each in shown.translations if each.language == language), None)
    if texts is None:
        return None
    found = achievement(shown, achievement_id, version, addresses)
    others = tuple(each for each in found.related if each.language != language)
    return replace(
        found,
        id=_in(found.id, language),
        **asdict(texts),
        related=(Related(found.id, found.language), *others),
    )


def refuse_bad_translations(shown: Shown) -> None:
    """Raises Unsignable where two texts are in the same language."""
    languages = [shown.language, *(each.language for each in shown.translations)]
    if len(set(languages)) < len(languages):
        raise Unsignable("body.translations", "name a language twice", "Give every language once.")


def _in(home: str, language: str) -> str:
    return f"{home}/in/{language}"


def _related(home: str, language: str) -> Related:
    return Related(_in(home, language), language)


def image_alt_of(shown: Shown) -> str:
    """What its picture shows, in the organiser's words or else in ours."""
    return shown.image_alt or image_alt(shown.name, shown.layer, shown.issuer)


def is_web_address(text: str) -> bool:
    """Whether documents may point to this address: http or https, ASCII, every part of it well-formed.

    Narrower than RFC 3986: what this lets through, every library and the published JSON Schema let through.
    """
    return bool(_WEB_ADDRESS.fullmatch(text))


def signable_language(tag: str) -> str:
    """The tag if it is one that documents may carry, else its language alone: `en-gb` becomes `en`."""
    return tag if _LANGUAGE.fullmatch(tag) else tag.split("-")[0]


def _alignment(skill: Skill, addresses: Addresses) -> Alignment | None:
    """The alignment to a skill; None for one without a web address, which no document can point to."""
    if not is_web_address(skill.uri):
        return None
    if _ESCO.match(skill.uri):
        kind, framework = "ext:ESCOAlignment", "ESCO"
    elif skill.uri.startswith(addresses.skills):
        kind, framework = "ext:CitySkill", f"Skills of {addresses.public_url}"
    else:
        kind, framework = None, None
    return Alignment(skill.label, skill.uri, skill.framework or framework, kind, skill.code)
