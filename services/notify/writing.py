"""Writes letters: patterns of words, made once for each shape of letter, filled with somebody's facts.

A pattern is a text in pieces: what is the same in every letter of its shape, and between that the names of
what is not. Names come from strangers: in HTML each is escaped and has a direction of its own, in text it is
one line.
They are put in when all else is done, so nothing in them is ever read as a mark of ours.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from .domain.brand import Brand
from .domain.letter import Kind
from .domain.wording import RIGHT_TO_LEFT, Choice, Facts, choose, isolated, one_line, web_address

_HERE = Path(__file__).parent
_SLOT = re.compile("\x02([a-z_]+)\x03")  # controls, which no words of ours have
_NAME = Markup("<bdi>{}</bdi>")
_TITLE = Markup('<bdi lang="{}"><strong>{}</strong></bdi>')
_ADDRESS = Markup('<bdi dir="ltr">{}</bdi>')
# After the preview, so that mail programs do not go on with the letter's first words.
_FILLER = Markup("&nbsp;&zwnj;" * 40)  # noqa: S704 (ours)
_PHRASED = ("name", "organisation", "about", "address", "minutes")

Pieces = tuple[str, ...]
"""Every second piece, from the second, is the name of what is put there."""


@dataclass(frozen=True)
class Shape:
    """All that two letters must have in common to differ in nothing but what is filled in.

    `missing` is the language of the note that the letter is not in the reader's.
    """

    kind: Kind
    language: str
    missing: str | None
    named: bool
    pictured: bool
    linked: bool
    coded: bool
    choosing: bool


@dataclass(frozen=True, eq=False)
class Pattern:
    """What letters of one shape have in common; each is made once, so that none equals another."""

    language: str
    subject: Pieces
    text: Pieces
    html: Pieces


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


@cache
def languages() -> frozenset[str]:
    """The languages letters can be written in."""
    return frozenset(_words())


def write(facts: Facts, brand: Brand, default_language: str) -> Written:
    """The letter about these facts."""
    shape = shape_of(facts, default_language)
    pattern = pattern_of(shape, brand)
    return Written(
        pattern.language,
        subject(pattern, facts),
        fill(pattern.text, text_values(facts, shape.language)),
        fill(pattern.html, html_values(facts)),
    )


def page(template: str, values: Mapping[str, object]) -> str:
    """A page of ours, from one of the templates."""
    return _render(template, values)


def words_for_choosing(language: str) -> dict[str, str]:
    """The words of the pages on which readers choose, in one of `languages`, else in English."""
    words: dict[str, str] = _words().get(language, _words()["en"])["choosing"]
    return words


def shape_of(facts: Facts, default_language: str) -> Shape:
    """The shape of the letter about these facts."""
    choice = choose(facts.language, languages(), default_language)
    return Shape(
        facts.kind,
        choice.language,
        _missing_in(choice),
        bool(facts.name and one_line(facts.name)),
        web_address(facts.picture) is not None,
        web_address(facts.link) is not None,
        bool(facts.code),
        web_address(facts.choices) is not None,
    )


@lru_cache(maxsize=1024)
def pattern_of(shape: Shape, brand: Brand) -> Pattern:
    """What letters of this shape have in common. Made once: this is the slow part of writing."""
    words = _words()[shape.language]
    own, city = words[shape.kind], one_line(brand.city)
    plain = {name: _mark(name) for name in _PHRASED}
    marked: dict[str, str] = {name: _NAME.format(Markup(_mark(name))) for name in _PHRASED}  # noqa: S704 (ours)
    marked["about"] = _TITLE.format(*(Markup(_mark(name)) for name in ("about_language", "about")))  # noqa: S704 (ours)
    marked["address"] = _ADDRESS.format(Markup(_mark("address")))  # noqa: S704 (ours)
    shared = _fixed(shape, brand, words)
    text = plain | {"city": isolated(city, shape.language)}
    labels = {
        name: _cut_open(str(own.get(word, "")).format(**plain, city=city))
        for name, word in (("heading", "heading"), ("preview", "preview"), ("picture_text", "picture"))
    }
    html = {**marked, "city": _NAME.format(city)}
    return Pattern(
        shape.language,
        _cut(own["subject"].format(**plain, city=city)),
        _cut(_render("letter.txt", shared | _slots(shape, str) | _sentences(words, shape, text, str))),
        _cut(
            _render(
                "letter.html",
                shared | _slots(shape, Markup) | labels | _sentences(words, shape, html, Markup),
            )
        ),
    )


def fill(pieces: Pieces, values: Mapping[str, str]) -> str:
    """A text from its pieces."""
    return "".join(values[piece] if at % 2 else piece for at, piece in enumerate(pieces))


def subject(pattern: Pattern, facts: Facts) -> str:
    """The letter's subject, one line."""
    values = _values(facts)
    if pattern.language in RIGHT_TO_LEFT:
        values = text_values(facts, pattern.language)
        return fill(pattern.subject, values)[:220]
    return one_line(fill(pattern.subject, values), longest=200)


