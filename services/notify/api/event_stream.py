"""Events as they come: server-sent events (WHATWG HTML, section 9.2), each with its position as id.

A stream holds no transaction while it waits, and no event beyond those it is just sending: where the reader
is slow, the server's `send` waits, and nothing is read until it returns.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from services.chassis.database import Database

from ..domain.feed import FeedItem
from ..listeners import Listener, Listeners
from ..usecases import reading
from ..usecases.reading import Hearer

log = logging.getLogger(__name__)
MEDIA_TYPE = "text/event-stream"
_AT_ONCE = 200  # events read and sent in one piece
_RETRY = 3000  # milliseconds after which a client that lost its stream asks again
_FAREWELL = 1.0  # seconds for the last words to be taken


@dataclass
class Source:
    """What goes into one stream, from a position on; `first` is where the feed begins."""

    database: Database
    listeners: Listeners
    hearer: Hearer
    position: int
    silence: float
    first: int = 1
    listener: Listener = field(init=False)

    async def pieces(self) -> AsyncIterator[bytes]:
        """What to send next, without end; a sign of life where there was nothing for `silence` seconds.

        A sign of life carries the position too, so that a client of a narrow filter does not come back to
        where it last heard something.
        """
        yield b"retry: %d\n\n" % _RETRY
        if self.position < self.first - 1:
            yield b": the feed begins at %d, what was before has been dropped\n\n" % self.first
        spoken = time.monotonic()
        while True:
            at = self.position
            items = await self._more()
            if items:
                yield b"".join(map(_block, items))
                spoken = time.monotonic()
            elif time.monotonic() - spoken >= self.silence:
                yield b": still here\nid: %d\n\n" % self.position
                spoken = time.monotonic()
            if self.position == at:
                await self.listener.news(max(self.silence - (time.monotonic() - spoken), 0))

    async def _more(self) -> list[FeedItem]:
        """What is for this hearer among what comes next; moves on."""
        at_hand = self.listeners.after(self.position)
        if at_hand is None:
            return await self._older()
        found = at_hand[:_AT_ONCE]
        if found:
            self.position = found[-1].position
        return [item for item in found if self.hearer.hears(item)]

    async def _older(self) -> list[FeedItem]:
        async with self.listeners.reading, self.database.transaction() as session:
            page = await reading.page(session, self.hearer, self.position, _AT_ONCE)
        self.position = page.next
        return page.items


class EventStream(Response):
    """Streams until the reader goes, the token expires, or the listener is ended; says which."""

    media_type = MEDIA_TYPE

    def __init__(self, source: Source, holder: str, expires: float) -> None:
        headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
        super().__init__(headers=headers)
        del self.headers["content-length"]
        self._source, self._holder, self._expires = source, holder, expires

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, for as long as that is."""
        hearer, listeners = self._source.hearer, self._source.listeners
        self._source.listener = listeners.enter(self._holder, hearer.integration, hearer.client)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            reason = await self._run(receive, send)
            if reason:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_FAREWELL):
                        await send(_body(_farewell(reason), more=False))
        finally:
            listeners.leave(self._source.listener)

    async def _run(self, receive: Receive, send: Send) -> str:
        """Send until something ends it; answers what, or nothing where the reader has gone."""
        writing = asyncio.create_task(self._write(send))
        gone = asyncio.create_task(_gone(receive))
        ended = asyncio.create_task(self._source.listener.ended.wait())
        tasks = (writing, gone, ended)
        try:
            left = max(self._expires - time.time(), 0)
            await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                return ""
            if writing.done():
                log.warning("a stream of events failed", exc_info=writing.exception())
                return "interrupted"
            return self._source.listener.reason if ended.done() else "token-expired"
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _write(self, send: Send) -> None:
        async for piece in self._source.pieces():
            await send(_body(piece))


def _block(item: FeedItem) -> bytes:
    """One event; its body is a single line, as the feed takes no other in."""
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (item.position, item.type.encode(), item.body)


def _farewell(reason: str) -> bytes:
    return b"event: end\ndata: %b\n\n" % json.dumps({"reason": reason}).encode()


def _body(piece: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": piece, "more_body": more}


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
