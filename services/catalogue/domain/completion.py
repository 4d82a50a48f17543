"""Who completed what: when an organiser may confirm it, and how a pasted list is read."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from .activity import Activity, NotPublished
from .times import local_date


class NotBegun(Exception):
    """The activity has not begun; confirm completions once it has."""

    field = "activity"


class BadSession(Exception):
    """The activity has no session on that day; take one of its session dates, or leave it out."""

    field = "body.session"


class InTheFuture(Exception):
    """The day of completion lies in the future; give today or an earlier day."""

    field = "body.completed_on"


class NotAList(Exception):
    """This is not a list of addresses; write one address a line, as text: address, name, language."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or ""))

    field = "body.pasted"


@dataclass(frozen=True)
class Line:
    """One line of a pasted list, as written; `number` counts from 1."""

    number: int
    address: str
    name: str | None = None
    language: str | None = None


def check_confirmable(
    activity: Activity, session: date | None, completed_on: date | None, now: datetime
) -> date:
    """The day of completion, where the activity's completions may be confirmed.

    Without `completed_on` it is the session's day, else the day the activity ended, else today.
    Raises NotPublished, NotBegun, BadSession, InTheFuture.
    """
    today = local_date(now, activity.time_zone)
    if activity.state != "published":
        raise NotPublished
    if not activity.begun(now):
        raise NotBegun
    if session and session not in activity.session_dates():
        raise BadSession
    last = local_date(activity.ends, activity.time_zone) if activity.ends and activity.over(now) else today
    day = completed_on or session or last
    if day > today:
        raise InTheFuture
    return day


def read_list(text: str) -> list[Line]:
    """The lines of a pasted list: an address, then perhaps a name and a language, as text or CSV.

    Comma, semicolon or tab separate; a first line of headings and empty lines are passed over.
    Raises NotAList where the text cannot be read as one.
    """
    lines = list(_lines(text))
    if not any("@" in line.address for line in lines):
        raise NotAList
    return lines


def _lines(text: str) -> Iterator[Line]:
    rows = csv.reader(text.splitlines(), delimiter=_separator(text), skipinitialspace=True, strict=True)
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            heading = rows.line_num == 1 and "@" not in cells[0] if cells else False
            if any(cells) and not (heading and cells[0].casefold() in _HEADINGS):
                yield Line(rows.line_num, cells[0], *(cell or None for cell in cells[1:3]))
    except csv.Error as error:
        raise NotAList(f"line {rows.line_num} cannot be read: {error}; check its quotation marks") from error


_HEADINGS = {"address", "email", "e-mail", "mail"}


def _separator(text: str) -> str:
    first = next((line for line in text.splitlines() if "@" in line), "")
    return next((mark for mark in "\t;" if mark in first), ",")
