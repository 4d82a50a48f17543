"""Letters in every language, whole in text and HTML, and harmless whatever names are in them."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pytest

from deploy import letters
from services.notify import writing
from services.notify.domain.brand import BadColour, Brand
from services.notify.domain.letter import Kind
from services.notify.domain.wording import Facts

KINDS: tuple[Kind, ...] = get_args(Kind)
BADGE = Facts(
    "badge_awarded",
    "aino@example.org",
    "Aino Virtanen",
    "en",
    "Youth Radio",
    "Podcast Producer",
    "en",
    "https://city.test/achievements/1/image.png",
    "https://city.test/credentials/k3zj9q",
)
SIGN_IN = Facts(
    "sign_in",
    "aino@example.org",
    language="en",
    link="https://city.test/sign-in?t=1",
    code="271828",
    minutes=14,
)
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}{name.__class__}%s'


def facts(kind: Kind, language: str) -> Facts:
    figures = (12, 11, 1) if kind == "digest" else ()
    picture = BADGE.picture if kind == "badge_awarded" else None
    badge = replace(BADGE, figures=figures, picture=picture)
    return replace(SIGN_IN if kind == "sign_in" else badge, kind=kind, language=language)


def shown(page: str) -> str:
    """What a page shows, and its marks, without the styles in its head."""
    return page.partition("<body")[2]


class Links(HTMLParser):
    """The tags of a page, and where its links and pictures lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.hrefs: list[str | None] = []
        self.sources: list[str | None] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag."""
        self.tags.append(tag)
        found = dict(attrs)
        assert not [name for name in found if name.startswith("on")]
        if tag == "a":
            self.hrefs.append(found.get("href"))
        if tag == "img":
            self.sources.append(found.get("src"))


def words_of(value: object) -> object:
    """The shape of a language's words: keys, and the names that sentences are filled with."""
    if isinstance(value, dict):
        return {key: words_of(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return sorted({name for line in value for name in re.findall(r"\{(\w+)\}", line)})
    return sorted(set(re.findall(r"\{(\w+)\}", str(value))))


@pytest.mark.parametrize("language", sorted(writing.languages()))
def test_every_language_says_the_same_things(language: str) -> None:
    folder = Path(writing.__file__).parent / "words"
    english, other = (json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("en", language))
    assert words_of(other) == words_of(english)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", sorted(writing.languages()))
def test_a_letter_has_one_button_and_its_reason_in_both_forms(language: str, kind: Kind) -> None:
    given = facts(kind, language)
    letter = writing.write(given, Brand("Testville"), "en")
    page = Links(letter.html)
    direction = "rtl" if language == "ar" else "ltr"
    assert letter.language == language and f'<html lang="{language}" dir="{direction}"' in letter.html
    assert page.hrefs == [given.link, given.link], "the button, and its address for those who cannot press it"
    for form in (letter.text, letter.html):
        assert "aino@example.org" in form and not re.search(
            r"[{}\x02\x03]", form if form == letter.text else shown(form)
        )
        if kind != "subscription_disabled" and given.organisation:
            assert given.organisation in form
        if kind not in ("sign_in", "digest"):
            assert "Podcast Producer" in form
        assert all(str(number) in form for number in given.figures)
        if given.code:
            assert given.code in form and "14" in form
    assert str(given.link) in letter.text
    assert page.sources == ([given.picture] if given.picture else [])


def test_a_fallback_is_visible_in_the_readers_language() -> None:
    letter = writing.write(replace(BADGE, language="et"), Brand("Testville"), "en")
    assert letter.language == "en" and "eesti" in letter.text
    assert '<p lang="et" dir="ltr"' in letter.html


def test_a_fallback_from_a_right_to_left_language_is_written_from_the_right() -> None:
    letter = writing.write(replace(BADGE, language="fa"), Brand("Testville"), "en")
    assert '<p lang="fa" dir="rtl"' in letter.html and "انگلیسی" in letter.text


def test_a_fallback_from_a_language_we_cannot_write_a_word_in_is_in_english() -> None:
    letter = writing.write(replace(BADGE, language="tlh"), Brand("Testville"), "en")
    assert '<p lang="en"' in letter.html and "not available in your language" in letter.text


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_names_stay_text(kind: Kind) -> None:
    given = replace(
        facts(kind, "en"), name=HOSTILE, organisation=HOSTILE, about=HOSTILE, about_language=HOSTILE
    )
    letter = writing.write(given, Brand(HOSTILE), "en")
    page = Links(letter.html)
    assert not {"script", "iframe"} & set(page.tags) and page.sources in ([], [given.picture])
    named = letter.text.replace("\u2068", "").replace("\u2069", "")
    assert HOSTILE in named, "neither evaluated nor filled in once more"
    assert "\n" not in letter.subject and len(letter.subject) <= 200


def test_a_name_from_right_to_left_does_not_turn_its_line() -> None:
    letter = writing.write(replace(BADGE, name="ليلى حداد"), Brand("Testville"), "en")
    assert "\u2068ليلى حداد\u2069" in letter.text and "<bdi>ليلى حداد</bdi>" in letter.html


def test_links_that_are_no_web_addresses_are_left_out() -> None:
    letter = writing.write(
        replace(BADGE, link="javascript:alert(1)", picture="data:x"), Brand("Testville"), "en"
    )
    page = Links(letter.html)
    assert page.hrefs == [] and page.sources == [] and "javascript" not in letter.text + letter.html


def test_somebody_without_a_name_is_greeted_all_the_same() -> None:
    assert writing.write(replace(BADGE, name=None), Brand("Testville"), "en").text.startswith("Hello,\n")


def test_a_letter_in_arabic_is_mirrored_and_keeps_names_of_both_directions_apart() -> None:
    letter = writing.write(replace(BADGE, language="ar"), Brand("Testville"), "en")
    assert "direction:ltr" not in shown(letter.html)
    assert "\u2068Youth Radio\u2069" in letter.text and "<bdi>Youth Radio</bdi>" in letter.html
    assert '<bdi dir="ltr">aino@example.org</bdi>' in letter.html


def test_the_foot_says_whose_letter_it_is_and_where_to_choose() -> None:
    brand = Brand(
        "Testville", logo="https://city.test/logo.png", postal="1 Main Street", contact="hi@city.test"
    )
    chosen = replace(BADGE, choices="https://city.test/letters/preferences/x")
    letter = writing.write(chosen, brand, "en")
    page = Links(letter.html)
    assert chosen.choices in page.hrefs and page.sources == [brand.logo, BADGE.picture]
    for form in (letter.text, letter.html):
        assert all(said in form for said in ("1 Main Street", "hi@city.test", "Testville", "awarded a badge"))


def test_nothing_is_fetched_but_what_the_letter_shows() -> None:
    letter = writing.write(BADGE, Brand("Testville"), "en")
    assert "url(" not in letter.html and "<link" not in letter.html and "<script" not in letter.html
    assert len(letter.html.encode()) < 60_000, "longer ones are cut by some mail programs"


def test_the_preview_stands_first_and_goes_no_further() -> None:
    body = shown(writing.write(BADGE, Brand("Testville"), "en").html)
    assert body.index("See your badge and keep it.") < body.index("&zwnj;") < body.index("Testville")


def test_the_picture_says_what_it_shows_to_those_who_do_not_see_it() -> None:
    letter = writing.write(BADGE, Brand("Testville"), "en")
    assert 'alt="The badge Podcast Producer"' in letter.html


def test_what_is_compiled_is_what_its_source_says() -> None:
    assert not letters.stale(), "run `make letters`"


@pytest.mark.parametrize(
    ("colour", "on"), [("#0b5a9c", "#ffffff"), ("#ffd400", "#14181d"), ("#000000", "#ffffff")]
)
def test_the_button_can_be_read_on_any_colour(colour: str, on: str) -> None:
    assert Brand("Testville", colour).on_colour == on
    with pytest.raises(BadColour):
        Brand("Testville", "red;} body {display:none")
