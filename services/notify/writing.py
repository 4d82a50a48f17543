"""Writes letters: the words of a language, filled with somebody's facts, as text and as HTML.

Names come from strangers: in HTML each is escaped and has a direction of its own, in text it is one line.
"""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from .domain.wording import Choice, Facts, choose, one_line, web_address

_HERE = Path(__file__).parent
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
_NAME = Markup("<bdi>{}</bdi>")
_TITLE = Markup('<bdi lang="{}"><strong>{}</strong></bdi>')


@dataclass(frozen=True)
class Written:
    """A letter as it is read."""

    language: str
    subject: str
    text: str
    html: str


@cache
def _words() -> dict[str, dict[str, Any]]:
    """The words of every language letters can be written in."""
    found = {
        file.stem: json.loads(file.read_text("utf-8")) for file in sorted((_HERE / "words").glob("*.json"))
    }
    del found["missing"]
    return found


@cache
def _missing() -> dict[str, str]:
    """How to say in a language that the letter is not in it."""
    read: dict[str, str] = json.loads((_HERE / "words" / "missing.json").read_text("utf-8"))
    return read


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
    )


def languages() -> frozenset[str]:
    """The languages letters can be written in."""
    return frozenset(_words())


def write(facts: Facts, city: str, default_language: str) -> Written:
    """The letter about these facts. `city` is the city's name as people write it."""
    choice = choose(facts.language, languages(), default_language)
    words = _words()[choice.language]
    names = _names(facts, city)
    isolated = {key: _isolated(value) for key, value in names.items()}
    shared = _fixed(facts, choice, words) | {"city": one_line(city)}
    subject = str(words[facts.kind]["subject"]).format(**names)
    return Written(
        choice.language,
        one_line(subject, longest=200),
        _render("letter.txt", shared | _sentences(words, facts, isolated, str)),
        _render("letter.html", shared | _labels(words, facts, names) | _html(words, facts, names)),
    )


def _render(template: str, values: Mapping[str, object]) -> str:
    return _templates().get_template(template).render(values)


def _names(facts: Facts, city: str) -> dict[str, str]:
    """What phrases are filled with, each one line."""
    values = {
        "name": facts.name,
        "organisation": facts.organisation,
        "about": facts.about,
        "address": facts.address,
        "city": city,
    }
    filled = {key: one_line(value or "") for key, value in values.items()}
    return filled | {"minutes": str(facts.minutes)}


def _fixed(facts: Facts, choice: Choice, words: Mapping[str, Any]) -> dict[str, object]:
    """What is the same in text and HTML, and needs no filling."""
    language = choice.instead_of
    known = language if language in _missing() else "en"
    return {
        "language": choice.language,
        "missing": _missing()[known] if language else None,
        "missing_language": known,
        "missing_direction": "rtl" if known in RIGHT_TO_LEFT else "ltr",
        "button": words[facts.kind]["button"],
        "link": web_address(facts.link),
        "link_text": words["link"],
        "code": one_line(facts.code) if facts.code else None,
        "code_label": words[facts.kind].get("code"),
        "picture": web_address(facts.picture),
    }


def _sentences(
    words: Mapping[str, Any], facts: Facts, values: Mapping[str, str], text: type[str]
) -> dict[str, object]:
    """The sentences that name people and things; with `text` Markup, whatever is filled in is escaped."""
    own = words[facts.kind]
    return {
        "greeting": text(words["greeting" if facts.name else "greeting_nameless"]).format(**values),
        "body": [text(line).format(**values) for line in own["body"]],
        "why": text(own["why"]).format(**values),
    }


def _labels(words: Mapping[str, Any], facts: Facts, names: Mapping[str, str]) -> dict[str, object]:
    """What stands where HTML allows no markup; the template escapes it."""
    labels = {"heading": "heading", "preview": "preview", "picture_text": "picture"}
    return {key: str(words[facts.kind].get(word, "")).format(**names) for key, word in labels.items()}


def _html(words: Mapping[str, Any], facts: Facts, names: Mapping[str, str]) -> dict[str, object]:
    marked = {key: _NAME.format(value) for key, value in names.items()}
    if facts.about:
        marked["about"] = _TITLE.format(facts.about_language or "", names["about"])
    return _sentences(words, facts, marked, Markup)


def _isolated(name: str) -> str:
    """A name written from right to left, kept from turning the line it stands in."""
    turns = any(unicodedata.bidirectional(c) in ("R", "AL") for c in name)
    return f"\u2068{name}\u2069" if turns else name
