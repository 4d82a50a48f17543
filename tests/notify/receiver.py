"""A receiver of webhooks that answers as it is told: a real HTTP server on a port of its own."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson


@dataclass
class Got:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: datetime

    @property
    def id(self) -> str:
        """The event's id."""
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        """The event."""
        read: dict[str, Any] = orjson.loads(self.body)
        return read


Answer = Callable[[Got], str | bytes]


@dataclass
class Receiver:
    """What came in, and what is answered: a status line with headers, the same for all or by request."""

    answer: str | Answer = "204 No Content"
    delay: float = 0.0
    got: list[Got] = field(default_factory=list)
    answered: list[Got] = field(default_factory=list)
    port: int = 0
    connections: int = 0
    at_once: Counter[str] = field(default_factory=Counter)
    most_at_once: int = 0

    def url(self, path: str = "/hook") -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}{path}"

    def ids(self, path: str | None = None) -> list[str]:
        """The event ids that came, in order, to that path or to all."""
        return [one.id for one in self.got if path in (None, one.path)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while request := await _read(reader):
                await self._take(request, writer)
        writer.close()

    async def _take(self, request: Got, writer: asyncio.StreamWriter) -> None:
        self.got.append(request)
        self.at_once[request.path] += 1
        self.most_at_once = max(self.most_at_once, self.at_once[request.path])
        try:
            if self.delay:
                await asyncio.sleep(self.delay)
            said = self.answer(request) if callable(self.answer) else self.answer
            if isinstance(said, str):
                more = "" if "\r\n\r\n" in said else "\r\nContent-Length: 0\r\n\r\n"
                said = f"HTTP/1.1 {said}{more}".encode()
            writer.write(said)
            await writer.drain()
            self.answered.append(request)
        finally:
            self.at_once[request.path] -= 1


async def _read(reader: asyncio.StreamReader) -> Got | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Got(first.split(" ")[1], headers, body, datetime.now(UTC))


@asynccontextmanager
async def receiving(receiver: Receiver, port: int = 0, **more: Any) -> AsyncIterator[Receiver]:
    """The receiver, listening; with `port` on that one again."""
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", port, backlog=1000, **more)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        server.close_clients() if hasattr(server, "close_clients") else None
        await asyncio.sleep(0)
