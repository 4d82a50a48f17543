"""Letters: what waits to be sent and what became of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from contracts.envelope import uuid7
from services.chassis.database import wake

from ..domain.letter import ORDINARY
from ..domain.letter import Kind as Kind
from ..domain.letter import State as State
from ..domain.naming import message_number
from .recordset import rows
from .tables import LetterRow, ResendRow

DISPATCH = "letters"


@dataclass(frozen=True)
class Letter:
    """A letter as it is stored. `thing` and `version` are the achievement or pathway it is about.

    `attempts_before` were made before somebody last asked for it to be sent again.
    """

    id: UUID
    kind: Kind
    cause: UUID
    caused_at: datetime
    recipient: UUID | None
    organisation: UUID | None = None
    thing: UUID | None = None
    version: int | None = None
    link: str | None = None
    code: str | None = None
    address: str | None = None
    language: str | None = None
    expires: datetime | None = None
    attempts_before: int = 0
    figures: tuple[int, ...] = ()
    traceparent: str | None = None


@dataclass(frozen=True)
class Status:
    """Where a letter is in its life."""

    state: State
    reason: str | None
    attempts: int
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Entry:
    """A letter to be stored: its state, and when its turn is."""

    letter: Letter
    state: State = "queued"
    priority: int = ORDINARY


_QUEUE = text(f"""
    INSERT INTO letter ({", ".join(Letter.__dataclass_fields__)}, state, priority, message, attempts,
        due, created_at, changed_at)
    SELECT {", ".join(f"e.{name}" for name in Letter.__dataclass_fields__)}, e.state, e.priority, e.message,
        0, now(), now(), now()
    FROM json_to_recordset(CAST(:entries AS json)) AS e(id uuid, kind text, cause uuid, caused_at timestamptz,
        recipient uuid, organisation uuid, thing uuid, version int, link text, code text, address text,
        language text, expires timestamptz, attempts_before int, figures int[], state text, priority int,
        message uuid, traceparent text)
    ON CONFLICT (kind, cause) DO NOTHING
""")  # noqa: S608 (columns of ours)


async def queue(session: AsyncSession, *wanted: Letter | Entry) -> None:
    """Have letters sent soon; one that has the same kind and cause as another is not written."""
    entries = [Entry(each) if isinstance(each, Letter) else each for each in wanted]
    told = [
        {
            **vars(each.letter),
            "state": each.state,
            "priority": each.priority,
            "message": message_number(each.letter.id),
        }
        for each in entries
    ]
    await session.execute(_QUEUE, {"entries": rows(told)})
    wake(session, DISPATCH)


async def cancel(session: AsyncSession, kind: Kind, cause: UUID, reason: str) -> None:
    """Do not send the letter of that kind about `cause` if it is still queued."""
    await session.execute(
        update(LetterRow)
        .where(col(LetterRow.kind) == kind, col(LetterRow.cause) == cause, col(LetterRow.state) == "queued")
        .values(state="cancelled", reason=reason, changed_at=func.now())
    )


async def forget(session: AsyncSession, recipient: UUID, at: datetime) -> None:
    """Of letters caused up to `at`, delete those that have not left; in others, what leads to somebody."""
    theirs = (col(LetterRow.recipient) == recipient) & (col(LetterRow.caused_at) <= at)
    unsent = col(LetterRow.state).in_(("queued", "cancelled"))
    await session.execute(delete(LetterRow).where(theirs, unsent))
    nothing: Mapping[str, None] = dict.fromkeys(
        ("recipient", "link", "code", "address", "language", "reason")
    )
    await session.execute(update(LetterRow).where(theirs).values(**nothing))


async def one(session: AsyncSession, letter: UUID, *, lock: bool = False) -> tuple[Letter, Status] | None:
    """A letter and its state, or None."""
    row = await session.get(LetterRow, letter, with_for_update=lock or None)
    return (_letter(row), _status(row)) if row else None


async def requeue(session: AsyncSession, letter: UUID, was: State, by: str) -> None:
    """Have a letter sent once more, and write down who wanted it and what it was before."""
    record = {"id": uuid7(), "letter": letter, "by": by, "at": func.now(), "was": was}
    await session.execute(insert(ResendRow).values(**record))
    await session.execute(
        update(LetterRow)
        .where(col(LetterRow.id) == letter)
        .values(
            state="queued",
            reason=None,
            due=func.now(),
            changed_at=func.now(),
            attempts_before=col(LetterRow.attempts),
        )
    )
    wake(session, DISPATCH)


async def listed(
    session: AsyncSession,
    organisations: Collection[UUID] | None,
    state: State | None,
    kind: Kind | None,
    after: UUID | None,
    limit: int,
) -> list[tuple[Letter, Status]]:
    """Letters, newest first: those of these organisations, or all where it is None."""
    query = select(LetterRow)
    if organisations is not None:
        query = query.where(col(LetterRow.organisation).in_(organisations))
    if state:
        query = query.where(col(LetterRow.state) == state)
    if kind:
        query = query.where(col(LetterRow.kind) == kind)
    if after:
        query = query.where(col(LetterRow.id) < after)
    found = await session.scalars(query.order_by(col(LetterRow.id).desc()).limit(limit))
    return [(_letter(row), _status(row)) for row in found]


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many letters there are in each state."""
    found = await session.execute(
        select(LetterRow.state, func.count().label("number")).group_by(col(LetterRow.state))  # type: ignore[call-overload]  # columns
    )
    return {row.state: row.number for row in found}


def _letter(row: LetterRow) -> Letter:
    return made({name: getattr(row, name) for name in Letter.__dataclass_fields__})


def made(values: Mapping[str, Any]) -> Letter:
    """A letter of these values, as a row has them."""
    return Letter(**{**values, "figures": tuple(values["figures"])})


def _status(row: LetterRow) -> Status:
    return Status(**{name: getattr(row, name) for name in Status.__dataclass_fields__})