def text_values(facts: Facts, language: str) -> dict[str, str]:
    """What is put into the text."""
    values = _values(facts)
    names = {name: isolated(values[name], language) for name in ("name", "organisation", "about", "address")}
    return values | names


def html_values(facts: Facts) -> dict[str, str]:
    """What is put into the HTML, fit for text and for quoted attributes."""
    return {name: str(escape(value)) for name, value in _values(facts).items()}


def _values(facts: Facts) -> dict[str, str]:
    """What the slots are filled with, each one line."""
    names = {
        "name": facts.name,
        "organisation": facts.organisation,
        "about": facts.about,
        "about_language": facts.about_language,
        "address": facts.address,
        "code": facts.code,
    }
    links = {"link": facts.link, "picture": facts.picture, "choices": facts.choices}
    figures = {name: str(number) for name, number in zip(FIGURES, facts.figures, strict=False)}
    return (
        {name: one_line(value or "") for name, value in names.items()}
        | {name: web_address(value) or "" for name, value in links.items()}
        | figures
        | {"minutes": str(facts.minutes)}
    )


FIGURES = ("awarded", "sent", "undelivered")
"""The figures of a digest, in the order in which facts name them."""


def _mark(name: str) -> str:
    return f"\x02{name}\x03"


def _cut(text: str) -> Pieces:
    return tuple(_SLOT.split(text))


def _cut_open(label: str) -> Markup:
    """A label with the marks of what is put into it kept as they are, all else escaped."""
    return Markup("").join(
        Markup(_mark(piece)) if at % 2 else escape(piece)  # noqa: S704 (ours)
        for at, piece in enumerate(_SLOT.split(label))
    )


def _render(template: str, values: Mapping[str, object]) -> str:
    return _templates().get_template(template).render(values)


def _missing_in(choice: Choice) -> str | None:
    language = choice.instead_of
    if language is None:
        return None
    return language if language in _missing() else "en"


def _fixed(shape: Shape, brand: Brand, words: Mapping[str, Any]) -> dict[str, object]:
    """What is the same in text and HTML, and needs no filling."""
    own, known = words[shape.kind], shape.missing or "en"
    turned = shape.language in RIGHT_TO_LEFT
    return {
        "language": shape.language,
        "direction": "rtl" if turned else "ltr",
        "start": "right" if turned else "left",
        "end": "left" if turned else "right",
        "missing": _missing()[known] if shape.missing else None,
        "missing_language": known,
        "missing_direction": "rtl" if known in RIGHT_TO_LEFT else "ltr",
        "button": own["button"],
        "link_text": words["link"],
        "choices_text": words["choices"],
        "code_label": own.get("code"),
        "filler": _FILLER,
        "city": one_line(brand.city),
        "colour": brand.colour,
        "on_colour": brand.on_colour,
        "logo": web_address(brand.logo),
        "postal": brand.postal,
        "contact": brand.contact,
    }


def _slots(shape: Shape, text: type[str]) -> dict[str, object]:
    """The places of what has a place of its own, where the letter has it."""
    figures = _words()[shape.language][shape.kind].get("figures", {})
    there = {
        "code": shape.coded,
        "link": shape.linked,
        "picture": shape.pictured,
        "choices": shape.choosing,
    }
    slots: dict[str, object] = {name: text(_mark(name)) if has else None for name, has in there.items()}
    return slots | {"figures": [(figures[name], text(_mark(name))) for name in FIGURES if name in figures]}


def _sentences(
    words: Mapping[str, Any], shape: Shape, values: Mapping[str, str], text: type[str]
) -> dict[str, object]:
    """The sentences that name people and things; with `text` Markup, whatever is filled in is escaped."""
    own = words[shape.kind]
    return {
        "greeting": text(words["greeting" if shape.named else "greeting_nameless"]).format(**values),
        "body": [text(line).format(**values) for line in own["body"]],
        "why": text(own["why"]).format(**values),
    }
