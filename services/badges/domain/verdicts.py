"""The outcomes of a verification in words that anybody understands, in each language that the page speaks.

The words stand in `verify_words/<language>.json`; a language is added by adding its file.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Words:
    """One language: outcomes as sentences, names of the lines and of their results, and the page around."""

    sentences: Mapping[str, str]
    lines: Mapping[str, str]
    results: Mapping[str, str]
    page: Mapping[str, str]


_FILES = sorted((Path(__file__).parent / "verify_words").glob("*.json"))
LANGUAGES = {path.stem: Words(**json.loads(path.read_text("utf-8"))) for path in _FILES}
SENTENCES = LANGUAGES["en"].sentences
LINES = LANGUAGES["en"].lines
RESULTS = LANGUAGES["en"].results


def language_for(accept_language: str) -> str:
    """The best of our languages for an Accept-Language header (RFC 9110, 12.5.4); English where none is."""
    best, quality = "en", 0.0
    for part in accept_language.split(",")[:30]:
        tag, *options = (each.strip().lower() for each in part.split(";"))
        language, liked = tag.split("-")[0], _quality(options)
        if language in LANGUAGES and liked > quality:
            best, quality = language, liked
    return best


def _quality(options: list[str]) -> float:
    for option in options:
        name, _, value = option.partition("=")
        if name.strip() == "q":
            try:
                return min(1.0, float(value))
            except ValueError:
                return 0.0
    return 1.0
