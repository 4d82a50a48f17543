"""What an organiser adds to the achievement of an activity or a pathway, whatever its source says next."""

from dataclasses import dataclass, replace
from typing import Any

from .shown import Shown, Skill, Translation


class NotItsOwn(Exception):
    """This achievement comes with an activity or a pathway: change that, or add to it under `/additions`."""


class ItsOwn(Exception):
    """This achievement is the organisation's own: change it itself, not by additions."""


class TooManyVersions(Exception):
    """This achievement has been changed so often that no further version can be numbered; make another."""


@dataclass(frozen=True, slots=True)
class Additions:
    """Criteria and picture text, more tags and skills, translations, and how long the badge is valid."""

    criteria: str | None = None
    image_alt: str | None = None
    tags: tuple[str, ...] = ()
    skills: tuple[Skill, ...] = ()
    translations: tuple[Translation, ...] = ()
    valid_days: int | None = None

    def on(self, shown: Shown) -> Shown:
        """What is shown with these additions.

        A skill or tag that is there already is not repeated, nor are texts in the language it speaks anyway.
        """
        known = {each.uri for each in shown.skills}
        return replace(
            shown,
            criteria=self.criteria or shown.criteria,
            image_alt=self.image_alt or shown.image_alt,
            tags=tuple(dict.fromkeys((*shown.tags, *self.tags))),
            skills=(*shown.skills, *(each for each in self.skills if each.uri not in known)),
            translations=tuple(each for each in self.translations if each.language != shown.language),
            valid_days=self.valid_days or shown.valid_days,
        )


def additions_from(stored: dict[str, Any]) -> Additions:
    """The value behind its stored form, which is `asdict` of it."""
    return Additions(
        **stored
        | {
            "tags": tuple(stored["tags"]),
            "skills": tuple(Skill(**each) for each in stored["skills"]),
            "translations": tuple(Translation(**each) for each in stored["translations"]),
        }
    )
