"""The journal: what a transaction did, written in that transaction, as events that will leave.

PostgreSQL is the truth and NATS the delay line, so rows are kept after they were sent.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts import subjects
from contracts.envelope import Event, seal, uuid7

from .database import gather, wake
from .telemetry import current_traceparent

REDACTED = '{"redacted": true}'
_WRITE = text("""
    WITH new AS (
        INSERT INTO journal (event_id, plane, subject, body, about)
        SELECT event_id, plane, subject, body, about::uuid[] FROM unnest(CAST(:event_ids AS uuid[]),
            CAST(:planes AS text[]), CAST(:subjects AS text[]), CAST(:bodies AS text[]),
            CAST(:abouts AS text[])) WITH ORDINALITY AS row(event_id, plane, subject, body, about, place)
        ORDER BY place RETURNING id)
    INSERT INTO unnumbered SELECT id FROM new
""")
_FORGET = text("""
    UPDATE journal SET body = :redacted, about = '{}' WHERE about @> ARRAY[CAST(:person AS uuid)]
""")
_FORGET_WAITING = text("""
    DELETE FROM waiting WHERE persons @> ARRAY[CAST(:person AS uuid)]
        AND (convert_from(body, 'UTF8')::json ->> 'time')::timestamptz <= :at
""")
_REDACT = text("""
    UPDATE journal SET body = :redacted, about = '{}'
    WHERE plane = 'int' AND created_at < :moment AND body <> :redacted
        AND id < coalesce((SELECT min(id) FROM unsent), id + 1)
""")


def emit(session: AsyncSession, event: Event) -> None:
    """Have `event` leave when this transaction commits: whole on `int`, without personal fields on `pub`."""
    city, traceparent = session.info["city"], current_traceparent()
    gather(session, _write, [_row(event, plane, city, traceparent) for plane in event.planes()])
    wake(session, "relay")


async def _write(session: AsyncSession, rows: list[tuple[UUID, str, str, str, str]]) -> None:
    names = "event_ids", "planes", "subjects", "bodies", "abouts"
    await session.execute(_WRITE, dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def _row(
    event: Event, plane: subjects.Plane, city: str, traceparent: str | None
) -> tuple[UUID, str, str, str, str]:
    event_id = uuid7()
    body = seal(event, plane, city, event_id, traceparent)
    about = ",".join(map(str, persons(event))) if plane == "int" else ""
    return event_id, plane, subjects.subject(city, plane, event), body, f"{{{about}}}"


def persons(event: Event) -> list[UUID]:
    """The ids of the people an event is about."""
    values = (getattr(event, name) for name in event.personal_fields())
    return [value for value in values if isinstance(value, UUID)]


async def forget(session: AsyncSession, person: UUID, at: datetime) -> None:
    """Delete what journal and waiting events say about a person. Call it before emitting anything anew.

    Events that were written down after `at` and wait here are of a new beginning, and stay.
    """
    await session.execute(_FORGET, {"person": person, "redacted": REDACTED})
    await session.execute(_FORGET_WAITING, {"person": person, "at": at})


async def redact_before(session: AsyncSession, moment: datetime) -> int:
    """Redact internal payloads of before `moment` that were sent; answers how many."""
    result = await session.execute(_REDACT, {"moment": moment, "redacted": REDACTED})
    return int(getattr(result, "rowcount", 0))
