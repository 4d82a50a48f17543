"""Subscriptions, as their owners see and change them."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ..domain.filter import Filter
from ..domain.subscription import State, Subscription, Wish
from .integration_tables import IntegrationRow, SubscriptionRow

_FILTER = tuple(Filter.__dataclass_fields__)
_PLAIN = tuple(name for name in Subscription.__dataclass_fields__ if name != "wanted")
_ROTATE = text("""
    UPDATE subscription SET secret_version = secret_version + 1,
        old_secret_until = now() + make_interval(hours => :hours) WHERE id = :id
""")


@dataclass(frozen=True)
class Listener:
    """A subscription that events are kept for, and whose events its integration sees (None: all)."""

    id: UUID
    organisation: UUID | None
    wanted: Filter


async def add(session: AsyncSession, told: Subscription) -> None:
    """Store a new subscription."""
    values = {name: getattr(told, name) for name in _PLAIN} | _lists(told.wanted)
    await session.execute(insert(SubscriptionRow).values(**values, failures=0))


async def one(session: AsyncSession, id_: UUID, *, lock: bool = False) -> Subscription | None:
    """A subscription that has not been removed, or None."""
    row = await session.get(SubscriptionRow, id_, with_for_update=lock or None, populate_existing=True)
    return _subscription(row) if row and row.state != "removed" else None


async def listed(
    session: AsyncSession, integrations: Collection[UUID] | None, after: UUID | None, limit: int
) -> list[Subscription]:
    """Subscriptions of these integrations, or all where it is None, newest first."""
    query = select(SubscriptionRow).where(col(SubscriptionRow.state) != "removed")
    if integrations is not None:
        query = query.where(col(SubscriptionRow.integration).in_(integrations))
    if after:
        query = query.where(col(SubscriptionRow.id) < after)
    rows = await session.scalars(query.order_by(col(SubscriptionRow.id).desc()).limit(limit))
    return [_subscription(row) for row in rows]


async def number(session: AsyncSession, integration: UUID) -> int:
    """How many subscriptions an integration has."""
    mine = (col(SubscriptionRow.integration) == integration, col(SubscriptionRow.state) != "removed")
    return await session.scalar(select(func.count()).select_from(SubscriptionRow).where(*mine)) or 0


async def change(session: AsyncSession, id_: UUID, wish: Wish) -> None:
    """Give a subscription another name, address, filter, order or kind of signature."""
    values = asdict(wish)
    del values["wanted"]
    await _set(session, id_, **values, **_lists(wish.wanted))


async def set_state(session: AsyncSession, id_: UUID, state: State, reason: str | None) -> None:
    """Pause, resume, disable or remove a subscription."""
    await _set(session, id_, state=state, reason=reason)


async def begin_anew(session: AsyncSession, id_: UUID) -> None:
    """Forget the failures of an address: it is asked at once, as if it had never failed."""
    await _set(session, id_, failures=0, failing_since=None, held_until=None)


async def rotate(session: AsyncSession, id_: UUID, keep_hours: int) -> None:
    """Sign by a new secret, and by the old one for so many hours more."""
    await session.execute(_ROTATE, {"id": id_, "hours": keep_hours})


async def listeners(session: AsyncSession) -> list[Listener]:
    """Everybody that new events are kept for: active or paused, of integrations that are there."""
    query = (
        select(SubscriptionRow, col(IntegrationRow.organisation))
        .join(IntegrationRow, col(IntegrationRow.id) == col(SubscriptionRow.integration))
        .where(col(SubscriptionRow.state).in_(("active", "paused")), col(IntegrationRow.state) != "removed")
    )
    found = await session.execute(query.execution_options(populate_existing=True))
    return [Listener(row.id, organisation, _filter(row)) for row, organisation in found]


async def _set(session: AsyncSession, id_: UUID, **values: Any) -> None:
    await session.execute(update(SubscriptionRow).where(col(SubscriptionRow.id) == id_).values(**values))


def _lists(wanted: Filter) -> dict[str, list[Any]]:
    return {name: list(getattr(wanted, name)) for name in _FILTER}


def _filter(row: SubscriptionRow) -> Filter:
    return Filter(**{name: tuple(getattr(row, name)) for name in _FILTER})


def _subscription(row: SubscriptionRow) -> Subscription:
    return Subscription(**{name: getattr(row, name) for name in _PLAIN}, wanted=_filter(row))
