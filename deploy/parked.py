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
_BACK = text("""
    WITH first AS (SELECT min(sequence) AS number FROM numbered JOIN journal USING (id)
        WHERE CAST(:since AS timestamptz) IS NULL OR created_at >= :since)
    UPDATE relayed SET upto = least(upto, number - 1) FROM first
""")
_AGAIN = text("""
    SELECT count(*) FROM numbered JOIN journal USING (id)
    WHERE sequence > (SELECT upto FROM relayed) AND body <> :redacted
""")
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
    """Have what was sent leave again, all of it or from the first event of `since` on; answers how many."""
    await connection.execute(_BACK, {"since": since})
    await connection.execute(text("DELETE FROM consumer_progress"))
    again = await connection.execute(_AGAIN, {"redacted": REDACTED})
    return int(again.scalar_one())
