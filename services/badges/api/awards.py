"""Awards as the organisation that made them sees them, and withdrawing one."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from contracts.envelope import Text
from services.chassis import errors
from services.chassis.auth import Actor, SignedIn
from services.chassis.routing import Session, Transactional

from ..storage import awards as stored
from ..storage.awards import Known, State
from ..usecases import awards
from .access import READ_AWARDS, READ_RECIPIENTS, WRITE_AWARDS, has_scope, require

router = APIRouter(route_class=Transactional, tags=["awards"])
AwardId = Annotated[UUID, Path(description="id of the award")]


class AwardOut(BaseModel):
    """An award."""

    id: UUID
    organisation: UUID = Field(description="who awarded it")
    achievement: UUID = Field(description="what was awarded")
    version: int | None = Field(description="of the achievement; null until the badge is issued")
    occasion: str = Field(description="what it is for")
    state: State = Field(description="due until its badge is issued; revoked where it was withdrawn")
    awarded_at: datetime
    session: date | None = Field(description="which session of the activity, where it repeats")
    issued_at: datetime | None
    revoked_at: datetime | None
    address: str | None = Field(
        description="whom it was awarded to; null where they were forgotten, and for machines without the"
        " scope `recipients:read`"
    )


class Awards(BaseModel):
    """Some awards, newest first."""

    items: list[AwardOut]
    next: UUID | None = Field(description="give it as `before` to see older ones; null at the end")


class Revocation(BaseModel):
    """Why an award is withdrawn."""

    model_config = ConfigDict(extra="forbid")
    reason: Text = Field(
        min_length=1,
        max_length=500,
        description="kept by the organisation, never published",
    )


@router.get("/awards", responses=errors.responses(401, 403))
async def list_awards(
    session: Session,
    actor: SignedIn,
    organisation: Annotated[UUID, Query(description="whose awards")],
    achievement: Annotated[UUID | None, Query(description="only of this achievement")] = None,
    before: Annotated[UUID | None, Query(description="only those made before this award")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="how many at most")] = 50,
) -> Awards:
    """An organisation's awards. For issuers, and machines with the scope `awards:read`."""
    require(actor, organisation, "issuer", READ_AWARDS)
    found = await stored.of_organisation(session, organisation, achievement, before, limit)
    seen = _may_see_people(actor, organisation)
    known = await stored.addresses(session, {each.recipient for each in found}) if seen else {}
    items = [_out(each, known) for each in found]
    return Awards(items=items, next=found[-1].id if len(found) == limit else None)


@router.get("/awards/{award_id}", responses=errors.responses(401, 403, 404))
async def one_award(session: Session, actor: SignedIn, award_id: AwardId) -> AwardOut:
    """One award. For its recipient, issuers, and machines with the scope `awards:read`."""
    found = await awards.known(session, award_id)
    if found.recipient not in actor.recipients:
        require(actor, found.organisation, "issuer", READ_AWARDS)
    return await _seen_by(actor, session, found)


@router.post("/awards/{award_id}/revoke", responses=errors.responses(401, 403, 404))
async def revoke_award(session: Session, actor: SignedIn, award_id: AwardId, body: Revocation) -> AwardOut:
    """Withdraw an award: its badge verifies no longer. For issuers, machines with the scope `awards:write`.

    Verifiers see it as soon as they look at the organisation's status list anew. Done twice, the second time
    changes nothing. It cannot be taken back.
    """
    found = await awards.known(session, award_id)
    require(actor, found.organisation, "issuer", WRITE_AWARDS)
    found = await awards.revoke(session, award_id, actor.name, body.reason, datetime.now(UTC))
    return _out(found, {})  # this answer may be kept for whoever repeats the request


async def _seen_by(actor: Actor, session: Session, found: Known) -> AwardOut:
    seen = found.recipient in actor.recipients or _may_see_people(actor, found.organisation)
    return _out(found, await stored.addresses(session, [found.recipient]) if seen else {})


def _may_see_people(actor: Actor, organisation: UUID) -> bool:
    return actor.client is None or has_scope(actor, organisation, READ_RECIPIENTS)


def _out(found: Known, addresses: Mapping[UUID, str]) -> AwardOut:
    return AwardOut(
        id=found.id,
        organisation=found.organisation,
        achievement=found.achievement,
        version=found.version,
        occasion=found.occasion,
        state=found.state,
        awarded_at=found.awarded_at,
        session=found.session,
        issued_at=found.issued_at,
        revoked_at=found.revoked_at,
        address=addresses.get(found.recipient),
    )
