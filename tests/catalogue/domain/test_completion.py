"""Reading pasted lists, and when completions may be confirmed."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from services.catalogue.domain.activity import Activity, NotPublished, Session
from services.catalogue.domain.completion import (
    BadSession,
    InTheFuture,
    Line,
    NotAList,
    NotBegun,
    check_confirmable,
    read_list,
)

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)
ONE = UUID(int=1)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("ada@example.org", [Line(1, "ada@example.org")]),
        ("ada@example.org, Ada, fi", [Line(1, "ada@example.org", "Ada", "fi")]),
        ('\n a@b.example ,"Lovelace, Ada",\n\n', [Line(2, "a@b.example", "Lovelace, Ada")]),
        ("E-mail;Name\na@b.example;Ada", [Line(2, "a@b.example", "Ada")]),
        ("b@b.example;;nl", [Line(1, "b@b.example", None, "nl")]),
        ("a@b.example\tAda, Countess", [Line(1, "a@b.example", "Ada, Countess")]),
        ("oops\nb@b.example", [Line(1, "oops"), Line(2, "b@b.example")]),
    ],
)
def test_a_pasted_list_is_read_as_people_write_it(text: str, lines: list[Line]) -> None:
    assert read_list(text) == lines


@pytest.mark.parametrize("text", ["PNG IHDR", "name,language\nAda,en", 'a@b.example,"Ada', ",,,"])
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(NotAList):
        read_list(text)


def activity(**fields: object) -> Activity:
    """A published activity in Helsinki."""
    told: dict[str, object] = {"state": "published", "time_zone": "Europe/Helsinki", **fields}
    return Activity(ONE, ONE, "Walk", "en", **told)  # type: ignore[arg-type]  # fields of many types


def test_the_day_of_completion_follows_from_session_end_or_today() -> None:
    evening = datetime(2026, 5, 1, 22, 30, tzinfo=UTC)  # already the 2nd in Helsinki
    over = activity(starts=evening, ends=evening)
    assert check_confirmable(over, None, None, NOW) == date(2026, 5, 2)
    assert check_confirmable(over, None, date(2026, 5, 3), NOW) == date(2026, 5, 3)
    assert check_confirmable(activity(), None, None, NOW) == date(2026, 5, 10)
    repeated = activity(sessions=(Session(evening, evening),), starts=evening, ends=NOW + timedelta(days=9))
    assert check_confirmable(repeated, date(2026, 5, 2), None, NOW) == date(2026, 5, 2)
    assert check_confirmable(repeated, None, None, NOW) == date(2026, 5, 10)


def test_completions_wait_until_the_activity_is_published_and_has_begun() -> None:
    with pytest.raises(NotPublished):
        check_confirmable(activity(state="draft"), None, None, NOW)
    with pytest.raises(NotPublished):
        check_confirmable(activity(state="cancelled"), None, None, NOW)
    with pytest.raises(NotBegun):
        check_confirmable(activity(starts=NOW + timedelta(hours=1)), None, None, NOW)
    with pytest.raises(BadSession):
        check_confirmable(activity(), date(2026, 5, 1), None, NOW)
    with pytest.raises(InTheFuture):
        check_confirmable(activity(), None, date(2026, 5, 11), NOW)
