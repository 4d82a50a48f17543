"""Who gets which organisation's summaries, and what they say."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from .feedback_tables import DigestRow


@dataclass(frozen=True)
class Digest:
    """To whom an organisation's summaries go, and in which language."""

    organisation: UUID
    address: str
    language: str


# What changed in that time: about badges, sent, and what did not arrive.
_FIGURES = text("""
    SELECT count(*) FILTER (WHERE kind = 'badge_awarded' AND created_at > :since),
        count(*) FILTER (WHERE state IN ('sent', 'complained') AND changed_at > :since),
        count(*) FILTER (WHERE state IN ('failed', 'bounced', 'unknown') AND changed_at > :since)
    FROM letter WHERE organisation = :organisation AND kind <> 'digest'
        AND greatest(created_at, changed_at) > :since AND created_at <= :now
""")


async def put(session: AsyncSession, digest: Digest) -> None:
    """Send the organisation's summaries there; what happened before is not summed up."""
    values = {"address": digest.address, "language": digest.language}
    row = insert(DigestRow).values(organisation=digest.organisation, until=func.now(), **values)
    await session.execute(row.on_conflict_do_update(index_elements=["organisation"], set_=values))


async def one(session: AsyncSession, organisation: UUID) -> Digest | None:
    """Who gets the organisation's summaries, or None."""
    row = await session.get(DigestRow, organisation)
    return Digest(row.organisation, row.address, row.language) if row else None


async def remove(session: AsyncSession, organisation: UUID) -> bool:
    """Nobody gets them any more; False where nobody did."""
    gone = delete(DigestRow).where(col(DigestRow.organisation) == organisation)
    return await session.scalar(gone.returning(col(DigestRow.organisation))) is not None


async def take(session: AsyncSession, before: datetime) -> tuple[Digest, datetime] | None:
    """The summary that reaches no further than `before`, and until when it does; held meanwhile."""
    query = select(DigestRow).where(col(DigestRow.until) <= before).order_by(col(DigestRow.until)).limit(1)
    row = await session.scalar(query.with_for_update(skip_locked=True))
    return (Digest(row.organisation, row.address, row.language), row.until) if row else None


async def figures(
    session: AsyncSession, organisation: UUID, since: datetime, now: datetime
) -> tuple[int, ...]:
    """Letters about badges, letters sent, letters that did not arrive, in this time."""
    asked = {"organisation": organisation, "since": since, "now": now}
    return tuple((await session.execute(_FIGURES, asked)).one())


async def reach(session: AsyncSession, organisation: UUID, until: datetime) -> None:
    """The last summary reached until then."""
    await session.execute(
        update(DigestRow).where(col(DigestRow.organisation) == organisation).values(until=until)
    )
