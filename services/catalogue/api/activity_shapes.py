"""What requests and answers about one activity are made of."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..domain import activity as domain
from ..domain.activity import Kind, Layer, Mode, State
from .cards import Badge
from .shapes import Input, LanguageTag, Line, Link, Moment, PlaceShape, Prose

Interest = Annotated[Line, Field(max_length=60), AfterValidator(str.casefold)]


class SessionShape(Input):
    """One occasion of an activity that repeats."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)
    starts: Moment
    ends: Moment


class ActivityFields(Input):
    """What an activity says. Only `title` is needed for a draft."""

    title: Line
    description: Prose = ""
    kind: Kind = "event"
    mode: Mode = "in_person"
    layer: Layer = Field("engage", description="type of experience; says nothing about a level")
    language: LanguageTag = Field("en", description="of title and description")
    languages: list[LanguageTag] = Field([], max_length=20, description="spoken there")
    interests: list[Interest] = Field([], max_length=20, description="free words, kept in lower case")
    skills: list[Line] = Field([], max_length=30, description="concept URIs; see /skills")
    place: PlaceShape | None = None
    starts: Moment | None = Field(None, description="none where always open")
    ends: Moment | None = None
    sessions: list[SessionShape] = Field(
        [],
        max_length=200,
        description="occasions of an activity that repeats, in order; start and end follow from them",
    )
    time_zone: Annotated[str, Field(max_length=64)] = Field("UTC", description="IANA name")
    capacity: int | None = Field(None, ge=1, le=1_000_000, description="people who can join")
    age_from: int | None = Field(None, ge=0, le=130, description="years")
    age_to: int | None = Field(None, ge=0, le=130, description="years, inclusive")
    cost_cents: int = Field(0, ge=0, le=100_000_000, description="hundredths of `currency`; 0 is free")
    currency: str = Field("EUR", pattern="^[A-Z]{3}$", description="ISO 4217")
    booking_url: Link | None = None
    join_url: Link | None = Field(None, description="shown only to who joined")


class ActivityDraft(ActivityFields):
    """A new activity."""

    organisation: UUID


class ActivityEdit(ActivityFields):
    """What to change; what is left out stays."""

    title: Line = ""
    version: int | None = Field(
        None, ge=1, le=2_000_000_000, description="the version you changed; refused where it is no longer so"
    )


class ActivityAnswer(BaseModel):
    """An activity as it is now."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    organisation: UUID
    version: int
    state: State
    ended: bool = Field(False, description="whether its last moment has passed")
    title: str
    description: str
    kind: Kind
    mode: Mode
    layer: Layer
    language: str
    languages: list[str]
    interests: list[str]
    skills: list[str]
    place: PlaceShape | None
    starts: datetime | None
    ends: datetime | None
    sessions: list[SessionShape]
    time_zone: str
    capacity: int | None
    age_from: int | None
    age_to: int | None
    cost_cents: int
    currency: str
    booking_url: str | None
    join_url: str | None = None


class ActivityView(ActivityAnswer):
    """An activity as whoever looks at it sees it."""

    url: str = Field(description="its public page")
    organisation_name: str
    badge: Badge | None = Field(description="none until it has been made, moments after publishing")
    joined: bool = Field(description="whether you have joined")
    places_left: int | None = Field(description="none where there is no capacity")


class ActivityPage(BaseModel):
    """Activities of one organisation, newest first."""

    items: list[ActivityAnswer]
    next: UUID | None = Field(description="pass it as `after` to get the next page")


def fields(body: ActivityFields) -> dict[str, Any]:
    """The fields of a draft, or those that an edit sent, as the domain has them."""
    told = body.model_dump(exclude_unset=isinstance(body, ActivityEdit), exclude={"organisation", "version"})
    place = told.get("place")
    if place:
        told["place"] = domain.Place(**place)
    if "sessions" in told:
        told["sessions"] = tuple(domain.Session(**one) for one in told["sessions"])
    for name in ("languages", "interests", "skills"):
        if name in told:
            told[name] = tuple(dict.fromkeys(told[name]))  # each once, in the order given
    return told
