"""Who joined and who completed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from .tables import CompletionRow, core

completion = core(CompletionRow)


@dataclass(frozen=True)
class Confirmation:
    """What one confirmation says of everybody it names."""

    activity: UUID
    session: date | None
    completed_on: date
    confirmed_at: datetime
    confirmed_by: str


@dataclass(frozen=True)
class Completion(Confirmation):
    """One person's completion."""

    id: UUID
    recipient: UUID


_COLUMNS = [completion.c[name] for name in Completion.__dataclass_fields__]


async def completed(
    session: AsyncSession, activity: UUID, day: date | None, recipients: Sequence[UUID]
) -> set[UUID]:
    """Those of `recipients` who are confirmed already, for the session on `day` or as a whole (None)."""
    query = select(completion.c.recipient).where(
        completion.c.activity == activity,
        completion.c.session.is_not_distinct_from(day),
        completion.c.recipient.in_(recipients),
    )
    return set((await session.execute(query)).scalars())


async def of_activity(session: AsyncSession, activity: UUID) -> list[Completion]:
    """Everybody who completed it, or a session of it, first confirmed first."""
    query = select(*_COLUMNS).where(completion.c.activity == activity)
    rows = await session.execute(query.order_by(completion.c.confirmed_at, completion.c.id))
    return [Completion(**row._mapping) for row in rows]


async def of_recipients(session: AsyncSession, recipients: Sequence[UUID]) -> list[Completion]:
    """What these recipients completed, first confirmed first."""
    query = select(*_COLUMNS).where(completion.c.recipient.in_(recipients))
    rows = await session.execute(query.order_by(completion.c.confirmed_at, completion.c.id))
    return [Completion(**row._mapping) for row in rows]


async def forget(session: AsyncSession, recipient: UUID) -> None:
    """What the recipient completed was completed by nobody in particular; the numbers stay."""
    await session.execute(
        update(completion).where(completion.c.recipient == recipient).values(recipient=func.gen_random_uuid())
    )


async def confirm(
    session: AsyncSession, told: Confirmation, completions: dict[UUID, UUID]
) -> dict[UUID, UUID]:
    """Store completions {recipient: id of the completion}; answers those that were new."""
    if not completions:
        return {}
    common = {name: getattr(told, name) for name in Confirmation.__dataclass_fields__}
    rows = [{"id": id_, "recipient": recipient, **common} for recipient, id_ in completions.items()]
    fresh = insert(completion).on_conflict_do_nothing().returning(completion.c.recipient, completion.c.id)
    stored = await session.execute(fresh, rows)
    return {row.recipient: row.id for row in stored}
