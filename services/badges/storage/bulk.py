"""Awards of many thousand lines: the lines that wait, whose turn it is, and what became of each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.database import copy_in

from ..domain.rows import COLUMNS, Column, Row, Written
from .jobs import Job
from .tables import JobRow, as_json, members

State = Literal["running", "paused", "cancelled", "done"]

_TURN = text("""
    UPDATE award_job SET turn_at = clock_timestamp() WHERE id = (
        SELECT j.id FROM award_job j WHERE j.state = 'running' ORDER BY
            (SELECT max(o.turn_at) FROM award_job o
                WHERE o.organisation = j.organisation AND o.state = 'running') NULLS FIRST,
            j.turn_at NULLS FIRST, j.id
        LIMIT 1 FOR NO KEY UPDATE)
    RETURNING id, organisation, achievement, occasion, made_by, made_at, state, finished_at, traceparent
""")
_TAKEN: tuple[Column, ...] = tuple(column for column in COLUMNS if column != "note")
_TAKE = text(f"""
    SELECT line, {", ".join(_TAKEN)} FROM award_job_line
    WHERE job = :job AND outcome = 'waiting' ORDER BY line LIMIT :limit FOR UPDATE SKIP LOCKED
""")  # noqa: S608 (constants)
_FINISH = text("""
    UPDATE award_job SET state = 'done', finished_at = :now WHERE id = :job AND state = 'running'
        AND NOT EXISTS (SELECT FROM award_job_line WHERE job = :job AND outcome = 'waiting')
""")
_AWARD = text("""
    INSERT INTO award (id, organisation, achievement, version, recipient, occasion, awarded_at, awarded_by,
        completed_on, evidence, expires_at, issued_at, attempts, forgotten)
    SELECT r.id, j.organisation, j.achievement, CAST(:version AS int), r.recipient, j.occasion, j.made_at,
        j.made_by, r.completed_on, nullif(r.evidence, '[]'), r.expires_at, :now, 0, false
    FROM award_job j CROSS JOIN json_to_recordset(CAST(:rows AS json)) AS r(id uuid, recipient uuid,
        completed_on date, evidence jsonb, expires_at timestamptz)
    WHERE j.id = :job AND EXISTS (SELECT FROM recipient WHERE id = r.recipient AND address IS NOT NULL)
    ORDER BY r.recipient
    ON CONFLICT (achievement, recipient, occasion) DO NOTHING RETURNING id
""")
_TAKE_BACK = text("DELETE FROM award WHERE id = ANY(CAST(:awards AS uuid[]))")
_HOLDERS = text("""
    SELECT r.id, r.address, w.did FROM recipient r LEFT JOIN wallet w ON w.recipient = r.id
    WHERE r.id = ANY(CAST(:recipients AS uuid[])) AND r.address IS NOT NULL
""")
_HAVE = text("""
    SELECT recipient, id FROM award WHERE achievement = :achievement AND occasion = :occasion
        AND recipient = ANY(CAST(:recipients AS uuid[]))
""")
_UNLESS_FORGOTTEN = ", ".join(
    f"{column} = CASE WHEN r.outcome <> 'forgotten' THEN l.{column} END" for column in COLUMNS
)
_DONE = text(f"""
    UPDATE award_job_line l SET outcome = r.outcome, award = r.award, detail = r.detail,
        recipient = r.recipient, done_at = :now, {_UNLESS_FORGOTTEN}
    FROM json_to_recordset(CAST(:rows AS json))
        AS r(line int, outcome text, award uuid, detail text, recipient uuid)
    WHERE l.job = :job AND l.line = r.line
""")  # noqa: S608 (constants)
_SET = text("""
    UPDATE award_job SET state = CAST(:to AS text),
        finished_at = CASE WHEN CAST(:to AS text) = 'cancelled' THEN now() END
    WHERE id = :job AND state = ANY(:before) RETURNING id
""")
_CANCEL = text("""
    UPDATE award_job_line SET outcome = 'cancelled', done_at = now() WHERE job = :job AND outcome = 'waiting'
""")
_RETRY = text("""
    UPDATE award_job_line SET outcome = 'waiting', detail = NULL, done_at = NULL
    WHERE job = :job AND outcome = 'failed' AND address IS NOT NULL
""")
_PROGRESS = text("""
    SELECT outcome, count(*) AS lines, max(done_at) AS last,
        count(*) FILTER (WHERE done_at > now() - make_interval(secs => :seconds)) AS lately
    FROM award_job_line WHERE job = :job GROUP BY outcome
