"""Reading what a search's address says: places, moments, cursors. What cannot be read names its field."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from math import isfinite
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from services.chassis.errors import Problem

from ..domain.search import Box, Point, Wanted
from .shapes import FIRST, LAST


def box_of(text: str) -> Box:
    """A bounding box from west,south,east,north. Raises Problem 422."""
    numbers = _numbers(text, 4, "query.bbox", "west,south,east,north")
    box = Box(*numbers)
    if not (_longitude(box.west) and _longitude(box.east) and -90 <= box.south <= box.north <= 90):
        raise _unreadable("query.bbox", "lies off the globe; write west,south,east,north in degrees")
    return box


def point_of(text: str) -> Point:
    """A point from longitude,latitude. Raises Problem 422."""
    point = Point(*_numbers(text, 2, "query.near", "longitude,latitude"))
    if not (_longitude(point.longitude) and -90 <= point.latitude <= 90):
        raise _unreadable("query.near", "lies off the globe; write longitude,latitude in degrees")
    return point


def moment_of(text: str, field: str, zone: str, *, end: bool = False) -> datetime:
    """A moment: of a day the beginning in `zone`, or the `end`; or of a date-time. Raises Problem 422."""
    written = text.strip().replace(" ", "+")  # an address's plus sign arrives as a space
    try:
        day = date.fromisoformat(written) if len(written) <= 10 else None
        found = _midnight(day, zone, end) if day else datetime.fromisoformat(written)
        if found.tzinfo is not None and FIRST <= found < LAST:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise _unreadable(field, "write a day, 2026-05-31, or a moment with offset, 2026-05-31T10:00:00+03:00")


def _midnight(day: date, zone: str, end: bool) -> datetime:
    return datetime.combine(day + timedelta(days=1) if end else day, time(), ZoneInfo(zone))


def cursor_of(wanted: Wanted, key: float, last: UUID) -> str:
    """Where the next page begins; good for the same search only."""
    told = [_fingerprint(wanted), wanted.since.isoformat(), key, str(last)]
    return urlsafe_b64encode(orjson.dumps(told)).rstrip(b"=").decode()


def resume(cursor: str, wanted: Wanted, since_given: bool) -> tuple[Wanted, tuple[float, UUID]]:
    """The search that a cursor goes on with, and after which (key, id). Raises Problem 422."""
    try:
        told = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        fingerprint, since, key, last = told
        # Without `from` the search began at the moment of its first page.
        again = wanted if since_given else replace(wanted, since=datetime.fromisoformat(since))
        after = (float(key), UUID(last))
        if again.since.tzinfo and isfinite(after[0]) and fingerprint == _fingerprint(again):
            return again, after
    except (ValueError, TypeError, AttributeError, OverflowError):
        pass
    raise _unreadable("query.cursor", "is not of this search; begin again without it")


def _fingerprint(wanted: Wanted) -> str:
    return sha256(repr(wanted).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _numbers(text: str, count: int, field: str, form: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(map(isfinite, numbers)):
        raise _unreadable(field, f"write {form} in degrees")
    return numbers


def _longitude(number: float) -> bool:
    return -180 <= number <= 180


def _unreadable(field: str, message: str) -> Problem:
    return Problem(422, "invalid-input", message, field)
