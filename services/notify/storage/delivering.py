"""Who is sending which delivery. Waiting times are the database's: no other clock can hold one up.

A delivery in somebody's hands is `sending` until it is settled or the lease on it ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.delivery import BETWEEN_PROBES, FAILURES_IN_A_ROW, State
from ..domain.subscription import Signature

_LINES = text("""
    SELECT s.id, s.url, s.signature, s.secret_version, s.old_secret_until, s.ordered,
        s.failures >= :many AS failing, coalesce(s.held_until > now(), false) AS held
    FROM subscription s JOIN integration i ON i.id = s.integration
    WHERE s.state = 'active' AND i.state = 'active'
""")
_CHOOSE = text("""
    SELECT d.id FROM unnest(CAST(:ids AS uuid[]), CAST(:free AS int[])) AS wanted(id, free)
    CROSS JOIN LATERAL (
        SELECT id FROM delivery WHERE subscription = wanted.id AND state = 'due' AND due <= now()
        ORDER BY due LIMIT wanted.free FOR UPDATE SKIP LOCKED) AS d
""")
# Taken in a statement of its own: the next one then sees what whoever had it before has done.
_HAVE_ALONE = text("""
    SELECT id FROM subscription WHERE id = ANY(CAST(:ids AS uuid[])) FOR NO KEY UPDATE SKIP LOCKED
""")
_CHOOSE_FIRST = text("""
    SELECT wanted.id AS subscription, d.id, d.due <= now() AS ripe
    FROM unnest(CAST(:ids AS uuid[])) AS wanted(id)
    CROSS JOIN LATERAL (
        (SELECT id, due, 0 AS rank, position FROM delivery
         WHERE subscription = wanted.id AND state = 'due' AND position IS NULL AND due <= now() LIMIT 1)
        UNION ALL
        (SELECT id, due, 1 AS rank, position FROM delivery
         WHERE subscription = wanted.id AND state = 'due' AND position IS NOT NULL
         ORDER BY position LIMIT :depth)) AS d
    WHERE NOT EXISTS (SELECT FROM delivery WHERE subscription = wanted.id AND state = 'sending')
    ORDER BY wanted.id, d.rank, d.position
""")
_TAKE = text("""
    WITH taken AS (
        UPDATE delivery SET state = 'sending', claimed_by = :instance, changed_at = now(),
            claimed_until = now() + make_interval(secs => :lease)
        WHERE id = ANY(CAST(:ids AS uuid[])) AND state = 'due'
        RETURNING id, subscription, position, event, body, attempts, attempts_before)
    SELECT taken.id, subscription, taken.position, taken.event, coalesce(taken.body, feed.body) AS body,
        attempts, attempts_before
    FROM taken LEFT JOIN feed ON feed.position = taken.position ORDER BY taken.position NULLS FIRST
""")
_SETTLE = text("""
    UPDATE delivery SET state = r.state, attempts = attempts + r.tried, claimed_by = NULL,
        claimed_until = NULL, due = now() + make_interval(secs => r.delay), changed_at = now()
    FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:delays AS float8[]),
        CAST(:tried AS int[])) AS r(id, state, delay, tried)
    WHERE delivery.id = r.id AND delivery.state = 'sending' AND claimed_by = :instance
""")
_NOTE = text("""
    INSERT INTO attempt (delivery, subscription, number, at, status, milliseconds, request, response, error)
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:subscriptions AS uuid[]), CAST(:numbers AS int[]),
        CAST(:at AS timestamptz[]), CAST(:statuses AS int[]), CAST(:milliseconds AS int[]),
        CAST(:requests AS text[]), CAST(:responses AS text[]), CAST(:errors AS text[]))
""")
_WELL = text("""
    UPDATE subscription SET failures = 0, failing_since = NULL, held_until = NULL
    WHERE id = ANY(CAST(:ids AS uuid[])) AND failing_since IS NOT NULL
""")
_ILL = text("""
    UPDATE subscription s SET
        failures = r.failures + CASE WHEN r.anew THEN 0 ELSE s.failures END,
        failing_since = CASE WHEN r.anew THEN now() ELSE coalesce(s.failing_since, now()) END,
        held_until = greatest(s.held_until, now() + make_interval(secs => greatest(r.hold,
            CASE WHEN r.failures + s.failures >= :many THEN :between ELSE 0 END)))
    FROM unnest(CAST(:ids AS uuid[]), CAST(:failures AS int[]), CAST(:anew AS bool[]),
        CAST(:holds AS float8[])) AS r(id, failures, anew, hold)
    WHERE s.id = r.id AND s.state <> 'removed'
    RETURNING s.id, s.state = 'active' AND s.failing_since <= now() - make_interval(secs => :patience)
