"""Letters, and who is sending them. Waiting times are the database's: no other clock can hold a letter up."""

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

from ..domain.letter import Kind as Kind
from ..domain.letter import State as State
from ..domain.letter import Verdict
from .tables import LetterRow, ResendRow, SenderRow

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


@dataclass(frozen=True)
class Status:
    """Where a letter is in its life."""

    state: State
    reason: str | None
    attempts: int
    created_at: datetime
    changed_at: datetime


async def queue(session: AsyncSession, letter: Letter, state: State = "queued") -> None:
    """Have the letter sent soon; one that has the same kind and cause as another is not written."""
    row = insert(LetterRow).values(
        **vars(letter),
        state=state,
        attempts=0,
        priority=0 if letter.kind == "sign_in" else 1,
        due=func.now(),
        created_at=func.now(),
        changed_at=func.now(),
    )
    await session.execute(row.on_conflict_do_nothing(index_elements=["kind", "cause"]))
    wake(session, DISPATCH)


_CLAIM = text("""
    UPDATE letter SET state = 'sending', claimed_by = :instance, run = :run, attempts = attempts + 1,
        changed_at = now()
    WHERE id = (SELECT id FROM letter WHERE state = 'queued' AND due <= now()
                ORDER BY priority, due LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id
""")


async def due(session: AsyncSession) -> bool:
    """Whether a letter is waiting to be sent now."""
    query = select(LetterRow.id).where(col(LetterRow.state) == "queued", col(LetterRow.due) <= func.now())  # type: ignore[call-overload]  # a column
    return await session.scalar(query.limit(1)) is not None


async def claim(session: AsyncSession, instance: str, run: UUID) -> tuple[Letter, int] | None:
    """Take the next letter for sending, in the name of this process, and the number of this attempt."""
    claimed = await session.scalar(_CLAIM, {"instance": instance, "run": run})
    if claimed is None:
        return None
    row = await session.get_one(LetterRow, claimed, populate_existing=True)
    return _letter(row), row.attempts


async def mark(session: AsyncSession, letter: UUID, attempts: int, verdict: Verdict) -> Letter | None:
    """Write down what became of an attempt; None where another attempt has been made since.

    An attempt that had been given up as unknown may still be told the truth. What a sign-in letter said is
    deleted once it will not be sent again.
    """
    values: dict[str, Any] = {"state": verdict.state, "reason": verdict.reason, "changed_at": func.now()}
    values["due"] = func.now() + func.make_interval(0, 0, 0, 0, 0, 0, verdict.delay)
    mine = (col(LetterRow.id) == letter, col(LetterRow.attempts) == attempts)
    open_ = col(LetterRow.state).in_(("sending", "unknown"))
    row = await session.scalar(update(LetterRow).where(*mine, open_).values(**values).returning(LetterRow))
    if row is not None and row.kind == "sign_in" and verdict.state != "queued":
        row.link = row.code = row.address = row.language = None
    return _letter(row) if row is not None else None


async def cancel(session: AsyncSession, cause: UUID, reason: str) -> None:
    """Do not send the letter about `cause` if it is still queued."""
    await session.execute(
        update(LetterRow)
        .where(col(LetterRow.cause) == cause, col(LetterRow.state) == "queued")
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


async def sending(session: AsyncSession, instance: str) -> list[tuple[Letter, int, UUID | None]]:
    """What this instance was sending: letter, attempt and the run of the process."""
    mine = (col(LetterRow.state) == "sending", col(LetterRow.claimed_by) == instance)
    rows = await session.scalars(select(LetterRow).where(*mine))
    return [(_letter(row), row.attempts, row.run) for row in rows]


async def beat(session: AsyncSession, instance: str) -> None:
    """This instance is alive."""
    row = insert(SenderRow).values(instance=instance, seen_at=func.now())
    await session.execute(
        row.on_conflict_do_update(index_elements=["instance"], set_={"seen_at": func.now()})
    )


async def give_up_for_the_dead(session: AsyncSession, lease: float) -> int:
    """What instances unseen for `lease` seconds were sending is unknown; answers how many letters."""
    limit = func.now() - func.make_interval(0, 0, 0, 0, 0, 0, lease)
    alive = select(SenderRow.instance).where(col(SenderRow.seen_at) > limit)  # type: ignore[call-overload]  # a column
    lost = await session.execute(
        update(LetterRow)
        .where(col(LetterRow.state) == "sending", col(LetterRow.claimed_by).not_in(alive))
        .values(state="unknown", reason="the process that was sending it is gone", changed_at=func.now())
        .returning(col(LetterRow.id))
    )
    return len(lost.all())


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
    rows = await session.scalars(query.order_by(col(LetterRow.id).desc()).limit(limit))
    return [(_letter(row), _status(row)) for row in rows]


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many letters there are in each state."""
    rows = await session.execute(
        select(LetterRow.state, func.count().label("number")).group_by(col(LetterRow.state))  # type: ignore[call-overload]  # columns
    )
    return {row.state: row.number for row in rows}


def _letter(row: LetterRow) -> Letter:
    return Letter(**{name: getattr(row, name) for name in Letter.__dataclass_fields__})


def _status(row: LetterRow) -> Status:
    return Status(**{name: getattr(row, name) for name in Status.__dataclass_fields__})
