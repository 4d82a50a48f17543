"""Which activities make sense, and which are ready to be published."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.catalogue.domain.activity import (
    Activity,
    AlreadyCancelled,
    BadActivity,
    NotReady,
    Place,
    Session,
    check,
    check_ready,
    span,
)

NOON = datetime(2026, 5, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OODI = Place("Oodi", 60.17, 24.94)
ONE = UUID(int=1)


def activity(**fields: Any) -> Activity:
    """An activity that is ready, unless `fields` say otherwise."""
    return Activity(ONE, ONE, "Walk", "en", **{"description": "Come.", "place": OODI, **fields})


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"starts": NOON, "ends": NOON - HOUR}, "ends"),
        ({"ends": NOON}, "starts"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"sessions": (Session(NOON, NOON - HOUR),)}, "sessions.0.ends"),
        ({"sessions": (Session(NOON, NOON), Session(NOON - HOUR, NOON))}, "sessions"),
        ({"age_from": 18, "age_to": 12}, "age_to"),
        ({"mode": "online"}, "place"),
    ],
)
def test_what_contradicts_itself_is_refused_by_field(fields: dict[str, Any], at_fault: str) -> None:
    with pytest.raises(BadActivity) as refused:
        check(activity(**fields))
    assert refused.value.field == f"body.{at_fault}"


@pytest.mark.parametrize(
    ("fields", "at_fault"), [({"description": " "}, "description"), ({"place": None}, "place")]
)
def test_what_nobody_could_take_part_in_is_not_published(fields: dict[str, Any], at_fault: str) -> None:
    with pytest.raises(NotReady) as refused:
        check_ready(activity(**fields))
    assert refused.value.field == at_fault


def test_an_online_activity_needs_no_place_and_a_cancelled_one_stays_so() -> None:
    check_ready(activity(mode="online", place=None))
    with pytest.raises(AlreadyCancelled):
        check_ready(activity(state="cancelled"))


def test_an_activity_is_over_when_its_last_moment_has_passed() -> None:
    assert not activity().over(NOON)
    assert activity(starts=NOON).over(NOON)
    assert not activity(starts=NOON, ends=NOON + HOUR).over(NOON)
    assert span((Session(NOON, NOON + 3 * HOUR), Session(NOON, NOON + HOUR))) == (NOON, NOON + 3 * HOUR)
