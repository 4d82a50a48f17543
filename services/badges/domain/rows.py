"""The rows of a bulk award: one person each, as an organiser's list has them, and what is wrong with them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from .badge import Evidence
from .languages import LANGUAGES
from .shown import is_web_address

Column = Literal["address", "name", "language", "date", "expiry", "evidence_url", "evidence", "note"]
# How long each may be, in characters.
COLUMNS: Mapping[Column, int] = {
    "address": 320,
    "name": 200,
    "language": 35,
    "date": 40,
    "expiry": 40,
    "evidence_url": 500,
    "evidence": 2000,
    "note": 2000,
}
ONE_LINE = frozenset({"address", "name", "language", "date", "expiry", "evidence_url"})
OLDEST = date(1900, 1, 1)
LONGEST = timedelta(days=36_525)

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAK = re.compile("[\t\n\r]")
_TAG = re.compile("([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{2,8})*)")
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)

Fault = Literal[
    "bad_row",
    "bad_text",
    "too_long",
    "bad_address",
    "unknown_language",
    "bad_date",
    "bad_expiry",
    "bad_evidence",
]


class BadRow(Exception):
    """A row that nobody can be awarded by: which fault it has, in which column, and what helps."""

    def __init__(self, fault: Fault, column: Column | None, remedy: str) -> None:
        super().__init__(f"{column}: {remedy}" if column else remedy)
        self.fault = fault
        self.column = column


@dataclass(frozen=True, slots=True)
class Written:
    """A row as it is written, empty cells left out; `line` is where it stands in the file, from 1.

    `fault` says what is wrong with it as a row, before anything in it is looked at.
    """

    line: int
    cells: Mapping[Column, str]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row that makes sense; the address has yet to be looked at."""

    line: int
    address: str
    name: str | None
    language: str | None
    completed_on: date | None
    expires_at: datetime | None
    evidence: tuple[Evidence, ...]


def read_row(written: Written, now: datetime, evidence_allowed: bool) -> Row:
    """What a row says. Raises BadRow for the first thing that is wrong with it."""
    if written.fault:
        raise BadRow("bad_row", None, written.fault)
    cells = written.cells
    for column, text in cells.items():
        _check_text(column, text)
    return Row(
        line=written.line,
        address=cells.get("address", ""),
        name=cells.get("name"),
        language=language(cells["language"]) if "language" in cells else None,
        completed_on=_completed(cells["date"], now) if "date" in cells else None,
        expires_at=_expiry(cells["expiry"], now) if "expiry" in cells else None,
        evidence=_evidence(cells, evidence_allowed),
    )


def language(tag: str) -> str:
    """A language tag as BCP 47 writes it: `FI` is fi, `en_gb` is en-GB. Raises BadRow."""
    found = _TAG.fullmatch(tag)
    if not found or (len(found[1]) == 2 and found[1].lower() not in LANGUAGES):
        raise BadRow("unknown_language", "language", "write a language tag, e.g. en, fi or pt-BR")
    parts = [part.upper() if len(part) == 2 else part for part in re.split("[-_]", found[2])[1:]]
    return "-".join([found[1].lower(), *parts])


def _check_text(column: Column, text: str) -> None:
    if len(text) > COLUMNS[column]:
        raise BadRow("too_long", column, f"is longer than {COLUMNS[column]} characters; shorten it")
    if _CONTROL.search(text) or (column in ONE_LINE and _BREAK.search(text)):
        raise BadRow("bad_text", column, "has a control character or a line break; remove it")


def _completed(text: str, now: datetime) -> date:
    day = _day(text)
    if day is None:
        raise BadRow("bad_date", "date", "write it as 2026-09-30")
    if not OLDEST <= day <= now.date() + timedelta(days=1):  # it may be tomorrow already where they are
        raise BadRow("bad_date", "date", "a badge is for what has been done: not in the future")
    return day


def _expiry(text: str, now: datetime) -> datetime:
    """A day, which counts to its end in UTC, or a moment with its zone."""
    day = _day(text)
    moment = datetime.combine(day, time(23, 59, 59), UTC) if day else _moment(text)
    if moment is None:
        raise BadRow("bad_expiry", "expiry", "write it as 2030-12-31, or as 2030-12-31T12:00:00Z")
    if not now < moment < now + LONGEST:
        raise BadRow("bad_expiry", "expiry", "a badge expires in the future, and within a hundred years")
    return moment


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _evidence(cells: Mapping[Column, str], allowed: bool) -> tuple[Evidence, ...]:
    url, words = cells.get("evidence_url"), cells.get("evidence")
    if url is None and words is None:
        return ()
    if not allowed:
        raise BadRow(
            "bad_evidence", "evidence_url", "this city's learners are minors: leave the evidence out"
        )
    if url is None or not is_web_address(url):
        raise BadRow("bad_evidence", "evidence_url", "evidence has a web address, written with https://")
    return (Evidence(url, None, words),)
