"""What an achievement shows, and which version of it is in force."""

from dataclasses import replace
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.badges.domain.addresses import Addresses
from services.badges.domain.shown import (
    Shown,
    Skill,
    achievement,
    achievement_id,
    current_version,
    is_web_address,
    signable_language,
)

SHOWN = Shown(
    name="Podcast maker",
    description="Plan, record and edit.",
    criteria="One episode.",
    language="en",
    kind="workshop",
    layer="demonstrate",
    issuer="Nuorten Ääni",
)


def test_an_achievement_keeps_its_id_for_ever() -> None:
    activity = UUID("0199a0b0-0000-7000-8000-0000000000a1")
    assert achievement_id(activity) == UUID("c6d8bd0f-beb5-5e6b-a519-2211da873cf9")


@pytest.mark.parametrize(
    ("versions", "current"),
    [
        ([(1, "a")], 1),
        ([(1, "a"), (2, "a"), (3, "a")], 1),
        ([(1, "a"), (2, "b"), (3, "b")], 2),
        ([(1, "a"), (2, "b"), (3, "a")], 3),
        ([(4, "a"), (9, "b")], 9),
    ],
)
def test_the_first_version_that_shows_what_the_last_shows_is_in_force(
    versions: list[tuple[int, str]], current: int
) -> None:
    assert {current_version(order) for order in permutations(versions)} == {current}


def test_versions_are_told_apart_by_everything_they_show() -> None:
    changes = [
        {"name": "Producer"},
        {"description": "Other"},
        {"criteria": "Two episodes."},
        {"language": "fi"},
        {"kind": "course"},
        {"layer": None},
        {"issuer": "Somebody else"},
        {"tags": ("radio",)},
        {"skills": (Skill("http://data.europa.eu/esco/skill/1", "work in teams"),)},
    ]
    prints = {SHOWN.fingerprint, *(replace(SHOWN, **each).fingerprint for each in changes)}  # type: ignore[arg-type]  # each is right
    assert len(prints) == len(changes) + 1


def test_a_skill_without_a_web_address_is_left_out_of_documents() -> None:
    skills = (Skill("urn:x:1", "a"), Skill("https://skills.example/2", "b"), Skill("http://x/%zz", "c"))
    shown = achievement(replace(SHOWN, skills=skills), UUID(int=1), 1, Addresses("https://city.test"))
    assert [each.url for each in shown.alignments] == ["https://skills.example/2"]


def test_skills_of_esco_are_named_as_such() -> None:
    skills = (Skill("http://data.europa.eu/esco/skill/1", "work in teams"),)
    shown = achievement(replace(SHOWN, skills=skills), UUID(int=1), 1, Addresses("https://city.test"))
    assert shown.alignments[0].type == "ext:ESCOAlignment"


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en", "en"), ("pt-BR", "pt-BR"), ("en-gb", "en"), ("sr-Latn", "sr-Latn"), ("de-1996", "de")],
)
def test_a_language_is_cut_to_what_documents_may_carry(tag: str, language: str) -> None:
    assert signable_language(tag) == language


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org",
        "http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0",
        "https://example.org:8443/a/b?c=d&e=%C3%A4#f",
        "https://example.org?x",
    ],
)
def test_ordinary_web_addresses_are_let_through(text: str) -> None:
    assert is_web_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org",
        "ftp://example.org",
        "https://",
        "https://-x.org",
        "https://ex ample.org",
        "https://example.org/%zz",
        "https://example.org/#a#b",
        "https://[::1",
        "https://ääni.example",
        "https://example.org/\n",
        "javascript:alert(1)",
    ],
)
def test_what_some_reader_would_refuse_is_not_let_through(text: str) -> None:
    assert not is_web_address(text)


@given(st.text(max_size=60))
def test_no_text_at_all_breaks_the_look_at_an_address(text: str) -> None:
    assert is_web_address("https://" + text) in (True, False)
