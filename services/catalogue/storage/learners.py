"""Accounts."""

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.learner import Learner
from .tables import LearnerRow, core

learner = core(LearnerRow)


async def find(session: AsyncSession, id_: UUID, *, lock: bool = False) -> Learner | None:
    """The learner, or None; with `lock` nobody else changes them until the transaction ends."""
    query = select(learner).where(learner.c.id == id_)
    row = (await session.execute(query.with_for_update() if lock else query)).one_or_none()
    return Learner(**row._mapping) if row else None


async def save(session: AsyncSession, told: Learner) -> None:
    """Store the learner as they are now."""
    values = asdict(told)
    row = insert(learner).values(values)
    await session.execute(row.on_conflict_do_update(index_elements=["id"], set_=values))


async def delete_(session: AsyncSession, id_: UUID) -> None:
    """Delete an account that holds no address any more, and its sessions with it."""
    await session.execute(delete(learner).where(learner.c.id == id_))
