"""Which events match which filter."""

from dataclasses import replace
from uuid import uuid4

import pytest

from contracts.events import EVENTS
from services.notify.domain.filter import (
    Facets,
    Filter,
    UnknownTypePattern,
    check_type_pattern,
    matches,
    type_matches,
)

AWARDED = "col.badges.badge.awarded.v1"
EVENT = Facets(AWARDED, uuid4(), uuid4(), uuid4(), ("https://skills.test/a", "https://skills.test/b"))


@pytest.mark.parametrize(
    "pattern",
    [
        "*",
        "col.*",
        "badges.*",
        "col.badges.*",
        "badges.badge.*",
        "badges.badge.awarded",
        "badges.badge.awarded.*",
        "badges.badge.awarded.v1",
        AWARDED,
        "*.badge.awarded",
        "badges.*.awarded",
        "*.*.*.v1",
    ],
)
def test_a_pattern_means_whole_names_and_may_leave_out_the_version(pattern: str) -> None:
    assert type_matches([check_type_pattern(pattern)], AWARDED)


@pytest.mark.parametrize(
    "pattern",
    [
        "catalogue.*",
        "badges.badge.awarded.v2",
        "badges.badge.revoked",
        "*.badge.revoked",
        "badges.achievement.*",
    ],
)
def test_other_types_do_not_match(pattern: str) -> None:
    assert not type_matches([check_type_pattern(pattern)], AWARDED)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "col.",
        "badges",
        "badges.badge",
        "badges.",
        ".badges",
        "badges.badge.award*",
        "badges.**",
        "BADGES.*",
        "badges.badge.awarded.1",
        "badges.badge.awarded.v0",
        "a.b.c.v1.e",
        "badges.bad ge.*",
        "badges.b\u00e4dge.*",
        "x" * 61 + ".*",
    ],
)
def test_a_pattern_that_could_mean_nothing_is_refused_with_its_field(pattern: str) -> None:
    with pytest.raises(UnknownTypePattern, match=r"badges\.badge\.awarded") as refused:
        check_type_pattern(pattern, "query.types")
    assert refused.value.field == "query.types"


@pytest.mark.parametrize("type_", EVENTS)
def test_every_type_of_the_city_can_be_chosen(type_: str) -> None:
    short = type_.removeprefix("col.").rpartition(".")[0]
    service = short.partition(".")[0]
    assert all(type_matches([check_type_pattern(one)], type_) for one in (type_, short, f"{service}.*"))


def test_an_empty_filter_matches_everything() -> None:
    assert matches(Filter(), EVENT) and matches(Filter(), Facets("col.later.thing.happened.v3"))


def test_every_field_that_is_given_must_match_and_one_of_its_values_is_enough() -> None:
    wanted = Filter(
        ("pathways.*", "badges.*"),
        tuple(filter(None, (uuid4(), EVENT.organisation))),
        tuple(filter(None, (EVENT.achievement, uuid4()))),
        tuple(filter(None, (EVENT.pathway,))),
        ("https://skills.test/b", "https://skills.test/z"),
    )
    assert matches(wanted, EVENT)
    others = (
        replace(EVENT, type="col.catalogue.activity.joined.v1"),
        replace(EVENT, organisation=None),
        replace(EVENT, achievement=uuid4()),
        replace(EVENT, pathway=None),
        replace(EVENT, skills=("https://skills.test/a",)),
    )
    assert not any(matches(wanted, other) for other in others)
