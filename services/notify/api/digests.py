"""Who gets an organisation's daily summary."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from services.chassis.auth import SignedIn
from services.chassis.errors import responses
from services.chassis.routing import Session, Transactional

from ..usecases import digests as usecases

router = APIRouter(prefix="/letters/digests", tags=["letters"], route_class=Transactional)
Organisation = Annotated[UUID, Path(description="id of the organisation")]


class DigestReader(BaseModel):
    """To whom the summaries go."""

    model_config = ConfigDict(extra="forbid")
    address: str = Field(min_length=3, max_length=254, description="name@example.org")
    language: str = Field(default="en", max_length=35, description="language to write in (BCP 47)")


@router.get("/{organisation}", summary="Show who gets summaries", responses=responses(401, 403, 404))
async def shown(session: Session, actor: SignedIn, organisation: Organisation) -> DigestReader:
    """Who gets the organisation's daily summary. For its owners."""
    actor.require_role(organisation, "owner")
    found = await usecases.shown(session, organisation)
    return DigestReader(address=found.address, language=found.language)


@router.put("/{organisation}", summary="Name who gets summaries", responses=responses(401, 403, 422))
async def named(
    session: Session, actor: SignedIn, organisation: Organisation, body: DigestReader
) -> DigestReader:
    """Send a daily summary of the organisation's letters to this address. For its owners."""
    actor.require_role(organisation, "owner")
    await usecases.name_reader(session, organisation, body.address, body.language)
    return body


@router.delete(
    "/{organisation}", summary="Send no more summaries", status_code=204, responses=responses(401, 403, 404)
)
async def stopped(session: Session, actor: SignedIn, organisation: Organisation) -> None:
    """Send no more summaries. For the organisation's owners."""
    actor.require_role(organisation, "owner")
    await usecases.stop(session, organisation)
