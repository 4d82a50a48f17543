"""Occasions, entries of status lists, and the words that badges writes."""

import random
from datetime import date
from uuid import UUID

import pytest

from services.badges.domain.award import (
    NotAnOccasion,
    activity_occasion,
    direct_occasion,
    pathway_occasion,
)
from services.badges.domain.issue import free_places, issuer
from services.badges.domain.wording import (
    CLAIM,
    SPOKEN,
    activity_criteria,
    pathway_criteria,
    spoken_day,
    spoken_language,
)

THING = UUID("0199a0b0-0000-7000-8000-0000000000a1")


def test_every_session_of_an_activity_is_an_occasion() -> None:
    assert activity_occasion(THING, None) == f"activity:{THING}"
    assert activity_occasion(THING, date(2026, 9, 30)) == f"activity:{THING}:2026-09-30"


def test_every_version_of_a_pathway_is_an_occasion() -> None:
    assert pathway_occasion(THING, 2) == f"pathway:{THING}:2"


@pytest.mark.parametrize(
    ("named", "occasion"), [(None, "direct"), ("summer-2026", "summer-2026"), ("a", "a")]
)
def test_a_direct_award_is_for_what_the_organiser_calls_it(named: str | None, occasion: str) -> None:
    assert direct_occasion(named) == occasion


@pytest.mark.parametrize("named", ["", "Summer", "a b", "-a", "a-", "a" * 65, "activity:1", "ä", "a\n"])
def test_an_occasion_is_a_plain_word(named: str) -> None:
    with pytest.raises(NotAnOccasion):
        direct_occasion(named)


def test_entries_of_a_list_are_never_given_out_twice() -> None:
    taken, seen = bytes(16), set[int]()
    below = random.Random(1).randrange
    for _ in range(16):
        found, taken = free_places(taken, 8, below)
        assert seen.isdisjoint(found)
        seen.update(found)
    assert seen == set(range(128))
    assert taken == b"\xff" * 16


def test_an_organisation_without_a_usable_website_is_shown_by_its_page_in_the_city() -> None:
    page = f"https://city.test/organisations/{THING}"
    for website in (None, "", "example.org", "https://ex ample.org"):
        assert issuer("https://city.test", THING, "Youth Lab", website=website).url == page
    assert (
        issuer("https://city.test", THING, "Youth Lab", website="https://lab.example").url[-11:]
        == "lab.example"
    )


def test_each_language_has_all_words() -> None:
    assert set(CLAIM) == set(SPOKEN)
    assert len({frozenset(words) for words in CLAIM.values()}) == 1


@pytest.mark.parametrize(
    ("tag", "language"), [("fi", "fi"), ("nl-BE", "nl"), ("lt", "en"), (None, "en"), ("", "en")]
)
def test_we_write_in_a_language_we_speak(tag: str | None, language: str) -> None:
    assert spoken_language(tag) == language


def test_a_title_with_braces_is_only_a_title() -> None:
    assert "{issuer}" in activity_criteria("{issuer} {0}", "Lab", "en")
    assert "Lab" in pathway_criteria("{", "Lab", "fi")


def test_days_are_written_as_in_the_language() -> None:
    day = date(2026, 9, 3)
    assert [spoken_day(day, each) for each in SPOKEN] == ["3 September 2026", "3.9.2026", "3 september 2026"]
