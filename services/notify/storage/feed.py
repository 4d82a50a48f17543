"""The feed's rows, and how far its writer has come."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ..domain.feed import Cursor, FeedItem
from .integration_tables import FeedAchievementRow, FeedCursorRow, FeedRow

_CONSUMER = "notify-feed"
_TRIM = text("""
    WITH oldest AS (SELECT position, kept_at FROM feed ORDER BY position LIMIT :limit)
    DELETE FROM feed WHERE position IN (SELECT position FROM oldest WHERE kept_at < :moment)
""")


async def cursor(session: AsyncSession, *, lock: bool = False) -> Cursor | None:
    """How far the writer has come, or None before it has begun."""
    row = await session.get(FeedCursorRow, _CONSUMER, with_for_update=lock or None, populate_existing=True)
    return Cursor(row.stream_created, row.sequence, row.position) if row else None


async def place(session: AsyncSession, at: Cursor) -> None:
    """Write down how far the writer has come."""
    values = asdict(at)
    row = insert(FeedCursorRow).values(consumer=_CONSUMER, **values)
    await session.execute(row.on_conflict_do_update(index_elements=["consumer"], set_=values))


async def advance(session: AsyncSession, old: Cursor, new: Cursor) -> bool:
    """Go on from `old` to `new`, while other writers wait; False where one of them was first."""
    here = [col(getattr(FeedCursorRow, name)) == value for name, value in asdict(old).items()]
    query = update(FeedCursorRow).where(col(FeedCursorRow.consumer) == _CONSUMER, *here)
    moved = await session.execute(query.values(**asdict(new)).returning(col(FeedCursorRow.position)))
    return moved.scalar() is not None


async def had(session: AsyncSession, events: Collection[UUID]) -> set[UUID]:
    """Those of these events that are in the feed."""
    query = select(col(FeedRow.event)).where(col(FeedRow.event) == func.any(list(events)))
    return set(await session.scalars(query))


async def add(session: AsyncSession, items: Sequence[FeedItem]) -> None:
    """Put items at the feed's end."""
    now = await session.scalar(select(func.clock_timestamp()))
    rows = [asdict(item) | {"skills": list(item.skills), "kept_at": now} for item in items]
    await session.execute(FeedRow.__table__.insert(), rows)  # type: ignore[attr-defined]  # SQLModel adds it


async def note_skills(session: AsyncSession, told: Mapping[UUID, tuple[int, Sequence[str]]]) -> None:
    """Remember the skills of achievements: version and skills by achievement; the highest version wins."""
    rows = [
        {"id": id_, "version": version, "skills": list(skills)} for id_, (version, skills) in told.items()
    ]
    row = insert(FeedAchievementRow).values(rows)
    values = {name: row.excluded[name] for name in ("version", "skills")}
    newer = row.excluded.version >= col(FeedAchievementRow.version)
    await session.execute(row.on_conflict_do_update(index_elements=["id"], set_=values, where=newer))


async def skills(session: AsyncSession, achievements: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """The skills of those of these achievements that are known."""
    query = select(FeedAchievementRow).where(col(FeedAchievementRow.id) == func.any(list(achievements)))
    return {row.id: tuple(row.skills) for row in await session.scalars(query)}


async def trim(session: AsyncSession, moment: datetime, limit: int) -> int:
    """Drop at most `limit` of the oldest rows that were put there before `moment`; answers how many."""
    gone = await session.execute(_TRIM, {"moment": moment, "limit": limit})
    return int(getattr(gone, "rowcount", 0))
