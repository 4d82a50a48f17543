"""The feed's rows, and how far its writer has come."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.chassis.database import copy_in

from ..domain.feed import Cursor, FeedItem
from ..domain.filter import Filter
from .integration_tables import FeedAchievementRow, FeedCursorRow, FeedRow

_CONSUMER = "notify-feed"
_ALL = Filter()
_NAMES = tuple(FeedItem.__dataclass_fields__)
_ITEM = [col(getattr(FeedRow, name)) for name in _NAMES]
_SKILLS: Any = FeedRow.skills
_TYPES = text("""
    WITH RECURSIVE found AS (
        (SELECT type FROM feed ORDER BY type LIMIT 1)
        UNION ALL
        SELECT (SELECT type FROM feed WHERE type > found.type ORDER BY type LIMIT 1) FROM found
        WHERE found.type IS NOT NULL
    ) SELECT type FROM found WHERE type IS NOT NULL
""")
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


async def advance(session: AsyncSession, old: Cursor, new: Cursor) -> datetime | None:
    """Go on from `old` to `new`, while other writers wait; None where one of them was first.

    Answers when that was, which is later than for whoever went on before.
    """
    here = [col(getattr(FeedCursorRow, name)) == value for name, value in asdict(old).items()]
    query = update(FeedCursorRow).where(col(FeedCursorRow.consumer) == _CONSUMER, *here)
    moved: datetime | None = await session.scalar(
        query.values(**asdict(new)).returning(func.clock_timestamp())
    )
    return moved


async def first(session: AsyncSession) -> int | None:
    """The first position that is still kept, or None where none is."""
    return await session.scalar(select(func.min(col(FeedRow.position))))


async def types(session: AsyncSession) -> list[str]:
    """Every type there is in the feed: one step in the index for each, however many events there are."""
    return list(await session.scalars(_TYPES))


async def between(
    session: AsyncSession,
    after: int,
    upto: int,
    limit: int,
    wanted: Filter = _ALL,
    organisation: UUID | None = None,
) -> list[FeedItem]:
    """At most `limit` items beyond `after` up to `upto` that match, in order.

    The types of `wanted` are whole types here. With `organisation`, that one's alone, whatever is wanted.
    """
    query = select(*_ITEM).where(col(FeedRow.position) > after, col(FeedRow.position) <= upto)
    if organisation:
        query = query.where(col(FeedRow.organisation) == organisation)
    for column, values in _choices(wanted):
        query = query.where(column == func.any(values))
    if wanted.skills:
        query = query.where(_SKILLS.overlap(list(wanted.skills)))
    rows = await session.execute(query.order_by(col(FeedRow.position)).limit(limit))
    return [FeedItem(**{**row._mapping, "skills": tuple(row.skills)}) for row in rows]


def _choices(wanted: Filter) -> list[tuple[Any, list[Any]]]:
    chosen = (
        (col(FeedRow.type), wanted.types),
        (col(FeedRow.organisation), wanted.organisations),
        (col(FeedRow.achievement), wanted.achievements),
        (col(FeedRow.pathway), wanted.pathways),
    )
    return [(column, list(values)) for column, values in chosen if values]


async def had(session: AsyncSession, events: Collection[UUID]) -> set[UUID]:
    """Those of these events that are in the feed."""
    query = select(col(FeedRow.event)).where(col(FeedRow.event) == func.any(list(events)))
    return set(await session.scalars(query))


async def add(session: AsyncSession, items: Sequence[FeedItem], kept_at: datetime) -> None:
    """Put items at the feed's end, to which `advance` has led in this transaction."""
    rows = [(*(getattr(item, name) for name in _NAMES), kept_at) for item in items]
    await copy_in(session, "feed", (*_NAMES, "kept_at"), rows)


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
