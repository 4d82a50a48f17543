"""Activities: what a city offers to learn from, and which of them make sense."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Literal
from uuid import UUID

from .times import known_zone, local_date

Kind = Literal[
    "event", "workshop", "course", "project", "volunteering", "internship", "open_space", "digital_experience"
]
Mode = Literal["in_person", "online", "both"]
Layer = Literal["engage", "participate", "demonstrate", "lead"]
State = Literal["draft", "published", "cancelled"]


class UnknownActivity(Exception):
    """There is no such activity; check its id."""


class BadActivity(Exception):
    """The activity contradicts itself."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = f"body.{field}"


class NotReady(Exception):
    """The activity lacks something that it must have to be published."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotPublished(Exception):
    """The activity is not published; publish it first."""


class AlreadyCancelled(Exception):
    """The activity was cancelled, and stays as it was; make a new one."""


class OldVersion(Exception):
    """Somebody changed the activity since you read it; read it again and repeat your change."""

    field = "body.version"


@dataclass(frozen=True)
class Place:
    """Where it happens. WGS 84 degrees; `access` is a note for people who need it, e.g. step-free."""

    name: str
    latitude: float
    longitude: float
    address: str | None = None
    access: str | None = None


@dataclass(frozen=True)
class Session:
    """One occasion of an activity that repeats."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Activity:
    """Something to take part in. Without `starts` it is always open.

    `language` is that of title and description, `languages` are spoken there. Where it repeats it starts with
    the first and ends with the last of its `sessions`. Costs are in hundredths of `currency` (ISO 4217).
    `join_url` is shown only to who joined. `version` grows with every change.
    """

    id: UUID
    organisation: UUID
    title: str
    language: str
    state: State = "draft"
    version: int = 1
    description: str = ""
    kind: Kind = "event"
    mode: Mode = "in_person"
    layer: Layer = "engage"
    languages: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    place: Place | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    sessions: tuple[Session, ...] = ()
    time_zone: str = "UTC"
    capacity: int | None = None
    age_from: int | None = None
    age_to: int | None = None
    cost_cents: int = 0
    currency: str = "EUR"
    booking_url: str | None = None
    join_url: str | None = None

    def over(self, now: datetime) -> bool:
        """Whether it has ended; what is always open never has."""
        last = self.ends or self.starts
        return last is not None and last <= now

    def begun(self, now: datetime) -> bool:
        """Whether it has begun; what is always open has."""
        return self.starts is None or self.starts <= now

    def session_dates(self) -> frozenset[date]:
        """The local days on which a repeating activity takes place."""
        return frozenset(local_date(session.starts, self.time_zone) for session in self.sessions)


def check(activity: Activity) -> None:
    """Refuse an activity that contradicts itself. Raises BadActivity with the field at fault."""
    if not known_zone(activity.time_zone):
        raise BadActivity("time_zone", "is no IANA time zone; write for example Europe/Helsinki")
    _check_dates(activity)
    _check_sessions(activity.sessions)
    if None not in (activity.age_from, activity.age_to) and (activity.age_from or 0) > (activity.age_to or 0):
        raise BadActivity("age_to", "is below age_from; give the higher age")
    if activity.mode == "online" and activity.place:
        raise BadActivity("place", "an online activity has no place; leave it out, or choose mode both")


def _check_dates(activity: Activity) -> None:
    if activity.ends and not activity.starts:
        raise BadActivity("starts", "is missing though there is an end; give both, or none if always open")
    if activity.starts and activity.ends and activity.ends < activity.starts:
        raise BadActivity("ends", "is before the start; give a later moment")


def _check_sessions(sessions: tuple[Session, ...]) -> None:
    for number, session in enumerate(sessions):
        if session.ends < session.starts:
            raise BadActivity(f"sessions.{number}.ends", "is before the session's start; give a later moment")
    if any(a.starts > b.starts for a, b in pairwise(sessions)):
        raise BadActivity("sessions", "are not in order; list the earliest first")


def span(sessions: tuple[Session, ...]) -> tuple[datetime, datetime]:
    """Start of the first and end of the last of one or more sessions."""
    return sessions[0].starts.astimezone(UTC), max(s.ends for s in sessions).astimezone(UTC)


def check_ready(activity: Activity) -> None:
    """Refuse to publish what nobody could take part in. Raises AlreadyCancelled, NotReady."""
    if activity.state == "cancelled":
        raise AlreadyCancelled
    if not activity.description.strip():
        raise NotReady("description", "is empty; say in a sentence or two what people will do")
    if activity.mode != "online" and not activity.place:
        raise NotReady("place", "is missing; say where it is, or choose mode online")
