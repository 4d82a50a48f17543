"""Deliveries as they are queued, looked at and asked for again. Sending them is in delivering.py."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ..domain.delivery import State
from .integration_tables import AttemptRow, DeliveryRow

DELIVER = "deliver"  # the loop that sends what is due

_AGAIN = """
    ON CONFLICT (subscription, position) DO UPDATE SET state = 'due', due = now(), changed_at = now(),
        attempts_before = delivery.attempts WHERE delivery.state IN ('delivered', 'failed')
"""
_QUEUE = """
    INSERT INTO delivery (id, subscription, position, event, type, state, attempts, attempts_before, due,
        created_at, changed_at)
    SELECT *, 'due', 0, 0, now(), now(), now() FROM unnest(CAST(:ids AS uuid[]),
        CAST(:subscriptions AS uuid[]), CAST(:positions AS bigint[]), CAST(:events AS uuid[]),
        CAST(:types AS text[]))
"""
_NEW = text(_QUEUE + " ON CONFLICT (subscription, position) DO NOTHING")
_NEW_OR_AGAIN = text(_QUEUE + _AGAIN)
_TEST = text("""
    INSERT INTO delivery (id, subscription, event, type, body, state, attempts, attempts_before, due,
        created_at, changed_at)
    VALUES (:id, :subscription, :event, :type, :body, 'due', 0, 0, now(), now(), now())
""")
_ONE_AGAIN = text("""
    UPDATE delivery SET state = 'due', due = now(), changed_at = now(), attempts_before = attempts
    WHERE id = :id AND state IN ('delivered', 'failed')
    RETURNING id
""")
_FAILED_AGAIN = text("""
    UPDATE delivery SET state = 'due', due = now(), changed_at = now(), attempts_before = attempts
    WHERE id IN (SELECT id FROM delivery
                 WHERE subscription = :subscription AND state = 'failed' AND position IS NOT NULL
                     AND changed_at <= :until
                     AND (CAST(:since AS timestamptz) IS NULL OR changed_at >= :since)
                 ORDER BY id LIMIT :limit)
    RETURNING id
""")
_HASTEN = text("""
    UPDATE delivery SET due = now() WHERE subscription = :subscription AND state = 'due' AND due > now()
""")
_WAITING = text("""
    SELECT (SELECT count(*) FROM delivery WHERE subscription = :subscription AND state = 'due')
        + (SELECT count(*) FROM delivery WHERE subscription = :subscription AND state = 'sending')
""")


@dataclass(frozen=True, slots=True)
class Queued:
    """An event of the feed that is due to a subscription."""

    id: UUID
    subscription: UUID
    position: int
    event: UUID
    type: str


@dataclass(frozen=True)
class Delivery:
    """One event for one subscription. A test event has no position. `due` is when it is tried next."""

    id: UUID
    subscription: UUID
    position: int | None
    event: UUID
    type: str
    state: State
    attempts: int
    due: datetime
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Attempt:
    """One try: what was sent and what came back, both cut."""

    number: int
    at: datetime
    status: int | None
    milliseconds: int
    request: str
    response: str | None
    error: str | None


async def queue(session: AsyncSession, due: Sequence[Queued], *, again: bool = False) -> int:
    """Have events sent, each once per subscription; with `again` also those that have been settled.

    Answers how many are due by this.
    """
    columns = list(zip(*map(astuple, due), strict=True)) or [()] * 5
    names = ("ids", "subscriptions", "positions", "events", "types")
    values = {name: list(column) for name, column in zip(names, columns, strict=True)}
    result = await session.execute(_NEW_OR_AGAIN if again else _NEW, values)
    return int(getattr(result, "rowcount", 0))


async def queue_test(
    session: AsyncSession, id_: UUID, subscription: UUID, event: UUID, type_: str, body: bytes
) -> None:
    """Have a test event sent."""
    values = {"id": id_, "subscription": subscription, "event": event, "type": type_, "body": body}
    await session.execute(_TEST, values)


async def again(session: AsyncSession, id_: UUID) -> bool:
    """Have a settled delivery sent again; False where it has not been settled."""
    return await session.scalar(_ONE_AGAIN, {"id": id_}) is not None


async def hasten(session: AsyncSession, subscription: UUID) -> None:
    """Have everything that waits for its next try sent now."""
    await session.execute(_HASTEN, {"subscription": subscription})


async def failed_again(
    session: AsyncSession, subscription: UUID, since: datetime | None, until: datetime, limit: int
) -> int:
    """Have some of those sent again that failed for good in this time; answers how many."""
    values = {"subscription": subscription, "since": since, "until": until, "limit": limit}
    return len((await session.execute(_FAILED_AGAIN, values)).all())


async def listed(
    session: AsyncSession,
    subscription: UUID,
    state: State | None,
    type_: str | None,
    after: UUID | None,
    limit: int,
) -> list[tuple[Delivery, Attempt | None]]:
    """Deliveries of a subscription with their last attempts, newest first."""
    query = select(DeliveryRow).where(col(DeliveryRow.subscription) == subscription)
    if state:
        query = query.where(col(DeliveryRow.state) == state)
    if type_:
        query = query.where(col(DeliveryRow.type) == type_)
    if after:
        query = query.where(col(DeliveryRow.id) < after)
    rows = (await session.scalars(query.order_by(col(DeliveryRow.id).desc()).limit(limit))).all()
    last = await _last(session, [row.id for row in rows])
    return [(_delivery(row), last.get(row.id)) for row in rows]


async def one(session: AsyncSession, subscription: UUID, id_: UUID) -> Delivery | None:
    """A delivery of that subscription, or None."""
    row = await session.get(DeliveryRow, id_, populate_existing=True)
    return _delivery(row) if row and row.subscription == subscription else None


async def attempts(session: AsyncSession, delivery: UUID) -> list[Attempt]:
    """Every attempt that is still kept, the last first."""
    query = select(AttemptRow).where(col(AttemptRow.delivery) == delivery)
    rows = await session.scalars(query.order_by(col(AttemptRow.number).desc(), col(AttemptRow.id).desc()))
    return [_attempt(row) for row in rows]


async def waiting(session: AsyncSession, subscription: UUID) -> int:
    """How many deliveries of a subscription are due, now or later, or in somebody's hands."""
    return await session.scalar(_WAITING, {"subscription": subscription}) or 0


async def _last(session: AsyncSession, deliveries: list[UUID]) -> dict[UUID, Attempt]:
    query = select(AttemptRow).where(col(AttemptRow.delivery).in_(deliveries))
    ordered = query.order_by(col(AttemptRow.delivery), col(AttemptRow.id).desc())
    rows = await session.scalars(ordered.ext(distinct_on(col(AttemptRow.delivery))))
    return {row.delivery: _attempt(row) for row in rows}


def _delivery(row: DeliveryRow) -> Delivery:
    return Delivery(**{name: getattr(row, name) for name in Delivery.__dataclass_fields__})


def _attempt(row: AttemptRow) -> Attempt:
    return Attempt(**{name: getattr(row, name) for name in Attempt.__dataclass_fields__})
