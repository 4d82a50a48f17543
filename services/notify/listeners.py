"""Who holds a stream of events open in this process, and what is new for them.

One look at the feed serves all: what has been added lately is kept at hand, and a stream that has come so far
asks the database for nothing.
"""

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Any
from uuid import UUID

import uvicorn

from services.chassis.database import Database
from services.chassis.telemetry import meter
from services.chassis.work import Loop

from .domain.feed import FeedItem
from .storage import feed as storage
from .storage import integrations
from .usecases.feed import NEWS
from .usecases.integrations import CUT

_KEPT = 2000  # latest events kept at hand while anybody listens
_UNKNOWN = -1  # before the first look
_READS = 4  # streams that may read older events from the database at once
_open = meter.create_up_down_counter("col_event_streams", description="streams of events held open")


class TooManyStreams(Exception):
    """So many streams are open already as one integration may have; close one, or read pages."""


@dataclass(eq=False)
class Listener:
    """One open stream: whose it is, what it may go on as, and whether something is new or it must end."""

    holder: str
    integration: UUID | None
    client: UUID | None
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    reason: str = ""

    def end(self, reason: str) -> None:
        """Let the stream end; `reason` is told."""
        self.reason = reason
        self.ended.set()

    async def news(self, seconds: float) -> None:
        """Wait until there is something new, at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stirred.wait()
        self.stirred.clear()


@dataclass
class Listeners:
    """All streams that are open in this process."""

    most: int
    open: set[Listener] = field(default_factory=set)
    latest: list[FeedItem] = field(default_factory=list)
    reached: int = _UNKNOWN
    stopping: bool = False
    reading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_READS))

    def check(self, holder: str) -> None:
        """Raises TooManyStreams where this one may open no more."""
        if sum(each.holder == holder for each in self.open) >= self.most:
            raise TooManyStreams

    def enter(self, holder: str, integration: UUID | None, client: UUID | None) -> Listener:
        """A new stream, which was checked just before."""
        listener = Listener(holder, integration, client)
        self.open.add(listener)
        _open.add(1)
        if self.stopping:
            listener.end("stopping")
        return listener

    def leave(self, listener: Listener) -> None:
        """The stream is over."""
        self.open.discard(listener)
        _open.add(-1)

    def stop(self) -> None:
        """End every stream: the process is about to stop."""
        self.stopping = True
        for listener in self.open:
            listener.end("stopping")

    def after(self, position: int) -> Sequence[FeedItem] | None:
        """What came after this position, where all of it is at hand; else None."""
        first = self.latest[0].position if self.latest else self.reached + 1
        if not first - 1 <= position <= self.reached:
            return None
        return self.latest[position + 1 - first :]

    async def look(self, database: Database) -> bool:
        """Fetch what is new since the last look and stir everyone; whether there may be more."""
        if not self.open:
            self.latest, self.reached = [], _UNKNOWN
            return False
        async with database.transaction() as session:
            now = await storage.cursor(session)
            end = now.position if now else 0
            start = end if self.reached == _UNKNOWN else self.reached  # the first look begins at the end
            fresh = await storage.between(session, start, end, _KEPT // 2) if end > start else []
        changed = end != self.reached
        self.reached = fresh[-1].position if fresh else end
        self.latest = [*self.latest, *fresh][-_KEPT:]
        for listener in self.open if changed else ():
            listener.stirred.set()
        return self.reached < end

    async def cut(self, database: Database) -> None:
        """End the streams of integrations that may hear no more, or speak through another client now."""
        held = {each.integration for each in self.open if each.integration}
        if not held:
            return
        async with database.transaction() as session:
            clients = await integrations.active_clients(session, held)
        for listener in self.open:
            if listener.integration and clients.get(listener.integration) != listener.client:
                listener.end("integration-ended")


def loops(listeners: Listeners, database: Database) -> list[Loop]:
    """What keeps them informed, and ends those that may hear no more."""
    _stop_with_the_server(listeners.stop)

    async def look() -> bool:
        return await listeners.look(database)

    async def cut() -> bool:
        await listeners.cut(database)
        return False

    return [Loop(NEWS, look, idle=0.5), Loop(CUT, cut, idle=1)]


def _stop_with_the_server(stop: Callable[[], None]) -> None:
    """Have `stop` called when uvicorn is told to stop.

    It waits for open answers before it tells the application anything, and these never end by themselves.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        told = signal.getsignal(number)
        if isinstance(getattr(told, "__self__", None), uvicorn.Server) and callable(told):
            signal.signal(number, _both(loop, stop, told))


def _both(
    loop: asyncio.AbstractEventLoop, stop: Callable[[], None], told: Callable[[int, FrameType | None], Any]
) -> Callable[[int, FrameType | None], None]:
    def heard(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop)
        told(number, frame)

    return heard
