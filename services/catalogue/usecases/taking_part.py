"""Joining and leaving an activity."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalogue import ActivityJoined, ActivityLeft
from services.chassis.journal import emit

from .. import storage
from ..domain.activity import Activity
from ..domain.participation import NotJoined, check_may_join
from . import activities


async def join(
    session: AsyncSession, id_: UUID, recipients: Sequence[UUID], age: int | None, now: datetime
) -> Activity:
    """Join an activity with the first of one's `recipients`; `age` in years, not stored.

    Again, it changes nothing. Raises UnknownActivity, NotPublished, Over, AgeNeeded, NotYourAge, Full.
    """
    found = await activities.find(session, id_, lock=True)  # places are counted one by one
    if await storage.participations.joined(session, id_, recipients):
        return found
    check_may_join(found, await storage.participations.count(session, id_), age, now)
    await storage.participations.join(session, id_, recipients[0], now)
    emit(session, ActivityJoined(activity=id_, organisation=found.organisation, recipient=recipients[0]))
    return found


async def leave(session: AsyncSession, id_: UUID, recipients: Sequence[UUID]) -> None:
    """Withdraw from an activity. Raises UnknownActivity, NotJoined."""
    found = await activities.find(session, id_, lock=True)
    recipient = await storage.participations.joined(session, id_, recipients)
    if not recipient:
        raise NotJoined
    await storage.participations.leave(session, id_, recipient)
    emit(session, ActivityLeft(activity=id_, organisation=found.organisation, recipient=recipient))
