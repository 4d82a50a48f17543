"""Moments and time zones."""

from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def known_zone(name: str) -> bool:
    """Whether `name` is an IANA time zone of this machine."""
    return name in _zones()


def local_date(moment: datetime, zone: str) -> date:
    """The calendar day of an aware `moment` in a known `zone`."""
    return moment.astimezone(ZoneInfo(zone)).date()
