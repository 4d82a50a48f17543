"""Activities over HTTP, one at a time."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from contracts.envelope import uuid7
from services.chassis.auth import Caller, SignedIn
from services.chassis.errors import responses
from services.chassis.routing import Session, Transactional

from .. import storage
from ..domain import activity as domain
from ..domain.activity import Activity, Kind, Layer, Mode, State, UnknownActivity
from ..usecases import activities, organisations
from .edge import Now, TheEdge, require
from .shapes import Input, LanguageTag, Line, Link, Moment, PlaceShape, Prose

router = APIRouter(tags=["activities"], route_class=Transactional)


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
    interests: list[Line] = Field([], max_length=20)
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


class ActivityPage(BaseModel):
    """Activities of one organisation, newest first."""

    items: list[ActivityAnswer]
    next: UUID | None = Field(description="pass it as `after` to get the next page")


@router.post("/activities", status_code=201, responses=responses(401, 403, 404))
async def draft(body: ActivityDraft, actor: SignedIn, session: Session, edge: TheEdge) -> ActivityAnswer:
    """Store a draft, which only the organisation sees. For editors, and machines with `activities:write`."""
    await organisations.find(session, body.organisation)
    require(actor, body.organisation, "editor", scope="activities:write")
    told = Activity(id=uuid7(), organisation=body.organisation, **_fields(body))
    return answer(await activities.draft(session, told, edge), edge.now)


@router.get("/activities/{activity}", responses=responses(401, 404))
async def one(activity: UUID, actor: Caller, session: Session, at: Now) -> ActivityAnswer:
    """One activity. Drafts are shown to the organisation alone, the join link to who joined."""
    found = await activities.find(session, activity)
    inside = actor is not None and (
        actor.operator
        or actor.has_role(found.organisation, "editor", "issuer", "reviewer")
        or found.organisation == actor.client_organisation
    )
    if found.state == "draft" and not inside:
        raise UnknownActivity
    joined = actor and await storage.participations.joined(session, activity, actor.recipients)
    return answer(found, at, join_link=bool(inside or joined))


@router.patch("/activities/{activity}", responses=responses(401, 403, 404, 409))
async def edit(
    activity: UUID, body: ActivityEdit, actor: SignedIn, session: Session, edge: TheEdge
) -> ActivityAnswer:
    """Change an activity; its version grows. For editors, and machines with `activities:write`."""
    await _allow(session, activity, actor)
    told = await activities.edit(session, activity, _fields(body), body.version, edge)
    return answer(told, edge.now)


@router.post("/activities/{activity}/publish", responses=responses(401, 403, 404, 409))
async def publish(activity: UUID, actor: SignedIn, session: Session, edge: TheEdge) -> ActivityAnswer:
    """Show an activity to everyone; its badge is made at once. For editors of a verified organisation."""
    await _allow(session, activity, actor)
    return answer(await activities.publish(session, activity, edge), edge.now)


@router.post("/activities/{activity}/cancel", responses=responses(401, 403, 404, 409))
async def cancel(activity: UUID, actor: SignedIn, session: Session, edge: TheEdge) -> ActivityAnswer:
    """Say that a published activity will not take place; it stays readable. For editors."""
    await _allow(session, activity, actor)
    return answer(await activities.cancel(session, activity, edge), edge.now)


@router.get("/organisations/{organisation}/activities", responses=responses(401, 403, 404))
async def of_organisation(
    organisation: UUID,
    actor: SignedIn,
    session: Session,
    at: Now,
    after: Annotated[UUID | None, Query(description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ActivityPage:
    """The organisation's activities in whatever state, newest first. For its members."""
    await organisations.find(session, organisation)
    require(actor, organisation, "editor", "issuer", "reviewer", scope="activities:write")
    page = await storage.activities.of_organisation(session, organisation, after, limit)
    return ActivityPage(
        items=[answer(one, at) for one in page], next=page[-1].id if len(page) == limit else None
    )


def answer(found: Activity, at: datetime, *, join_link: bool = True) -> ActivityAnswer:
    """The activity as it is answered, with or without the join link."""
    hidden = {} if join_link else {"join_url": None}
    return ActivityAnswer.model_validate(found).model_copy(update={"ended": found.over(at), **hidden})


async def _allow(session: Session, activity: UUID, actor: SignedIn) -> None:
    found = await activities.find(session, activity)
    require(actor, found.organisation, "editor", scope="activities:write")


def _fields(body: ActivityFields) -> dict[str, Any]:
    """The fields of a draft, or those that an edit sent, as the domain has them."""
    told = body.model_dump(exclude_unset=isinstance(body, ActivityEdit), exclude={"organisation", "version"})
    place = told.get("place")
    if place:
        told["place"] = domain.Place(**place)
    if "sessions" in told:
        told["sessions"] = tuple(domain.Session(**one) for one in told["sessions"])
    return told | {name: tuple(told[name]) for name in ("languages", "interests", "skills") if name in told}
