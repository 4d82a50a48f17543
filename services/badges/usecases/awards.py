"""Awarding what somebody has earned, and withdrawing it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.badges import BadgeRevoked
from contracts.envelope import uuid7
from services.chassis import waiting
from services.chassis.database import wake
from services.chassis.journal import emit
from services.chassis.telemetry import current_traceparent
from services.chassis.waiting import Needs

from ..domain.award import Award, Forgotten, UnknownAward
from ..storage import awards, statuses
from ..storage.awards import Known
from .issuing import ISSUING, requested
from .keys import STATUS_LISTS


async def award(session: AsyncSession, decided: Award, needs_verification: bool) -> None:
    """Award somebody, once per occasion. Raises Forgotten, and Needs for what has not been heard of yet."""
    standing = await awards.standing(session, decided, needs_verification)
    if standing.forgotten_at and decided.awarded_at <= standing.forgotten_at:
        raise Forgotten
    if not standing.named:
        raise Needs(f"recipient:{decided.recipient}")
    if not standing.offered:
        raise Needs(f"achievement:{decided.achievement}")
    if not standing.may_award:
        raise Needs(f"verified:{decided.organisation}")
    if await awards.add(session, {uuid7(): decided}, current_traceparent()):
        requested.add(1)
        wake(session, ISSUING)


async def award_pathway(session: AsyncSession, decided: Award, needs_verification: bool) -> None:
    """The same for a pathway, whose award may have been undone before it was heard of."""
    await award(session, decided, needs_verification)
    await waiting.release(session, _awaited(decided.recipient, decided.occasion))


async def known(session: AsyncSession, award: UUID) -> Known:
    """The award. Raises UnknownAward."""
    found = await awards.award(session, award)
    if found is None:
        raise UnknownAward
    return found


async def revoke(session: AsyncSession, award: UUID, by: str, reason: str | None, now: datetime) -> Known:
    """Withdraw an award and tell, once; its key stays taken. Raises UnknownAward."""
    found = await awards.award(session, award, lock=True)
    if found is None:
        raise UnknownAward
    if found.revoked_at is None:
        await awards.revoke(session, award, by, reason, now)
        place = await awards.place(session, award)
        if place:
            await statuses.set_bit(session, found.organisation, place.list_number, place.list_index)
            wake(session, STATUS_LISTS)
            emit(session, _revoked(found, reason))
    return await known(session, award)


async def undo(session: AsyncSession, undone: Award) -> None:
    """Withdraw what was awarded on that occasion. Raises Needs where it has not been yet, and Forgotten."""
    found = await awards.find(session, undone.achievement, undone.occasion, [undone.recipient])
    if undone.recipient in found:
        await revoke(session, found[undone.recipient], "pathways", None, undone.awarded_at)
        return
    forgotten_at = await awards.forgotten_at(session, undone.recipient)
    if forgotten_at and undone.awarded_at <= forgotten_at:
        raise Forgotten
    raise Needs(_awaited(undone.recipient, undone.occasion))


def _awaited(recipient: UUID, occasion: str) -> str:
    return f"award:{recipient}:{occasion}"


def _revoked(found: Known, reason: str | None) -> BadgeRevoked:
    return BadgeRevoked(
        award=found.id,
        achievement=found.achievement,
        organisation=found.organisation,
        recipient=found.recipient,
        reason=reason,
    )
