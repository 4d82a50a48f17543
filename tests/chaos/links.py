"""The city's inner connections, each through a small proxy that can cut or stall it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Literal

State = Literal["open", "cut", "stalled"]
Where = Callable[[], str]
PIECE = 65536  # bytes


class Link:
    """From one part of a city to another. `to` answers the other's host:port, which is not known at first."""

    def __init__(self, to: Where) -> None:
        self._to = to
        self._flows = asyncio.Event()
        self._flows.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._cut = False
        self.port = 0

    def turn(self, state: State) -> None:
        """Cut: connections are dropped and new ones end at once. Stalled: they stay, and no byte passes."""
        self._cut = state == "cut"
        (self._flows.clear if state == "stalled" else self._flows.set)()
        if self._cut:
            self._drop()

    def _drop(self) -> None:
        for writer in list(self._writers):
            transport = writer.transport
            transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self._writers.add(writer)
        try:
            await self._join(reader, writer)
        except OSError:
            pass  # one end or the other is gone
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._flows.wait()
        if self._cut:
            return
        host, _, port = self._to().rpartition(":")
        there, back = await asyncio.open_connection(host, int(port))
        self._writers.add(back)
        try:
            pumps = [asyncio.create_task(self._pump(*pair)) for pair in ((reader, back), (there, writer))]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
        finally:
            self._writers.discard(back)
            back.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while piece := await source.read(PIECE):
            await self._flows.wait()
            sink.write(piece)
            await sink.drain()
        with suppress(OSError):
            sink.write_eof()


@asynccontextmanager
async def listening(link: Link) -> AsyncIterator[Link]:
    """The link, open, on a port of its own."""
    server = await asyncio.start_server(link.serve, "127.0.0.1", 0)
    link.port = server.sockets[0].getsockname()[1]
    try:
        yield link
    finally:
        server.close()
        link.turn("cut")
