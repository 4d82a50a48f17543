"""Sending again what has been sent, and what was there before anybody subscribed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import uuid7
from services.chassis.database import wake

from ..domain.subscription import Subscription, TooManyReplays, UnderWay, UnknownDelivery
from ..storage import deliveries, integrations, subscriptions
from ..storage import replays as storage
from ..storage.deliveries import DELIVER, Delivery, Queued
from ..storage.replays import Replay
from ..storage.subscriptions import Listener
from .fanout import hears

REPLAY = "replay"  # the loop that works through what is wanted
PORTION = 1000  # events looked at in one transaction
MOST_AT_ONCE = 5  # of one subscription


async def again(session: AsyncSession, subscription: Subscription, id_: UUID, by: str) -> Delivery:
    """Send one settled delivery again. Raises UnknownDelivery, UnderWay."""
    found = await deliveries.one(session, subscription.id, id_)
    if found is None:
        raise UnknownDelivery
    if not await deliveries.again(session, id_):
        raise UnderWay
    what = f"replayed delivery {id_}"
    await integrations.log(session, subscription.integration, by, what, subscription.id)
    wake(session, DELIVER)
    return await deliveries.one(session, subscription.id, id_) or found


async def begin(
    session: AsyncSession,
    subscription: Subscription,
    *,
    failed: bool,
    since: datetime | None,
    after: int | None,
    at: datetime,
    by: str,
) -> Replay:
    """Send again what failed for good, or whatever the feed has `since` or `after`, as the filter is by then.

    Only what there is now: later events come by themselves. Raises TooManyReplays.
    """
    await subscriptions.one(session, subscription.id, lock=True)  # so that two at once are counted
    if await storage.running(session, subscription.id) >= MOST_AT_ONCE:
        raise TooManyReplays
    upto = 0 if failed else await storage.last_position(session)
    wanted = Replay(uuid7(), subscription.id, failed, since, after or 0, upto, 0, "running", at, by)
    await storage.add(session, wanted)
    what = "replays what failed" if failed else f"replays the feed from {since or after or 0}"
    await integrations.log(session, subscription.integration, by, what, subscription.id)
    wake(session, REPLAY)
    return wanted


async def advance(session: AsyncSession) -> bool:
    """One portion of one replay; False where none is to be done. A paused subscription's waits."""
    wanted = await storage.take(session)
    if wanted is None:
        return False
    if wanted.failed:
        queued = await deliveries.failed_again(
            session, wanted.subscription, wanted.since, wanted.created_at, PORTION
        )
        await storage.note(session, wanted.id, wanted.cursor, queued, done=queued < PORTION)
    else:
        await _read_on(session, wanted)
    wake(session, DELIVER)
    return True


async def _read_on(session: AsyncSession, wanted: Replay) -> None:
    subscription = await subscriptions.one(session, wanted.subscription)
    integration = await integrations.one(session, subscription.integration) if subscription else None
    if subscription is None or integration is None:
        return
    listener = Listener(subscription.id, integration.organisation, subscription.wanted)
    found = await storage.kept(session, wanted.cursor, wanted.upto, wanted.since, PORTION)
    due = [
        Queued(uuid7(), listener.id, one.position, one.event, one.facets.type)
        for one in found
        if hears(listener, one.facets)
    ]
    queued = await deliveries.queue(session, due, again=True) if due else 0
    done = len(found) < PORTION
    await storage.note(session, wanted.id, wanted.upto if done else found[-1].position, queued, done=done)
