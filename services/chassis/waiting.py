"""Events that cannot be handled yet: they wait for something to arrive, for a fault to pass, or for a person.

An event that needs an achievement, an address or the like that is not here yet raises `Needs`; the
transaction that brings the thing calls `release`. An event whose handler fails is tried again with growing
delay, then lies among the dead letters until an operator retries it.
"""

from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

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
    SELECT consumer, event_id, body FROM waiting WHERE consumer = :consumer AND next_at <= now()
    ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
""")
_DONE = text("DELETE FROM waiting WHERE consumer = :consumer AND event_id = :event_id")
_RELEASE = text("UPDATE waiting SET next_at = now() WHERE needs = ANY(:keys)")
DEAD = "(next_at IS NULL OR since < now() - interval '24 hours')"
NEVER_DEAD = 1_000_000  # what is merely early is tried for ever, ever more rarely


async def park(
    session: AsyncSession,
    event: Waiting,
    *,
    reason: str,
    needs: str | None,
    persons: list[UUID],
    delay: float,
    limit: int,
) -> None:
    """Keep an event to try again after `delay` seconds, doubling up to 600; dead at `limit` attempts.

    `reason` is the failing exception's name and place: never its values, which may be personal.
    """
    told = {"reason": reason, "needs": needs, "persons": persons, "delay": delay, "limit": limit}
    await session.execute(_PARK, asdict(event) | told)


async def take(session: AsyncSession, consumer: str) -> Waiting | None:
    """The next event that is due, locked for this transaction, or None."""
    row = (await session.execute(_TAKE, {"consumer": consumer})).one_or_none()
    return Waiting(*row) if row else None


async def done(session: AsyncSession, consumer: str, event_id: UUID) -> None:
    """The event has been handled: it waits no longer."""
    await session.execute(_DONE, {"consumer": consumer, "event_id": event_id})


async def release(session: AsyncSession, *keys: str) -> None:
    """What `keys` name is here: events that need it are handled once this transaction has committed."""
    await session.execute(_RELEASE, {"keys": list(keys)})
    wake(session, "waiting")