""")
_IN_THE_WAY = text("""
    SELECT (SELECT count(*) FROM (SELECT FROM unsent LIMIT :most) few) >= :most,
        EXISTS (SELECT FROM award a JOIN recipient r ON r.id = a.recipient AND r.address IS NOT NULL
            WHERE a.due_at <= now())
""")
_NOTHING = ", ".join(f"{column} = NULL" for column in COLUMNS)
_FORGET = text(f"""
    UPDATE award_job_line SET {_NOTHING}, recipient = NULL WHERE recipient = :recipient
        AND job IN (SELECT id FROM award_job WHERE made_at <= :at)
""")  # noqa: S608 (constants)
_DROP = text(f"""
    UPDATE award_job_line SET {_NOTHING}, recipient = NULL, outcome = 'forgotten', done_at = now()
    FROM json_to_recordset(CAST(:rows AS json)) AS r(job uuid, line int)
    WHERE award_job_line.job = r.job AND award_job_line.line = r.line AND outcome = 'waiting'
""")  # noqa: S608 (constants)
_TIDY = text(f"""
    UPDATE award_job_line l SET {_NOTHING}, recipient = NULL FROM award_job j
    WHERE j.id = l.job AND j.finished_at < :before AND l.address IS NOT NULL
""")  # noqa: S608 (constants)
_UNKNOWN = text("""
    SELECT job, line, address FROM award_job_line l
    WHERE outcome = 'waiting' AND (job, line) > (:job, :line)
        AND EXISTS (SELECT FROM award_job j WHERE j.id = l.job AND j.made_at <= :at)
    ORDER BY job, line LIMIT :limit
""")
_RESULT = text(f"""
    SELECT l.line, l.outcome, l.detail, l.award, c.capability,
        {", ".join(f"l.{column}" for column in COLUMNS)},
        CASE WHEN l.award IS NULL THEN NULL WHEN a.id IS NULL THEN 'dropped'
            WHEN a.revoked_at IS NOT NULL THEN 'revoked' WHEN a.issued_at IS NOT NULL THEN 'issued'
            ELSE 'due' END AS state
    FROM award_job_line l LEFT JOIN award a ON a.id = l.award LEFT JOIN credential c ON c.award = a.id
    WHERE l.job = :job AND l.line > :after ORDER BY l.line LIMIT :limit
""")  # noqa: S608 (constants)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a line."""

    line: int
    outcome: str
    award: UUID | None = None
    detail: str | None = None
    recipient: UUID | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a badge is to name: their address, and the DID of their wallet where they proved one."""

    address: str
    wallet: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many lines had an outcome, how many of them within the last seconds, and when the last one."""

    lines: int
    lately: int
    last: datetime | None


async def add(session: AsyncSession, job: Job, lines: Iterable[tuple[Written, str]]) -> None:
    """Store a job and its lines, each with its outcome so far, by COPY: they may be many thousand."""
    session.add(JobRow(**{name: getattr(job, name) for name in Job.__slots__}))
    await session.flush()
    columns = ("job", "line", "outcome", "detail", *COLUMNS)
    records = (
        (job.id, each.line, outcome, each.fault, *(each.cells.get(column) for column in COLUMNS))
        for each, outcome in lines
    )
    await copy_in(session, "award_job_line", columns, records)


async def next_turn(session: AsyncSession) -> Job | None:
    """The running job whose organisation has waited longest for its turn; this is it now.

    Of two who ask at once the later waits for the first, in a transaction that is over soon: to answer that
    there is none would leave it idle.
    """
    row = (await session.execute(_TURN)).one_or_none()
    if row is None:
        return None
    ids = (UUID(int=each.int) for each in row[:3])  # the driver's are not quite Python's
    return Job(*ids, *row[3:])  # type: ignore[arg-type]  # as they are selected


async def take(session: AsyncSession, job: UUID, limit: int) -> list[Written]:
    """The next lines of a job, locked for this transaction."""
    rows = await session.execute(_TAKE, {"job": job, "limit": limit})
    return [Written(line, _cells(cells)) for line, *cells in rows]


async def finish(session: AsyncSession, job: UUID, now: datetime) -> bool:
    """Note that a job is done, if no line of it waits any more."""
    done: Any = await session.execute(_FINISH, {"job": job, "now": now})
    return bool(done.rowcount)


