"""The feed's writing: what came from the stream, put down in its order, each event once."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.database import wake
from services.chassis.telemetry import counter

from ..domain.feed import ACHIEVEMENT, Cursor, Told, Unreadable, placed, read
from ..storage import feed as storage
from .fanout import fan_out

log = logging.getLogger(__name__)
NEWS = "news"  # the loop that tells whoever reads the feed as it grows
_TRIMMED = 1000  # rows dropped in one transaction
_kept = counter("col_feed_events", "public events by what became of them")


class Overtaken(Exception):
    """Another process writes the feed."""


async def resume(session: AsyncSession, created: datetime, last: int) -> Cursor:
    """Where to go on in a stream made at `created` that ends at `last`: from its start where it is another.

    A stream that ends before what was read from it has been put back to an older state, and is another too.
    """
    found = await storage.cursor(session, lock=True) or Cursor(created, 0, 0)
    if found.stream_created != created or found.sequence > last:
        found = replace(found, stream_created=created, sequence=0)
    await storage.place(session, found)
    return found


async def take_in(
    session: AsyncSession, at: Cursor, sequence: int, bodies: Sequence[bytes], oldest: datetime | None
) -> Cursor:
    """Add those of these events that are new, in their order; `sequence` is the last one's in the stream.

    Events that were written down before `oldest` are not kept any more, and not taken in again. Raises
    Overtaken where the feed has not ended at `at`.
    """
    told = [each for body in bodies if (each := _readable(body)) and not (oldest and each.time < oldest)]
    fresh = await _new(session, told)
    cursor = replace(at, sequence=sequence, position=at.position + len(fresh))
    now = await storage.advance(session, at, cursor)
    if now is None:
        raise Overtaken
    if fresh:
        items = placed(fresh, at.position, await _skills(session, fresh))
        await storage.add(session, items, now)
        await fan_out(session, items)
        wake(session, NEWS)
    _kept.add(len(fresh), {"outcome": "kept"})
    return cursor


async def trim(session: AsyncSession, now: datetime, days: int) -> bool:
    """Drop some of what is older than the city keeps; whether there may be more."""
    return await storage.trim(session, now - timedelta(days=days), _TRIMMED) == _TRIMMED


def _readable(body: bytes) -> Told | None:
    """Nobody but services can publish, so what is no event has no reader who would miss it."""
    try:
        return read(body)
    except Unreadable:
        log.error("a public message of %d bytes is no event and is left out of the feed", len(body))
        _kept.add(1, {"outcome": "unreadable"})
        return None


async def _new(session: AsyncSession, told: Sequence[Told]) -> list[Told]:
    """Those not had before, each once."""
    first = {each.event: each for each in reversed(told)}
    had = await storage.had(session, first)
    return [each for each in told if each is first[each.event] and each.event not in had]


async def _skills(session: AsyncSession, told: Sequence[Told]) -> dict[UUID, tuple[str, ...]]:
    """Learn what achievements teach; answers the skills of all that are spoken of."""
    published: dict[UUID, tuple[int, Sequence[str]]] = {}
    for each in told:
        achievement = each.facets.achievement
        if achievement and each.facets.type.startswith(ACHIEVEMENT):
            newest = published.get(achievement, (0, ()))
            published[achievement] = max(newest, (each.version, each.facets.skills))
    if published:
        await storage.note_skills(session, published)
    spoken_of = {each.facets.achievement for each in told if each.facets.achievement}
    return await storage.skills(session, spoken_of) if spoken_of else {}
