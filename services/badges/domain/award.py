"""Awarding: what an award is for, who may be awarded, and what stands against it."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from .badge import Evidence

_NAMED = re.compile("[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")


class NotVerified(Exception):
    """The organisation is not verified yet; an operator of the city must confirm who it is first."""


class UnknownOrganisation(Exception):
    """There is no such organisation."""


class UnknownAchievement(Exception):
    """There is no such achievement."""


class UnknownAward(Exception):
    """There is no such award."""


class UnknownJob(Exception):
    """There is no such job."""


class NotAnOccasion(Exception):
    """Name the occasion with 1 to 64 lower-case letters, digits, dots, hyphens or underscores."""

    field = "body.occasion"


class TooManyLines(Exception):
    """There are more people than one call may award; send them in several."""

    field = "body.recipients"


class EvidenceOfMinors(Exception):
    """This city's learners are minors: nothing about what they made may stand in a badge."""

    field = "body.evidence"


class ExpiresAlready(Exception):
    """The badge would expire before it is made; choose a moment in the future."""

    field = "body.expires_at"


class Forgotten(Exception):
    """The person was forgotten after this had happened, so nothing comes of it any more."""


@dataclass(frozen=True, slots=True)
class Award:
    """A decision that somebody earned an achievement. `version` is None for the one in force when issued."""

    organisation: UUID
    achievement: UUID
    recipient: UUID
    occasion: str
    awarded_at: datetime
    version: int | None = None
    awarded_by: str | None = None
    session: date | None = None
    completed_on: date | None = None
    evidence: tuple[Evidence, ...] = ()
    expires_at: datetime | None = None


def activity_occasion(activity: UUID, session: date | None) -> str:
    """The occasion of an activity, or of one session of it."""
    return f"activity:{activity}" + (f":{session}" if session else "")


def pathway_occasion(pathway: UUID, version: int) -> str:
    """The occasion of a pathway."""
    return f"pathway:{pathway}:{version}"


def direct_occasion(named: str | None) -> str:
    """The occasion of a direct award: what the organiser calls it, else `direct`. Raises NotAnOccasion.

    No name can look like the occasion of an activity or a pathway, for it has no colon.
    """
    if named is not None and not _NAMED.fullmatch(named):
        raise NotAnOccasion
    return named or "direct"


Outcome = Literal["awarded", "already", "bad_address", "forgotten"]
"""What became of one line of a direct award."""
