"""Taking away everything that is known about oneself."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from .. import storage
from ..domain.recipient import Recipient, Said
from ..usecases import people


class SaidThen(BaseModel):
    """Something said about you, by yourself or by an organiser."""

    value: str
    by: str
    at: datetime


class KnownAddress(BaseModel):
    """An address of yours and what was said of whoever holds it."""

    recipient: UUID
    address: str | None
    proven_at: datetime | None
    name: SaidThen | None
    language: SaidThen | None


class Joined(BaseModel):
    """You joined an activity."""

    activity: UUID
    at: datetime


class Completed(BaseModel):
    """An organiser confirmed that you completed an activity."""

    activity: UUID
    session: date | None
    completed_on: date
    confirmed_at: datetime


class RoleHeld(BaseModel):
    """You act for an organisation."""

    organisation: UUID
    role: str
    since: datetime


class Everything(BaseModel):
    """What the catalogue knows about one person."""

    learner: UUID
    name: str | None
    language: str | None
    created_at: datetime
    addresses: list[KnownAddress]
    roles: list[RoleHeld]
    joined: list[Joined]
    completed: list[Completed]


async def everything(session: AsyncSession, learner: UUID) -> Everything:
    """What the catalogue knows about a learner. Raises UnknownLearner."""
    found = await people.find(session, learner)
    held = await storage.recipients.of_learner(session, learner)
    ids = [recipient.id for recipient in held]
    return Everything(
        learner=found.id,
        name=found.name,
        language=found.language,
        created_at=found.created_at,
        addresses=[_known(recipient) for recipient in held],
        roles=[
            RoleHeld(organisation=m.organisation, role=m.role, since=m.added_at)
            for m in await storage.organisations.memberships(session, ids)
        ],
        joined=[
            Joined(activity=activity, at=at)
            for activity, _, at in await storage.participations.of_recipients(session, ids)
        ],
        completed=[
            Completed(
                activity=c.activity,
                session=c.session,
                completed_on=c.completed_on,
                confirmed_at=c.confirmed_at,
            )
            for c in await storage.completions.of_recipients(session, ids)
        ],
    )


def _known(recipient: Recipient) -> KnownAddress:
    return KnownAddress(
        recipient=recipient.id,
        address=recipient.address,
        proven_at=recipient.proven_at,
        name=_said(recipient.name),
        language=_said(recipient.language),
    )


def _said(said: Said | None) -> SaidThen | None:
    if not said:
        return None
    return SaidThen(value=said.value, by="yourself" if said.by_person else "an organiser", at=said.at)
