"""Bounces and complaints, and the addresses that nothing is sent to any more."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from contracts.envelope import uuid7

from ..domain.letter import State
from .feedback_tables import CorrectionRow, FeedbackRow, SuppressedRow
from .tables import LetterRow


@dataclass(frozen=True)
class Suppressed:
    """An address nothing is sent to: why, who said so, since when."""

    address: str
    why: str
    by: str
    at: datetime


_HEARD = text("SELECT count(*) FROM feedback WHERE letter = :letter AND kind = :kind")


async def suppressed(session: AsyncSession, addresses: Collection[str]) -> set[str]:
    """Those of these addresses, in normal form, that nothing is sent to."""
    query = select(SuppressedRow).where(col(SuppressedRow.address).in_(addresses))
    return {row.address for row in await session.scalars(query)}


async def suppress(session: AsyncSession, address: str, recipient: UUID | None, why: str, by: str) -> None:
    """Send nothing to the address (in normal form) any more."""
    row = insert(SuppressedRow).values(address=address, recipient=recipient, why=why, by=by, at=func.now())
    await session.execute(row.on_conflict_do_nothing())


async def unsuppress(session: AsyncSession, address: str) -> bool:
    """Send to the address again; False where it was not on the list."""
    gone = delete(SuppressedRow).where(col(SuppressedRow.address) == address)
    return await session.scalar(gone.returning(col(SuppressedRow.address))) is not None


async def listed(session: AsyncSession, after: str | None, limit: int) -> list[Suppressed]:
    """Addresses nothing is sent to, by address."""
    query = select(SuppressedRow).order_by(col(SuppressedRow.address)).limit(limit)
    if after:
        query = query.where(col(SuppressedRow.address) > after)
    return [Suppressed(row.address, row.why, row.by, row.at) for row in await session.scalars(query)]


async def note(session: AsyncSession, letter: UUID, kind: str, reason: str, source: str) -> int:
    """Write down what came back; answers how often the same has come back about this letter by now."""
    row = {"id": uuid7(), "letter": letter, "kind": kind, "reason": reason, "source": source}
    await session.execute(insert(FeedbackRow).values(**row, at=func.now()))
    return int(await session.scalar(_HEARD, {"letter": letter, "kind": kind}) or 0)


async def set_state(session: AsyncSession, letter: UUID, state: State, reason: str) -> None:
    """The letter is in another state after what came back."""
    row = update(LetterRow).where(col(LetterRow.id) == letter)
    await session.execute(row.values(state=state, reason=reason, changed_at=func.now()))


async def find(session: AsyncSession, message: UUID) -> UUID | None:
    """The letter with this number in its Message-ID."""
    row = await session.scalar(select(LetterRow).where(col(LetterRow.message) == message))
    return row.id if row else None


async def correct(session: AsyncSession, letter: UUID, address: str, by: str) -> None:
    """The letter goes to another address from now on; who said so is written down."""
    record = {"id": uuid7(), "letter": letter, "by": by, "at": func.now()}
    await session.execute(insert(CorrectionRow).values(**record))
    await session.execute(update(LetterRow).where(col(LetterRow.id) == letter).values(address=address))


async def forget(session: AsyncSession, recipient: UUID, address: str | None) -> None:
    """Delete what came back about somebody and their place on the list."""
    theirs = select(col(LetterRow.id)).where(col(LetterRow.recipient) == recipient)
    await session.execute(delete(FeedbackRow).where(col(FeedbackRow.letter).in_(theirs)))
    await session.execute(
        delete(SuppressedRow).where(
            or_(col(SuppressedRow.recipient) == recipient, col(SuppressedRow.address) == address)
        )
    )
