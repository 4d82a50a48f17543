"""Who is sending which letter. Waiting times are the database's: no other clock can hold a letter up."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ..domain.letter import Verdict
from .letters import Letter
from .tables import LetterRow

_NAMES = tuple(Letter.__dataclass_fields__)
_COLUMNS = ", ".join(f"letter.{name}" for name in _NAMES)

_DUE = text("SELECT 1 FROM letter WHERE state = 'queued' AND due <= now() LIMIT 1")
_CLAIM = text(f"""
    UPDATE letter SET state = 'sending', claimed_by = :instance, run = :run, claim = :claim,
        attempts = attempts + 1, changed_at = now()
    WHERE id = (SELECT id FROM letter WHERE state = 'queued' AND due <= now()
                ORDER BY priority, due LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING {_COLUMNS}, attempts
""")  # noqa: S608 (columns of ours)
_OVER = "kind = 'sign_in' AND NOT :again"
_MARK = text(f"""
    UPDATE letter SET state = :state, reason = :reason, changed_at = now(),
        due = now() + make_interval(secs => :delay),
        link = CASE WHEN {_OVER} THEN NULL ELSE link END,
        code = CASE WHEN {_OVER} THEN NULL ELSE code END,
        address = CASE WHEN {_OVER} THEN NULL ELSE address END,
        language = CASE WHEN {_OVER} THEN NULL ELSE language END
    WHERE id = :letter AND attempts = :attempt AND state IN ('sending', 'unknown')
    RETURNING {_COLUMNS}
""")  # noqa: S608 (columns of ours)
_GIVE_BACK = text("UPDATE letter SET state = 'queued' WHERE claim = :claim AND state = 'sending'")
_BEAT = text("""
    INSERT INTO sender (instance, seen_at) VALUES (:instance, now())
    ON CONFLICT (instance) DO UPDATE SET seen_at = now()
""")
_GIVE_UP = text("""
    UPDATE letter SET state = 'unknown', changed_at = now(), reason = 'the process sending it is gone'
    WHERE state = 'sending' AND claimed_by NOT IN
        (SELECT instance FROM sender WHERE seen_at > now() - make_interval(secs => :lease))
    RETURNING id
""")


@dataclass(frozen=True)
class Claim:
    """In whose name letters are taken: the instance, the run of its process, and this very claim."""

    instance: str
    run: UUID
    id: UUID


async def due(session: AsyncSession) -> bool:
    """Whether a letter is waiting to be sent now."""
    return await session.scalar(_DUE) is not None


async def claim(session: AsyncSession, by: Claim) -> tuple[Letter, int] | None:
    """Take the next letter for sending, and the number of this attempt; None where none is due."""
    found = await session.execute(_CLAIM, {"instance": by.instance, "run": by.run, "claim": by.id})
    row = found.one_or_none()
    return (_letter(row), row.attempts) if row else None


async def give_back(session: AsyncSession, claim_id: UUID) -> None:
    """Queue again what was taken by a claim whose taker never got it."""
    await session.execute(_GIVE_BACK, {"claim": claim_id})


async def mark(session: AsyncSession, letter: UUID, attempt: int, verdict: Verdict) -> Letter | None:
    """Write down what became of an attempt; None where another attempt has been made since.

    An attempt that had been given up as unknown may still be told the truth. What a sign-in letter said is
    deleted once it will not be sent again.
    """
    values = {"letter": letter, "attempt": attempt, "again": verdict.state == "queued", **vars(verdict)}
    row = (await session.execute(_MARK, values)).one_or_none()
    return _letter(row) if row else None


async def held(session: AsyncSession, instance: str) -> list[tuple[Letter, int, UUID | None]]:
    """What this instance was sending: letter, attempt and the run of the process."""
    mine = (col(LetterRow.state) == "sending", col(LetterRow.claimed_by) == instance)
    rows = await session.scalars(select(LetterRow).where(*mine))
    return [(Letter(**{name: getattr(row, name) for name in _NAMES}), row.attempts, row.run) for row in rows]


async def beat(session: AsyncSession, instance: str) -> None:
    """This instance is alive."""
    await session.execute(_BEAT, {"instance": instance})


async def give_up_for_the_dead(session: AsyncSession, lease: float) -> int:
    """What instances unseen for `lease` seconds were sending is unknown; answers how many letters."""
    return len((await session.execute(_GIVE_UP, {"lease": lease})).all())


def _letter(row: Row[tuple[object, ...]]) -> Letter:
    return Letter(**{name: row._mapping[name] for name in _NAMES})
