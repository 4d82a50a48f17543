"""Which badge an activity gives."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.achievement import Achievement
from .tables import AchievementRow, core

achievement = core(AchievementRow)


async def note(session: AsyncSession, told: Achievement) -> None:
    """Keep this version, unless a newer one is known."""
    row = insert(achievement).values(asdict(told))
    newer = achievement.c.version < row.excluded.version
    values = {name: row.excluded[name] for name in Achievement.__dataclass_fields__ if name != "id"}
    await session.execute(row.on_conflict_do_update(index_elements=["id"], set_=values, where=newer))


async def of_activities(session: AsyncSession, activities: Sequence[UUID]) -> dict[UUID, Achievement]:
    """The badges of these activities, by activity; where there are several, the oldest."""
    query = select(achievement).where(achievement.c.activity.in_(activities))
    rows = await session.execute(query.order_by(achievement.c.id.desc()))
    return {row.activity: Achievement(**row._mapping) for row in rows}
