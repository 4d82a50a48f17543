"""Activities over HTTP, one at a time."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from contracts.envelope import uuid7
from services.chassis.auth import Actor, Caller, SignedIn
from services.chassis.errors import responses
from services.chassis.routing import Session, Transactional

from .. import storage
from ..domain.activity import Activity, UnknownActivity
from ..usecases import activities, organisations
from .activity_shapes import ActivityAnswer, ActivityDraft, ActivityEdit, ActivityPage, ActivityView, fields
from .cards import Badge
from .edge import ActivityId, Now, OrganisationId, TheEdge, TheSettings, require

router = APIRouter(tags=["activities"], route_class=Transactional)


@router.post("/activities", status_code=201, responses=responses(401, 403, 404))
async def draft_activity(
    body: ActivityDraft, actor: SignedIn, session: Session, edge: TheEdge
) -> ActivityAnswer:
    """Store a draft, which only the organisation sees. For editors, and machines with `activities:write`."""
    await organisations.find(session, body.organisation)
    require(actor, body.organisation, "editor", scope="activities:write")
    told = Activity(id=uuid7(), organisation=body.organisation, **fields(body))
    return answer(await activities.draft(session, told, edge), edge.now)


@router.get("/activities/{activity}", responses=responses(401, 404))
async def read_activity(
    activity: ActivityId, actor: Caller, session: Session, settings: TheSettings, at: Now
) -> ActivityView:
    """One activity. Drafts are shown to the organisation alone, the join link to who joined."""
    found = await activities.find(session, activity)
    inside = _inside(found, actor)
    if found.state == "draft" and not inside:
        raise UnknownActivity
    mine = actor.recipients if actor else ()
    joined = await storage.participations.joined(session, activity, mine) is not None
    taken = await storage.participations.count(session, activity)
    badges = await storage.achievements.of_activities(session, [activity])
    names = await storage.organisations.names(session, [found.organisation])
    return ActivityView(
        **answer(found, at, join_link=inside or joined).model_dump(),
        url=f"{settings.public_url}/activities/{activity}",
        organisation_name=names[found.organisation],
        badge=Badge.model_validate(badges[activity]) if activity in badges else None,
        joined=joined,
        places_left=None if found.capacity is None else max(found.capacity - taken, 0),
    )


@router.patch("/activities/{activity}", responses=responses(401, 403, 404, 409))
async def edit_activity(
    activity: ActivityId, body: ActivityEdit, actor: SignedIn, session: Session, edge: TheEdge
) -> ActivityAnswer:
    """Change an activity; its version grows. For editors, and machines with `activities:write`."""
    await _allow(session, activity, actor)
    told = await activities.edit(session, activity, fields(body), body.version, edge)
    return answer(told, edge.now)


@router.post("/activities/{activity}/publish", responses=responses(401, 403, 404, 409))
async def publish_activity(
    activity: ActivityId, actor: SignedIn, session: Session, edge: TheEdge
) -> ActivityAnswer:
    """Show an activity to everyone; its badge is made at once. For editors of a verified organisation."""
    await _allow(session, activity, actor)
    return answer(await activities.publish(session, activity, edge), edge.now)


@router.post("/activities/{activity}/cancel", responses=responses(401, 403, 404, 409))
async def cancel_activity(
    activity: ActivityId, actor: SignedIn, session: Session, edge: TheEdge
) -> ActivityAnswer:
    """Say that a published activity will not take place; it stays readable. For editors."""
    await _allow(session, activity, actor)
    return answer(await activities.cancel(session, activity, edge), edge.now)


@router.get("/organisations/{organisation}/activities", responses=responses(401, 403, 404))
async def list_activities_of_organisation(
    organisation: OrganisationId,
    actor: SignedIn,
    session: Session,
    at: Now,
    after: Annotated[UUID | None, Query(description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="on one page")] = 50,
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


def _inside(found: Activity, actor: Actor | None) -> bool:
    """Whether the actor belongs to the organisation, or is an operator."""
    if actor is None:
        return False
    member = actor.has_role(found.organisation, "editor", "issuer", "reviewer")
    return actor.operator or member or found.organisation == actor.client_organisation


async def _allow(session: Session, activity: UUID, actor: SignedIn) -> None:
    found = await activities.find(session, activity)
    require(actor, found.organisation, "editor", scope="activities:write")