""")
_RELEASE = text("UPDATE delivery SET state = 'due' WHERE state = 'sending' AND claimed_by = :instance")
_RELEASE_LATE = text("UPDATE delivery SET state = 'due' WHERE state = 'sending' AND claimed_until < now()")

_FORGET = (
    """
    DELETE FROM attempt WHERE id IN (
        SELECT id FROM attempt WHERE at < now() - make_interval(secs => :kept) LIMIT :most)
    """,
    """
    DELETE FROM delivery WHERE id IN (
        SELECT id FROM delivery WHERE state IN ('delivered', 'failed')
            AND changed_at < now() - make_interval(secs => :kept) LIMIT :most)
    """,
    """
    DELETE FROM delivery WHERE id IN (
        SELECT d.id FROM subscription s JOIN delivery d ON d.subscription = s.id
        WHERE s.state = 'removed' AND :kept > 0 LIMIT :most)
    """,
    """
    DELETE FROM replay WHERE id IN (
        SELECT id FROM replay WHERE state = 'done'
            AND changed_at < now() - make_interval(secs => :kept) LIMIT :most)
    """,
)
_FORGOTTEN_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Line:
    """An active subscription: where its events go, and whether they may go now (`held`: not yet)."""

    id: UUID
    url: str
    signature: Signature
    secret_version: int
    old_secret_until: datetime | None
    ordered: bool
    failing: bool
    held: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery in hand; `body` is None where the event is no longer kept."""

    id: UUID
    subscription: UUID
    position: int | None
    event: UUID
    body: bytes | None
    attempts: int
    attempts_before: int


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt as it is written down."""

    number: int
    at: datetime
    status: int | None
    milliseconds: int
    request: str
    response: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a delivery in hand. Without `tried` it was given back."""

    id: UUID
    subscription: UUID
    state: State
    delay: float
    tried: Tried | None


@dataclass(frozen=True, slots=True)
class Illness:
    """A subscription whose last answer was a failure: how many came in a row, whether after a success, and
    for how many seconds it rests."""

    subscription: UUID
    failures: int
    anew: bool
    hold: float


async def lines(session: AsyncSession) -> list[Line]:
    """Every subscription that deliveries may go to."""
    return [Line(*row) for row in await session.execute(_LINES, {"many": FAILURES_IN_A_ROW})]


async def choose(session: AsyncSession, free: dict[UUID, int]) -> list[UUID]:
    """For each of these subscriptions at most so many deliveries that are due, the longest due first."""
    if not free:
        return []
    found = await session.scalars(_CHOOSE, {"ids": list(free), "free": list(free.values())})
    return list(found)


async def choose_in_order(session: AsyncSession, subscriptions: Sequence[UUID], depth: int) -> list[UUID]:
    """The first deliveries of each of these, up to one that is not due yet; none while others are in hand."""
    if not subscriptions:
        return []
    alone = list(await session.scalars(_HAVE_ALONE, {"ids": list(subscriptions)}))
    chosen, stopped = [], set[UUID]()
    for row in await session.execute(_CHOOSE_FIRST, {"ids": alone, "depth": depth}):
        if not row.ripe:
            stopped.add(row.subscription)
        if row.subscription not in stopped:
            chosen.append(row.id)
    return chosen


async def take(session: AsyncSession, chosen: Sequence[UUID], instance: str, lease: float) -> list[Taken]:
    """Take the chosen ones in hand for `lease` seconds, in the order of their positions."""
    if not chosen:
        return []
    values = {"ids": list(chosen), "instance": instance, "lease": lease}
    return [Taken(*row) for row in await session.execute(_TAKE, values)]


async def settle(session: AsyncSession, results: Sequence[Settled], instance: str) -> None:
    """Write down what became of deliveries that this instance has in hand, and every attempt."""
    columns = {
        "ids": [one.id for one in results],
        "states": [one.state for one in results],
        "delays": [one.delay for one in results],
        "tried": [int(one.tried is not None) for one in results],
    }
    await session.execute(_SETTLE, columns | {"instance": instance})
    tried = [(one.id, one.subscription, one.tried) for one in results if one.tried]
    if tried:
        await session.execute(_NOTE, _attempts(tried))


def _attempts(tried: Sequence[tuple[UUID, UUID, Tried]]) -> dict[str, list[object]]:
    return {
        "ids": [delivery for delivery, _, _ in tried],
        "subscriptions": [subscription for _, subscription, _ in tried],
        "numbers": [one.number for _, _, one in tried],
        "at": [one.at for _, _, one in tried],
        "statuses": [one.status for _, _, one in tried],
        "milliseconds": [one.milliseconds for _, _, one in tried],
        "requests": [one.request for _, _, one in tried],
        "responses": [one.response for _, _, one in tried],
        "errors": [one.error for _, _, one in tried],
    }


async def note_well(session: AsyncSession, subscriptions: Sequence[UUID]) -> None:
    """The last answer of these was a success."""
    if subscriptions:
        await session.execute(_WELL, {"ids": sorted(subscriptions)})


async def note_ill(session: AsyncSession, found: Sequence[Illness], patience: float) -> list[UUID]:
    """The last answers of these were failures; answers which have failed for `patience` seconds."""
    if not found:
        return []
    values = {
        "ids": [one.subscription for one in found],
        "failures": [one.failures for one in found],
        "anew": [one.anew for one in found],
        "holds": [one.hold for one in found],
        "many": FAILURES_IN_A_ROW,
        "between": BETWEEN_PROBES,
        "patience": patience,
    }
    return [row[0] for row in await session.execute(_ILL, values) if row[1]]


async def release(session: AsyncSession, instance: str) -> None:
    """What the process before of this instance had in hand is due again."""
    await session.execute(_RELEASE, {"instance": instance})


async def release_late(session: AsyncSession) -> int:
    """What somebody has had in hand for longer than the lease is due again; answers how many deliveries."""
    return int(getattr(await session.execute(_RELEASE_LATE), "rowcount", 0))


async def forget(session: AsyncSession, days: float) -> bool:
    """Delete some of what was settled so many days ago, or of removed subscriptions; is there more?"""
    values = {"kept": days * 86_400, "most": _FORGOTTEN_AT_ONCE}
    gone = [getattr(await session.execute(text(one), values), "rowcount", 0) for one in _FORGET]
    return max(gone) == _FORGOTTEN_AT_ONCE
