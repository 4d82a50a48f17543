"""Subscriptions: made, changed, paused, resumed, given new secrets and removed; every such act is logged."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import uuid7
from services.chassis.database import wake

from ..domain.filter import check_type_pattern
from ..domain.integration import Integration
from ..domain.subscription import Subscription, TooManySubscriptions, UnknownSubscription, Wish
from ..storage import deliveries, integrations
from ..storage import subscriptions as storage
from ..storage.deliveries import DELIVER


async def subscribe(
    session: AsyncSession, integration: Integration, wish: Wish, at: datetime, by: str, most: int
) -> Subscription:
    """Store a new subscription; an integration may have `most`.

    Raises TooManySubscriptions, UnknownTypePattern.
    """
    _check(wish)
    await integrations.one(session, integration.id, lock=True)  # so that two at once are counted
    if await storage.number(session, integration.id) >= most:
        raise TooManySubscriptions
    told = Subscription(
        id=uuid7(),
        integration=integration.id,
        **{name: getattr(wish, name) for name in Wish.__dataclass_fields__},
        secret_version=1,
        old_secret_until=None,
        state="active",
        reason=None,
        failing_since=None,
        created_at=at,
        created_by=by,
    )
    await storage.add(session, told)
    await integrations.log(session, integration.id, by, "subscribed", told.id)
    return told


async def find(session: AsyncSession, id_: UUID, *, lock: bool = False) -> Subscription:
    """The subscription. Raises UnknownSubscription."""
    found = await storage.one(session, id_, lock=lock)
    if found is None:
        raise UnknownSubscription
    return found


async def change(session: AsyncSession, id_: UUID, wish: Wish, by: str) -> Subscription:
    """Another name, address, filter, order or kind of signature; another address is asked afresh.

    What is due already stays due. Raises UnknownSubscription, UnknownTypePattern.
    """
    _check(wish)
    found = await find(session, id_, lock=True)
    await storage.change(session, id_, wish)
    if wish.signature != found.signature:
        await storage.rotate(session, id_, 0)
    if wish.url != found.url:
        await storage.begin_anew(session, id_)
    await _log(session, found, by, "changed subscription")
    wake(session, DELIVER)
    return await find(session, id_)


async def pause(session: AsyncSession, id_: UUID, by: str, reason: str | None) -> Subscription:
    """Send nothing until it is resumed; what happens meanwhile is kept for it."""
    found = await find(session, id_, lock=True)
    await storage.set_state(session, id_, "paused", reason)
    await _log(session, found, by, "paused subscription")
    wake(session, DELIVER)
    return await find(session, id_)


async def resume(session: AsyncSession, id_: UUID, by: str) -> Subscription:
    """Send again what was kept and what comes, at once and as if it had never failed."""
    found = await find(session, id_, lock=True)
    await storage.set_state(session, id_, "active", None)
    await storage.begin_anew(session, id_)
    await deliveries.hasten(session, id_)
    await _log(session, found, by, "resumed subscription")
    wake(session, DELIVER)
    return await find(session, id_)


async def rotate(session: AsyncSession, id_: UUID, keep_hours: int, by: str) -> Subscription:
    """Sign by a new secret, and for so many hours by the old one too."""
    found = await find(session, id_, lock=True)
    await storage.rotate(session, id_, keep_hours)
    await _log(session, found, by, f"new secret; the old one signs for {keep_hours} h more")
    return await find(session, id_)


async def remove(session: AsyncSession, id_: UUID, by: str) -> None:
    """End a subscription with all that is due to it."""
    found = await find(session, id_, lock=True)
    await storage.set_state(session, id_, "removed", None)
    await _log(session, found, by, "removed subscription")
    wake(session, DELIVER)


def _check(wish: Wish) -> None:
    for pattern in wish.wanted.types:
        check_type_pattern(pattern)


async def _log(session: AsyncSession, subscription: Subscription, by: str, what: str) -> None:
    await integrations.log(session, subscription.integration, by, what, subscription.id)
