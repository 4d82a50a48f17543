"""What an operator does with one service's events: dead letters looked at and tried again, all sent again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.journal import REDACTED
from services.chassis.waiting import DEAD

_SHOWN = "consumer, event_id, reason, attempts, since"
_LIST = f"SELECT {_SHOWN} FROM waiting WHERE {DEAD} ORDER BY since"  # noqa: S608 (constants)
_RETRY = f"UPDATE waiting SET next_at = now(), attempts = 0 WHERE {DEAD}"  # noqa: S608 (constants)


@dataclass(frozen=True)
class DeadLetter:
    """An event that will not be handled without somebody's help, and why."""

    consumer: str
    event_id: UUID
    reason: str
    attempts: int
    since: datetime


async def dead_letters(connection: AsyncConnection) -> list[DeadLetter]:
    """Events given up after their attempts, or that have waited for 24 hours; oldest first."""
    rows = await connection.execute(text(_LIST))
    return [DeadLetter(*row) for row in rows]


async def retry(connection: AsyncConnection, event_id: UUID | None = None) -> int:
    """Try one dead letter again, or all; answers how many."""
    one = " AND event_id = :id" if event_id else ""
    result = await connection.execute(text(_RETRY + one), {"id": event_id} if event_id else {})
    return int(result.rowcount)


async def republish(connection: AsyncConnection, since: datetime | None = None) -> int:
    """Mark what was sent (after `since`, or ever) as due again; answers how many events will leave."""
    result = await connection.execute(
        text(
            "UPDATE journal SET sent_at = NULL WHERE sent_at IS NOT NULL AND body <> :redacted"
            " AND (CAST(:since AS timestamptz) IS NULL OR created_at >= :since)"
        ),
        {"redacted": REDACTED, "since": since},
    )
    await connection.execute(text("DELETE FROM consumer_progress"))
    return int(result.rowcount)
