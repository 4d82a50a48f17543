"""Who is sending which letter. Waiting times are the database's: no other clock can hold a letter up."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ..domain.letter import LEAST_URGENT, URGENT, State, Verdict
from .letters import Letter, made
from .recordset import rows
from .tables import LetterRow

_NAMES = tuple(Letter.__dataclass_fields__)
_COLUMNS = ", ".join(f"letter.{name}" for name in _NAMES)

_DUE = text("SELECT 1 FROM letter WHERE state = 'queued' AND due <= now() AND priority <= :most LIMIT 1")
_CLAIM = text(f"""
    UPDATE letter SET state = 'sending', claimed_by = :instance, run = :run, claim = :claim,
        attempts = attempts + 1, changed_at = now()
    WHERE id IN (SELECT id FROM letter WHERE state = 'queued' AND due <= now() AND priority <= :most
                 ORDER BY priority, due LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING {_COLUMNS}, attempts, priority, due
""")  # noqa: S608 (columns of ours)
_OVER = "(letter.recipient IS NULL OR letter.kind = 'sign_in') AND m.state <> 'queued'"
_MARK = text(f"""
    UPDATE letter SET state = m.state, reason = m.reason, changed_at = now(),
        due = now() + make_interval(secs => m.delay),
        attempts_before = letter.attempts_before + CASE WHEN m.counts THEN 0 ELSE 1 END,
        link = CASE WHEN {_OVER} THEN NULL ELSE letter.link END,
        code = CASE WHEN {_OVER} THEN NULL ELSE letter.code END,
        address = CASE WHEN {_OVER} THEN NULL ELSE letter.address END,
        language = CASE WHEN {_OVER} THEN NULL ELSE letter.language END
    FROM json_to_recordset(CAST(:marks AS json))
        AS m(id uuid, attempt int, state text, reason text, delay float8, counts bool)
    WHERE letter.id = m.id AND letter.attempts = m.attempt AND letter.state IN ('sending', 'unknown')
    RETURNING {_COLUMNS}, letter.state
""")  # noqa: S608 (columns of ours)
_GIVE_BACK = text("""
    UPDATE letter SET state = 'queued', attempts_before = attempts_before + 1
    WHERE claim = :claim AND state = 'sending'
""")
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


async def due(session: AsyncSession, *, quiet: bool = False) -> bool:
    """Whether a letter is waiting to be sent now; in `quiet` hours, one that does not mind them."""
    return await session.scalar(_DUE, {"most": URGENT if quiet else LEAST_URGENT}) is not None


async def claim(
    session: AsyncSession, by: Claim, limit: int = 1, *, quiet: bool = False
) -> list[tuple[Letter, int]]:
    """Take the next letters for sending, most urgent first, each with the number of this attempt."""
    taken = {"instance": by.instance, "run": by.run, "claim": by.id, "limit": limit}
    found = await session.execute(_CLAIM, taken | {"most": URGENT if quiet else LEAST_URGENT})
    return [(_letter(row), row.attempts) for row in sorted(found, key=lambda row: (row.priority, row.due))]


async def give_back(session: AsyncSession, claim_id: UUID) -> None:
    """Queue again what was taken by a claim whose taker never got it."""
    await session.execute(_GIVE_BACK, {"claim": claim_id})


@dataclass(frozen=True)
class Mark:
    """What became of an attempt. One that does not count was not made: it costs no try."""

    letter: UUID
    attempt: int
    verdict: Verdict
    counts: bool = True


async def mark(session: AsyncSession, marks: Sequence[Mark]) -> list[tuple[Letter, State]]:
    """Write down what became of attempts; answers the letters but those of which a later attempt was made.

    An attempt that had been given up as unknown may still be told the truth. What a letter said that went to
    an address, and not to a recipient, is deleted once it will not be sent again; so is that of sign-in ones.
    """
    told = [{"id": str(m.letter), "attempt": m.attempt, "counts": m.counts, **vars(m.verdict)} for m in marks]
    found = await session.execute(_MARK, {"marks": rows(told)})
    return [(_letter(row), row.state) for row in found]


async def held(session: AsyncSession, instance: str) -> list[tuple[Letter, int, UUID | None]]:
    """What this instance was sending: letter, attempt and the run of the process."""
    mine = (col(LetterRow.state) == "sending", col(LetterRow.claimed_by) == instance)
    found = await session.scalars(select(LetterRow).where(*mine))
    return [(made({name: getattr(row, name) for name in _NAMES}), row.attempts, row.run) for row in found]


async def beat(session: AsyncSession, instance: str) -> None:
    """This instance is alive."""
    await session.execute(_BEAT, {"instance": instance})


async def give_up_for_the_dead(session: AsyncSession, lease: float) -> int:
    """What instances unseen for `lease` seconds were sending is unknown; answers how many letters."""
    return len((await session.execute(_GIVE_UP, {"lease": lease})).all())


def _letter(row: Row[tuple[object, ...]]) -> Letter:
    return made({name: row._mapping[name] for name in _NAMES})
