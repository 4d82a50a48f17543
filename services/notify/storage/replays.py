"""What somebody wants to have again, and how far that has got."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ..domain.filter import Facets
from .integration_tables import FeedRow, ReplayRow

_NEXT = text("""
    SELECT r.id FROM replay r JOIN subscription s ON s.id = r.subscription
        JOIN integration i ON i.id = s.integration
    WHERE r.state = 'running' AND s.state = 'active' AND i.state = 'active'
    ORDER BY r.changed_at LIMIT 1 FOR UPDATE OF r SKIP LOCKED
""")


@dataclass(frozen=True)
class Replay:
    """Events wanted again: those that failed for good, or those of the feed behind `cursor` up to `upto`."""

    id: UUID
    subscription: UUID
    failed: bool
    since: datetime | None
    cursor: int
    upto: int
    queued: int
    state: Literal["running", "done"]
    created_at: datetime
    created_by: str


@dataclass(frozen=True)
class Kept:
    """An event of the feed, without its body."""

    position: int
    event: UUID
    facets: Facets


async def add(session: AsyncSession, wanted: Replay) -> None:
    """Store what is wanted."""
    await session.execute(insert(ReplayRow).values(**asdict(wanted), changed_at=func.now()))


async def listed(session: AsyncSession, subscription: UUID, limit: int) -> list[Replay]:
    """The latest replays of a subscription."""
    query = select(ReplayRow).where(col(ReplayRow.subscription) == subscription)
    rows = await session.scalars(query.order_by(col(ReplayRow.id).desc()).limit(limit))
    return [_replay(row) for row in rows]


async def running(session: AsyncSession, subscription: UUID) -> int:
    """How many replays of a subscription are not done."""
    mine = (col(ReplayRow.subscription) == subscription, col(ReplayRow.state) == "running")
    return await session.scalar(select(func.count()).select_from(ReplayRow).where(*mine)) or 0


async def take(session: AsyncSession) -> Replay | None:
    """One that is not done, of an active subscription, held until the transaction ends; or None."""
    found = await session.scalar(_NEXT)
    row = await session.get(ReplayRow, found, populate_existing=True) if found else None
    return _replay(row) if row else None


async def note(session: AsyncSession, id_: UUID, cursor: int, queued: int, *, done: bool) -> None:
    """It has got so far, and `queued` more are due by it."""
    values = {
        "cursor": cursor,
        "queued": col(ReplayRow.queued) + queued,
        "changed_at": func.clock_timestamp(),
    }
    state = {"state": "done"} if done else {}
    await session.execute(update(ReplayRow).where(col(ReplayRow.id) == id_).values(**values, **state))


async def last_position(session: AsyncSession) -> int:
    """The position of the newest event; 0 while there is none."""
    return await session.scalar(select(func.max(col(FeedRow.position)))) or 0


async def kept(
    session: AsyncSession, after: int, upto: int, since: datetime | None, limit: int
) -> list[Kept]:
    """Events of the feed behind `after` up to `upto`, not older than `since`, in order."""
    row = FeedRow
    query = select(
        row.position, row.event, row.type, row.organisation, row.achievement, row.pathway, row.skills
    ).where(col(row.position) > after, col(row.position) <= upto)  # type: ignore[call-overload]  # columns
    if since:
        query = query.where(col(row.time) >= since)
    found = await session.execute(query.order_by(col(row.position)).limit(limit))
    return [
        Kept(position, event, Facets(type_, organisation, achievement, pathway, tuple(skills)))
        for position, event, type_, organisation, achievement, pathway, skills in found
    ]


def _replay(row: ReplayRow) -> Replay:
    return Replay(**{name: getattr(row, name) for name in Replay.__dataclass_fields__})
