"""Letters in every language, whole in text and HTML, and harmless whatever names are in them."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from services.notify import writing
from services.notify.domain.letter import Kind
from services.notify.domain.wording import Facts

KINDS: tuple[Kind, ...] = ("badge_awarded", "pathway_completed", "sign_in")
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
    return replace(SIGN_IN if kind == "sign_in" else BADGE, kind=kind, language=language)


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
    letter = writing.write(given, "Testville", "en")
    page = Links(letter.html)
    assert letter.language == language and f'<html lang="{language}"' in letter.html
    assert page.hrefs == [given.link, given.link], "the button, and its address for those who cannot press it"
    for form in (letter.text, letter.html):
        assert "aino@example.org" in form and "{" not in form.partition("</style>")[2]
        if given.organisation:
            assert given.organisation in form and "Podcast Producer" in form
        if given.code:
            assert given.code in form and "14" in form
    assert str(given.link) in letter.text
    assert page.sources == ([given.picture] if given.picture else [])


def test_a_fallback_is_visible_in_the_readers_language() -> None:
    letter = writing.write(replace(BADGE, language="lt"), "Testville", "en")
    assert letter.language == "en" and "lietuvių" in letter.text
    assert '<p lang="lt" dir="ltr"' in letter.html


def test_a_fallback_from_a_right_to_left_language_is_written_from_the_right() -> None:
    letter = writing.write(replace(BADGE, language="ar"), "Testville", "en")
    assert '<p lang="ar" dir="rtl"' in letter.html and "بالإنجليزية" in letter.text


def test_a_fallback_from_a_language_we_cannot_write_a_word_in_is_in_english() -> None:
    letter = writing.write(replace(BADGE, language="tlh"), "Testville", "en")
    assert '<p lang="en"' in letter.html and "not available in your language" in letter.text


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_names_stay_text(kind: Kind) -> None:
    given = replace(
        facts(kind, "en"), name=HOSTILE, organisation=HOSTILE, about=HOSTILE, about_language=HOSTILE
    )
    letter = writing.write(given, HOSTILE, "en")
    page = Links(letter.html)
    assert not {"script", "iframe"} & set(page.tags) and page.sources in ([], [given.picture])
    assert HOSTILE in letter.text, "neither evaluated nor filled in once more"
    assert "\n" not in letter.subject and len(letter.subject) <= 200


def test_a_name_from_right_to_left_does_not_turn_its_line() -> None:
    letter = writing.write(replace(BADGE, name="ليلى حداد"), "Testville", "en")
    assert "\u2068ليلى حداد\u2069" in letter.text and "<bdi>ليلى حداد</bdi>" in letter.html


def test_links_that_are_no_web_addresses_are_left_out() -> None:
    letter = writing.write(replace(BADGE, link="javascript:alert(1)", picture="data:x"), "Testville", "en")
    page = Links(letter.html)
    assert page.hrefs == [] and page.sources == [] and "javascript" not in letter.text + letter.html


def test_somebody_without_a_name_is_greeted_all_the_same() -> None:
    assert writing.write(replace(BADGE, name=None), "Testville", "en").text.startswith("Hello,\n")
