"""Status lists: the bits, and the signed document that publishes them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from .tables import FRESH, StatusListRow


@dataclass(frozen=True, slots=True)
class Open:
    """The list from which an organisation gives out entries now."""

    number: int
    taken: bytes
    used: int


@dataclass(frozen=True, slots=True)
class Stale:
    """A list whose document is behind its bits."""

    organisation: UUID
    number: int
    bits: bytes


@dataclass(frozen=True, slots=True)
class Published:
    """A signed list."""

    body: bytes
    etag: str


async def newest(session: AsyncSession, organisation: UUID) -> Open | None:
    """The organisation's newest list, locked for this transaction, or None where it has none."""
    of = select(col(StatusListRow.number), col(StatusListRow.taken), col(StatusListRow.used))
    mine = of.where(col(StatusListRow.organisation) == organisation)
    last = mine.order_by(col(StatusListRow.number).desc()).limit(1).with_for_update(key_share=True)
    row = (await session.execute(last)).one_or_none()
    return Open(*row) if row else None


async def open_list(session: AsyncSession, organisation: UUID, number: int, empty: bytes) -> bool:
    """Begin a list; False where another process has just begun it."""
    blank = {"taken": empty, "used": 0, "bits": empty, "stale": True}
    new = insert(StatusListRow).values(organisation=organisation, number=number, **blank)
    made = new.on_conflict_do_nothing().returning(col(StatusListRow.number))
    return (await session.scalars(made)).one_or_none() is not None


async def give_out(session: AsyncSession, organisation: UUID, number: int, taken: bytes, count: int) -> None:
    """Note that `count` more entries of a list were given out."""
    row = (col(StatusListRow.organisation) == organisation) & (col(StatusListRow.number) == number)
    more = {"taken": taken, "used": col(StatusListRow.used) + count}
    await session.execute(update(StatusListRow).where(row).values(**more))


async def set_bit(session: AsyncSession, organisation: UUID, number: int, index: int) -> None:
    """Withdraw one entry. PostgreSQL counts a byte's bits from the lowest, the standard from the highest."""
    values = {"organisation": organisation, "number": number, "bit": index - index % 8 + 7 - index % 8}
    await session.execute(_SET_BIT, values)


async def mark_stale(session: AsyncSession, organisation: UUID) -> None:
    """Have all lists of an organisation signed anew."""
    row = col(StatusListRow.organisation) == organisation
    await session.execute(update(StatusListRow).where(row).values(stale=True))


async def take_stale(session: AsyncSession, before: datetime, limit: int = 20) -> list[Stale]:
    """Lists that changed or were signed before then, locked for this transaction."""
    due = col(StatusListRow.stale) | (col(StatusListRow.signed_at) < before)
    of = select(StatusListRow).where(due).limit(limit)
    rows = await session.scalars(of.with_for_update(skip_locked=True), execution_options=FRESH)
    return [Stale(row.organisation, row.number, row.bits) for row in rows]


async def publish(session: AsyncSession, stale: Stale, body: bytes, etag: str, now: datetime) -> None:
    """Store a list's new document."""
    row = (col(StatusListRow.organisation) == stale.organisation) & (
        col(StatusListRow.number) == stale.number
    )
    told = {"body": body, "etag": etag, "signed_at": now, "stale": False}
    await session.execute(update(StatusListRow).where(row).values(**told))


async def published(session: AsyncSession, organisation: UUID, number: int) -> Published | None:
    """A list as it was last signed; None where there is none yet."""
    of = select(col(StatusListRow.body), col(StatusListRow.etag)).where(
        col(StatusListRow.organisation) == organisation,
        col(StatusListRow.number) == number,
        func.length(col(StatusListRow.body)) > 0,
    )
    row = (await session.execute(of)).one_or_none()
    return Published(row.body, row.etag) if row else None


_SET_BIT = text("""
    UPDATE status_list SET bits = set_bit(bits, :bit, 1), stale = true
    WHERE organisation = :organisation AND number = :number
""")
