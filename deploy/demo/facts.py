"""What the demo city is made of: plain values, linked by keys and addresses."""

from dataclasses import dataclass
from datetime import UTC, date, datetime


@dataclass(frozen=True)
class Place:
    """A real place in Helsinki, as mapped. WGS 84 degrees; `wheelchair` is yes, no or limited."""

    key: str
    name: str
    name_en: str | None
    kind: str
    latitude: float
    longitude: float
    address: str | None
    website: str | None
    wheelchair: str | None


@dataclass(frozen=True)
class Organisation:
    """Somebody who offers learning. `contact` is the owner's address; colours are `#RRGGBB`."""

    key: str
    name: str
    sort: str
    description: str
    language: str
    website: str
    contact: str
    primary_colour: str
    accent_colour: str


@dataclass(frozen=True)
class Session:
    """One occasion of an activity that repeats."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Activity:
    """Something to take part in. Without `starts` and `ends` it is always open.

    `language` is that of title, description and access note, `languages` are spoken there. Where it repeats,
    it starts with the first and ends with the last of its `sessions`, and `capacity` is for one of them.
    """

    key: str
    organisation: str
    language: str
    title: str
    description: str
    kind: str
    layer: str
    mode: str
    place: Place | None
    starts: datetime | None
    ends: datetime | None
    sessions: tuple[Session, ...]
    languages: tuple[str, ...]
    interests: tuple[str, ...]
    skills: tuple[str, ...]
    capacity: int | None
    age_from: int | None
    age_to: int | None
    cost_cents: int
    access: str | None
    booking_url: str | None
    join_url: str | None

    def over(self, now: datetime) -> bool:
        """Whether it has ended; what is always open never has."""
        return self.ends is not None and self.ends <= now.astimezone(UTC)


@dataclass(frozen=True)
class Learner:
    """An invented person. Addresses are unique in their normal form, not merely as written."""

    name: str
    address: str
    language: str


@dataclass(frozen=True)
class Step:
    """Complete `need` of the activities in `of`."""

    title: str
    need: int
    of: tuple[str, ...]
    mandatory: bool


@dataclass(frozen=True)
class Playlist:
    """Steps towards a badge of their own; `finish` learners go all the way, `halfway` lack the last step."""

    key: str
    organisation: str
    language: str
    name: str
    description: str
    steps: tuple[Step, ...]
    finish: int
    halfway: int

    def completed_by(self, done: set[str]) -> bool:
        """Whether these activities satisfy every mandatory step."""
        return all(len(done & set(step.of)) >= step.need for step in self.steps if step.mandatory)


@dataclass(frozen=True)
class Enrolment:
    """A learner, by address, who has started a playlist."""

    learner: str
    playlist: str


@dataclass(frozen=True)
class Completion:
    """A learner, by address, who completed an activity; `session` says which one, where it repeats."""

    learner: str
    activity: str
    completed_on: date
    session: date | None


@dataclass(frozen=True)
class DemoCity:
    """Everything the demo creates, in an order in which it can be created. Times are aware."""

    time_zone: str
    currency: str
    places: tuple[Place, ...]
    organisations: tuple[Organisation, ...]
    activities: tuple[Activity, ...]
    learners: tuple[Learner, ...]
    playlists: tuple[Playlist, ...]
    enrolments: tuple[Enrolment, ...]
    completions: tuple[Completion, ...]
