"""Joining, leaving and who takes part, over HTTP."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.chassis.auth import SignedIn
from services.chassis.errors import responses
from services.chassis.routing import Session, Transactional

from .. import storage
from ..usecases import activities, taking_part
from .activities import answer
from .activity_shapes import ActivityAnswer
from .edge import ActivityId, Now, addresses_of, require
from .shapes import Input

router = APIRouter(prefix="/activities/{activity}", tags=["taking part"], route_class=Transactional)


class Join(Input):
    """What joining needs."""

    age: int | None = Field(
        None, ge=0, le=130, description="years; needed where the activity is for certain ages, and not stored"
    )


class Participant(BaseModel):
    """Somebody who joined."""

    recipient: UUID = Field(description="confirm their completion by it")
    name: str | None
    joined_at: datetime
    completed: bool = Field(description="whether a completion was confirmed, of any session")


@router.post("/join", responses=responses(401, 403, 404, 409))
async def join_activity(
    activity: ActivityId, body: Join, actor: SignedIn, session: Session, at: Now
) -> ActivityAnswer:
    """Join an activity; the answer has the join link. For learners. Joining again changes nothing."""
    found = await taking_part.join(session, activity, addresses_of(actor), body.age, at)
    return answer(found, at)


@router.post("/leave", status_code=204, responses=responses(401, 403, 404, 409))
async def leave_activity(activity: ActivityId, actor: SignedIn, session: Session) -> None:
    """Withdraw from an activity. For learners."""
    await taking_part.leave(session, activity, addresses_of(actor))


@router.get("/participants", responses=responses(401, 403, 404))
async def list_participants(activity: ActivityId, actor: SignedIn, session: Session) -> list[Participant]:
    """Who joined, first come first, and who of them completed. For the organisation's members."""
    found = await activities.find(session, activity)
    require(actor, found.organisation, "editor", "issuer", "reviewer", scope="completions:write")
    joined = await storage.participations.of_activity(session, activity)
    known = await storage.recipients.known(session, list(joined))
    done = {one.recipient for one in await storage.completions.of_activity(session, activity)}
    return [
        Participant(
            recipient=who,
            name=known[who].called if who in known else None,
            joined_at=at,
            completed=who in done,
        )
        for who, at in joined.items()
    ]
