"""Events that cannot be handled yet: they wait for something to arrive, for a fault to pass, or for a person.

An event that needs an achievement, an address or the like that is not here yet raises `Needs`; the
transaction that brings the thing calls `release`. An event whose handler fails is tried again with growing
delay, then lies among the dead letters until an operator retries it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from .database import wake


class Needs(Exception):
    """The event needs something that is not here yet; `key` names it, e.g. `achievement:<id>`."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True)
class Waiting:
    """One event that waits in one consumer."""

    consumer: str
    event_id: UUID
    body: bytes
    attempts: int


@dataclass(frozen=True)
class DeadLetter:
    """An event that will not be handled without somebody's help, and why."""

    consumer: str
    event_id: UUID
    reason: str
    attempts: int
    since: datetime


_PARK = text("""
    INSERT INTO waiting (consumer, event_id, body, persons, needs, reason, attempts, next_at)
    VALUES (:consumer, :event_id, :body, :persons, :needs, :reason, 1,
        CASE WHEN :limit > 1 THEN now() + make_interval(secs => :delay) END)
    ON CONFLICT (consumer, event_id) DO UPDATE SET needs = excluded.needs, reason = excluded.reason,
        attempts = waiting.attempts + 1,
        next_at = CASE WHEN waiting.attempts + 1 >= :limit THEN NULL
                  ELSE now() + make_interval(secs => least(:delay * 2 ^ waiting.attempts, 600)) END
""")
_TAKE = text("""
    SELECT consumer, event_id, body, attempts FROM waiting WHERE consumer = :consumer AND next_at <= now()
    ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
""")
_DONE = text("DELETE FROM waiting WHERE consumer = :consumer AND event_id = :event_id")
_RELEASE = text("UPDATE waiting SET next_at = now() WHERE needs = :key")
_DEAD_LETTERS = text("""
    SELECT consumer, event_id, reason, attempts, since FROM waiting
    WHERE next_at IS NULL OR since < now() - interval '24 hours' ORDER BY since
""")
_RETRY = text("""
    UPDATE waiting SET next_at = now(), attempts = 0
    WHERE (next_at IS NULL OR since < now() - interval '24 hours')
        AND (CAST(:id AS uuid) IS NULL OR event_id = :id)
""")
NEVER_DEAD = 1_000_000  # what is merely early is tried for ever, ever more rarely


async def park(
    session: AsyncSession,
    consumer: str,
    event_id: UUID,
    body: bytes,
    *,
    reason: str,
    needs: str | None = None,
    persons: list[UUID] | None = None,
    delay: float = 1.0,
    limit: int = NEVER_DEAD,
) -> None:
    """Keep an event to try again after `delay` seconds, doubling up to 600; dead at `limit` attempts.

    `reason` is the failing exception's name and place: never its values, which may be personal.
    """
    values = {"consumer": consumer, "event_id": event_id, "body": body, "reason": reason, "needs": needs}
    await session.execute(_PARK, values | {"persons": persons or [], "delay": delay, "limit": limit})


async def take(session: AsyncSession, consumer: str) -> Waiting | None:
    """The next event that is due, locked for this transaction, or None."""
    row = (await session.execute(_TAKE, {"consumer": consumer})).one_or_none()
    return Waiting(*row) if row else None


async def done(session: AsyncSession, waiting: Waiting) -> None:
    """The event has been handled: it waits no longer."""
    await session.execute(_DONE, {"consumer": waiting.consumer, "event_id": waiting.event_id})


async def release(session: AsyncSession, key: str) -> None:
    """What `key` names is here: events that need it are handled once this transaction has committed."""
    await session.execute(_RELEASE, {"key": key})
    wake(session, "waiting")


async def dead_letters(connection: AsyncConnection) -> list[DeadLetter]:
    """Events given up after their attempts, or that have waited for 24 hours; oldest first."""
    rows = await connection.execute(_DEAD_LETTERS)
    return [DeadLetter(*row) for row in rows]


async def retry(connection: AsyncConnection, event_id: UUID | None = None) -> int:
    """Try one dead letter again, or all; answers how many."""
    result = await connection.execute(_RETRY, {"id": event_id})
    return int(result.rowcount)