async def award(
    session: AsyncSession, job: UUID, version: int, awards: Mapping[UUID, tuple[UUID, Row]], now: datetime
) -> set[UUID]:
    """Store a job's awards, each with its recipient, whose credentials are issued in this transaction.

    Answers the ids of the new ones.
    """
    rows = [
        {
            "id": award_id,
            "recipient": recipient,
            "completed_on": row.completed_on,
            "evidence": row.evidence,
            "expires_at": row.expires_at,
        }
        for award_id, (recipient, row) in awards.items()
    ]
    values = {"job": job, "version": version, "rows": as_json(rows), "now": now}
    return set(await session.scalars(_AWARD, values))


async def take_back(session: AsyncSession, awards: Collection[UUID]) -> None:
    """Delete awards of this transaction that could not be issued."""
    if awards:
        await session.execute(_TAKE_BACK, {"awards": list(awards)})


async def holders(session: AsyncSession, recipients: Collection[UUID]) -> dict[UUID, Holder]:
    """Whom badges for these recipients name; those who were forgotten are left out."""
    rows = await session.execute(_HOLDERS, {"recipients": list(recipients)})
    return {recipient: Holder(address, wallet) for recipient, address, wallet in rows}


async def have(
    session: AsyncSession, achievement: UUID, occasion: str, recipients: Collection[UUID]
) -> dict[UUID, UUID]:
    """The awards of an achievement for an occasion, by recipient; of any number of recipients."""
    if not recipients:
        return {}
    values = {"achievement": achievement, "occasion": occasion, "recipients": list(recipients)}
    return {row.recipient: row.id for row in await session.execute(_HAVE, values)}


async def done(session: AsyncSession, job: UUID, lines: Sequence[Done], now: datetime) -> None:
    """Note what became of lines."""
    if lines:
        await session.execute(_DONE, {"job": job, "rows": as_json(map(members, lines)), "now": now})


async def set_state(session: AsyncSession, job: UUID, to: State, before: Sequence[State]) -> bool:
    """Change a job's state; False where it was in none of the states `before`."""
    values = {"job": job, "to": to, "before": list(before)}
    return (await session.execute(_SET, values)).one_or_none() is not None


async def cancel_waiting(session: AsyncSession, job: UUID) -> None:
    """Nothing comes of the lines that still wait."""
    await session.execute(_CANCEL, {"job": job})


async def retry_failed(session: AsyncSession, job: UUID) -> int:
    """Have the lines that failed wait again; answers how many."""
    again: Any = await session.execute(_RETRY, {"job": job})
    return int(again.rowcount)


async def progress(session: AsyncSession, job: UUID, seconds: float) -> dict[str, Count]:
    """How many lines of a job had each outcome, and how many of them within the last `seconds`."""
    rows = await session.execute(_PROGRESS, {"job": job, "seconds": seconds})
    return {row.outcome: Count(row.lines, row.lately, row.last) for row in rows}


async def result(session: AsyncSession, job: UUID, after: int, limit: int) -> list[dict[str, Any]]:
    """The lines of a job behind line `after`, with what became of each and its credential's capability."""
    rows = await session.execute(_RESULT, {"job": job, "after": after, "limit": limit})
    return [dict(row._mapping) for row in rows]


async def in_the_way(session: AsyncSession, most: int) -> tuple[bool, bool]:
    """Whether `most` events or more have not left yet, and whether a single award is due."""
    full, single = (await session.execute(_IN_THE_WAY, {"most": most})).one()
    return full, single


async def waiting(
    session: AsyncSession, at: datetime, after: tuple[UUID, int], limit: int
) -> list[tuple[UUID, int, str | None]]:
    """Lines that wait of jobs made until `at`, in order behind (job, line): job, line and address."""
    values = {"at": at, "job": after[0], "line": after[1], "limit": limit}
    rows = await session.execute(_UNKNOWN, values)
    return [(row.job, row.line, row.address) for row in rows]


async def drop(session: AsyncSession, lines: Collection[tuple[UUID, int]]) -> None:
    """Nothing comes of these lines: whom they are about was forgotten."""
    if lines:
        rows = as_json({"job": job, "line": line} for job, line in lines)
        await session.execute(_DROP, {"rows": rows})


async def forget(session: AsyncSession, recipient: UUID, at: datetime) -> None:
    """Delete what lines that are done say about a recipient, in jobs made until `at`."""
    await session.execute(_FORGET, {"recipient": recipient, "at": at})


async def tidy(session: AsyncSession, before: datetime) -> int:
    """Delete what the lines of jobs finished before then say about anybody; answers how many lines."""
    done: Any = await session.execute(_TIDY, {"before": before})
    return int(done.rowcount)


def _cells(cells: Sequence[str | None]) -> dict[Column, str]:
    return {column: cell for column, cell in zip(_TAKEN, cells, strict=True) if cell is not None}
