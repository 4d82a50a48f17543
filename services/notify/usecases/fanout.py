"""What new events of the feed lead to: a delivery for each subscription that wants them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import uuid7
from services.chassis.database import wake

from ..domain.feed import FeedItem
from ..domain.filter import Facets, matches, type_matches
from ..storage import deliveries, subscriptions
from ..storage.deliveries import DELIVER, Queued
from ..storage.subscriptions import Listener


async def fan_out(session: AsyncSession, rows: Sequence[FeedItem]) -> None:
    """Write down what is due to whom, in the transaction that puts `rows` into the feed.

    Subscriptions that are paused have it kept; to those that are disabled it can be replayed.
    """
    listeners = await subscriptions.listeners(session)
    if listeners and rows:
        await deliveries.queue(session, list(_matching(rows, listeners)))
        wake(session, DELIVER)


def _matching(rows: Sequence[FeedItem], listeners: Sequence[Listener]) -> Iterator[Queued]:
    """Types are compared once per type and not once per event: there are few of them."""
    of_type: dict[str, list[Listener]] = {}
    for row in rows:
        if row.type not in of_type:
            of_type[row.type] = list(_of_type(listeners, row.type))
        for listener in of_type[row.type]:
            if hears(listener, row.facets):
                yield Queued(uuid7(), listener.id, row.position, row.event, row.type)


def _of_type(listeners: Sequence[Listener], type_: str) -> Iterator[Listener]:
    """Those that want this type, with what else they want."""
    for one in listeners:
        if not one.wanted.types or type_matches(one.wanted.types, type_):
            yield replace(one, wanted=replace(one.wanted, types=()))


def hears(listener: Listener, event: Facets) -> bool:
    """Whether an event is for this subscription: its integration sees it, and the filter matches."""
    seen = listener.organisation is None or listener.organisation == event.organisation
    return seen and matches(listener.wanted, event)
