"""Who joined which activity."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from .tables import ParticipationRow, core

participation = core(ParticipationRow)


async def count(session: AsyncSession, activity: UUID) -> int:
    """How many joined."""
    query = select(func.count()).where(participation.c.activity == activity)
    return (await session.execute(query)).scalar_one()


async def joined(session: AsyncSession, activity: UUID, recipients: Sequence[UUID]) -> UUID | None:
    """The one of `recipients` who joined, or None."""
    query = select(participation.c.recipient).where(
        participation.c.activity == activity, participation.c.recipient.in_(recipients)
    )
    return (await session.execute(query)).scalars().first()


async def join(session: AsyncSession, activity: UUID, recipient: UUID, at: datetime) -> None:
    """Note that somebody joined."""
    row = {"activity": activity, "recipient": recipient, "joined_at": at}
    await session.execute(insert(participation).values(row).on_conflict_do_nothing())


async def leave(session: AsyncSession, activity: UUID, recipient: UUID) -> None:
    """Note that somebody withdrew."""
    await session.execute(
        delete(participation).where(
            participation.c.activity == activity, participation.c.recipient == recipient
        )
    )


async def forget(session: AsyncSession, recipient: UUID) -> None:
    """The recipient has joined nothing."""
    await session.execute(delete(participation).where(participation.c.recipient == recipient))


async def of_recipients(
    session: AsyncSession, recipients: Sequence[UUID]
) -> list[tuple[UUID, UUID, datetime]]:
    """What these recipients joined: (activity, recipient, when), oldest first."""
    query = select(participation).where(participation.c.recipient.in_(recipients))
    rows = await session.execute(query.order_by(participation.c.joined_at))
    return [(row.activity, row.recipient, row.joined_at) for row in rows]


async def of_activity(session: AsyncSession, activity: UUID) -> dict[UUID, datetime]:
    """Who joined, and when; first come first."""
    query = select(participation.c.recipient, participation.c.joined_at)
    query = query.where(participation.c.activity == activity)
    rows = await session.execute(query.order_by(participation.c.joined_at, participation.c.recipient))
    return {row.recipient: row.joined_at for row in rows}
