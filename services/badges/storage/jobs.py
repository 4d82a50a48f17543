"""Direct awards to many: what became of every line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from .tables import JobLineRow, JobRow

_LINES = text("""
    SELECT l.line, l.outcome, l.award, l.detail,
        CASE WHEN l.award IS NULL THEN NULL WHEN a.id IS NULL THEN 'dropped'
            WHEN a.revoked_at IS NOT NULL THEN 'revoked' WHEN a.issued_at IS NOT NULL THEN 'issued'
            ELSE 'due' END AS state
    FROM award_job_line l LEFT JOIN award a ON a.id = l.award WHERE l.job = :job ORDER BY l.line LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class Line:
    """What became of a line, counted from 1. `state` is its award's: due, issued, revoked, dropped."""

    line: int
    outcome: str
    award: UUID | None
    state: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A direct award to many."""

    id: UUID
    organisation: UUID
    achievement: UUID
    occasion: str
    made_by: str
    made_at: datetime
    state: str = "done"
    finished_at: datetime | None = None
    traceparent: str | None = None


async def add(session: AsyncSession, job: Job, lines: Sequence[Line]) -> None:
    """Store a job and what became of its lines."""
    session.add(JobRow(**{name: getattr(job, name) for name in Job.__slots__}))
    await session.flush()
    rows = [
        {"job": job.id, "line": each.line, "outcome": each.outcome, "award": each.award} for each in lines
    ]
    if rows:
        await session.execute(JobLineRow.__table__.insert(), rows)  # type: ignore[attr-defined]  # SQLModel's


async def job(session: AsyncSession, job: UUID) -> Job | None:
    """The job, or None."""
    row = await session.get(JobRow, job)
    return Job(**{name: getattr(row, name) for name in Job.__slots__}) if row else None


async def lines(session: AsyncSession, job: UUID, most: int) -> list[Line]:
    """Its first lines, in order."""
    return [Line(**row._mapping) for row in await session.execute(_LINES, {"job": job, "most": most})]
