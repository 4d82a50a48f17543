"""Skills: what they are called, in which language, and how a search finds them."""

import unicodedata
from dataclasses import dataclass
from typing import Literal

Match = Literal["exact", "prefix", "word", "alternative", "similar"]
"""How a label answers a search, best first."""


class UnknownSkill(Exception):
    """There is no such skill here; take a concept URI from /skills, or ask the operator to import ESCO."""


@dataclass(frozen=True)
class Label:
    """What a skill is called; `unofficial` where it is not the classification's own wording."""

    text: str
    language: str
    unofficial: bool


@dataclass(frozen=True)
class Skill:
    """A skill by its concept URI; `kind` and `reuse_level` as in ESCO: `skill/competence`, `transversal`."""

    uri: str
    kind: str
    reuse_level: str | None
    status: str
    label: Label
    alternatives: tuple[str, ...] = ()
    description: str | None = None
    broader: tuple[str, ...] = ()


def folded(text: str) -> str:
    """A text as it is compared: no accents, no case, words parted by one space."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = (c for c in plain if not unicodedata.combining(c))
    return " ".join("".join(letters).split())
