"""The journal: what a transaction did, written in that transaction, as events that will leave.

PostgreSQL is the truth and NATS the delay line, so rows are kept after they were sent.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, func, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts import subjects
from contracts.envelope import Event, seal, uuid7

from .database import gather, wake
from .tables import journal, waiting
from .telemetry import current_traceparent

REDACTED = '{"redacted": true}'
_UNTIL = text("(convert_from(body, 'UTF8')::json ->> 'time')::timestamptz <= :at")


def emit(session: AsyncSession, event: Event) -> None:
    """Have `event` leave when this transaction commits: whole on `int`, without personal fields on `pub`."""
    gather(session, _write, [_row(event, plane, session.info["city"]) for plane in event.planes()])
    wake(session, "relay")


async def _write(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    await session.execute(journal.insert(), rows)


def _row(event: Event, plane: subjects.Plane, city: str) -> dict[str, Any]:
    event_id = uuid7()
    return {
        "event_id": event_id,
        "plane": plane,
        "subject": subjects.subject(city, plane, event),
        "body": orjson.dumps(seal(event, plane, city, event_id, current_traceparent())).decode(),
        "persons": persons(event) if plane == "int" else [],
    }


def persons(event: Event) -> list[UUID]:
    """The ids of the people an event is about."""
    values = (getattr(event, name) for name in event.personal_fields())
    return [value for value in values if isinstance(value, UUID)]


async def forget(session: AsyncSession, person: UUID, at: datetime) -> None:
    """Delete what journal and waiting events say about a person. Call it before emitting anything anew.

    Events that were written down after `at` and wait here are of a new beginning, and stay.
    """
    nothing = {"body": REDACTED, "persons": [], "sent_at": func.coalesce(journal.c.sent_at, func.now())}
    await session.execute(update(journal).where(journal.c.persons.contains([person])).values(nothing))
    await session.execute(delete(waiting).where(waiting.c.persons.contains([person]), _UNTIL), {"at": at})


async def redact_before(session: AsyncSession, moment: datetime) -> int:
    """Redact internal payloads that were sent before `moment`; answers how many."""
    result = await session.execute(
        update(journal)
        .where(journal.c.plane == "int", journal.c.sent_at < moment, journal.c.body != REDACTED)
        .values(body=REDACTED, persons=[])
    )
    return int(getattr(result, "rowcount", 0))
