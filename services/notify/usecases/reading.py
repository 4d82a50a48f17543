"""Reading the feed: who may hear what, and from which position."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.feed import FeedItem
from ..domain.filter import Filter, matches, type_matches
from ..domain.integration import EVENTS_SCOPE
from ..storage import feed as storage
from .integrations import speaking

WINDOW = 50_000  # positions that one request looks through at most, however few of them match


class BeyondTheEnd(Exception):
    """The feed ends before this position: it was put back to an earlier state. Begin again at its `last`, or
    earlier."""

    field = "query.after"


class ScopeMissing(Exception):
    """This token may not read events: get one with the scope events:read."""


class OtherOrganisation(Exception):
    """This integration sees another organisation's events alone: leave the organisation out."""

    field = "query.organisation"


@dataclass(frozen=True)
class Hearer:
    """Whoever reads, and what they want of what they may hear; `organisation` None is the whole city."""

    integration: UUID | None
    client: UUID | None
    organisation: UUID | None
    wanted: Filter

    def hears(self, item: FeedItem) -> bool:
        """Whether the item is for them."""
        theirs = self.organisation is None or self.organisation == item.organisation
        return theirs and matches(self.wanted, item.facets)


@dataclass(frozen=True)
class Page:
    """Some items. `next` is where to go on, `first` and `last` where the feed begins and ends now."""

    items: list[FeedItem]
    first: int
    next: int
    last: int


async def integration(
    session: AsyncSession, client: UUID | None, scopes: Collection[str], wanted: Filter
) -> Hearer:
    """What a client's integration may hear of what it wants.

    Raises ScopeMissing, NotTheirs, OtherOrganisation.
    """
    if EVENTS_SCOPE not in scopes:
        raise ScopeMissing
    found = await speaking(session, client)
    if found.organisation and set(wanted.organisations) - {found.organisation}:
        raise OtherOrganisation
    return Hearer(found.id, found.client, found.organisation, wanted)


async def page(session: AsyncSession, hearer: Hearer, after: int, limit: int) -> Page:
    """At most `limit` items after a position. Raises BeyondTheEnd.

    A page that is not full need not be the last: `next` moves on all the same.
    """
    at = await storage.cursor(session)
    last = at.position if at else 0
    if after > last:
        raise BeyondTheEnd
    first = await storage.first(session) or last + 1
    start = max(after, first - 1)
    upto = min(start + WINDOW, last)
    wanted = await _with_whole_types(session, hearer.wanted)
    if wanted is None:
        return Page([], first, upto, last)
    items = await storage.between(session, start, upto, limit, wanted, hearer.organisation)
    return Page(items, first, items[-1].position if len(items) == limit else upto, last)


async def _with_whole_types(session: AsyncSession, wanted: Filter) -> Filter | None:
    """The filter with the types that its patterns mean; None where there is no such type in the feed."""
    if not wanted.types:
        return wanted
    types = tuple(one for one in await storage.types(session) if type_matches(wanted.types, one))
    return replace(wanted, types=types) if types else None
