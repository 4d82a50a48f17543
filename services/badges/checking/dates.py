"""When a badge is valid."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ..verifying import Verdict
from .findings import Finding, failed, passed

# Clocks differ; a badge issued this very minute is not refused for that.
LENIENCE = timedelta(minutes=1)
_SINCE = ("validFrom", "issuanceDate", "issuedOn")
_UNTIL = ("validUntil", "expirationDate", "expires")


def check_dates(document: Mapping[str, Any], now: datetime) -> Finding:
    """Whether now is between the dates; those of the data model 1.1 and of Open Badges 2.0 count as well."""
    since, until = (_first(document, names) for names in (_SINCE, _UNTIL))
    for value in (since, until):
        if value is not None and moment(value) is None:
            return failed(Verdict.NOT_A_CREDENTIAL, f"{value!s:.40} is not a date and time")
    start = max(filter(None, (moment(since), _claimed(document, "nbf"))), default=None)
    end = min(filter(None, (moment(until), _claimed(document, "exp"))), default=None)
    if start is not None and start > now + LENIENCE:
        return failed(Verdict.NOT_YET_VALID, f"it is valid from {start:%Y-%m-%d %H:%M} UTC")
    if end is not None and end < now:
        return failed(Verdict.EXPIRED, f"it was valid until {end:%Y-%m-%d %H:%M} UTC")
    since_when = f"from {start:%Y-%m-%d %H:%M} UTC" if start else "from an unknown day"
    return passed(
        f"it is valid {since_when} " + (f"until {end:%Y-%m-%d %H:%M} UTC" if end else "without an end")
    )


def _claimed(document: Mapping[str, Any], claim: str) -> datetime | None:
    """The moment in a token's claim, which counts as much as the credential's own (RFC 7519, 4.1)."""
    value = document.get(claim)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def since_when(document: Mapping[str, Any]) -> datetime | None:
    """From when on a document says that it is valid, or None."""
    return moment(_first(document, _SINCE))


def _first(document: Mapping[str, Any], names: tuple[str, ...]) -> object:
    return next((document[name] for name in names if document.get(name) is not None), None)


def moment(value: object) -> datetime | None:
    """A date and time; one without a zone counts as UTC. None for anything else."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def has_passed(value: object, now: datetime) -> bool:
    """Whether that moment is over, or is none."""
    found = moment(value)
    return found is None or found < now
