"""A served notify, its feed filled without NATS, and a client of its event streams."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from services.chassis.database import Database
from services.chassis.testing import until
from services.notify.usecases import feed

MADE = datetime(2026, 1, 1, tzinfo=UTC)


async def fed(database: Database, *bodies: bytes) -> None:
    """Put events into the feed as its writer does."""
    async with database.transaction() as session:
        at = await feed.resume(session, MADE, 2**40)
        await feed.take_in(session, at, at.sequence + len(bodies), bodies, None)


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The application on a port of its own, with its loops running; answers its origin."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=3)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listening]))

        async def started() -> bool:
            return server.started or serving.done()

        await until(started)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@dataclass
class Received:
    """One server-sent event: its fields as they came."""

    event: str = ""
    data: bytes = b""
    id: str = ""
    comment: str = ""
    retry: str = ""


@dataclass
class Reader:
    """Reads a stream block by block."""

    answer: httpx.Response
    lines: AsyncIterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = self.answer.aiter_lines()

    async def block(self) -> Received | None:
        """The next block of any kind; None at the end."""
        found: dict[str, Any] = {}
        async with asyncio.timeout(10):
            async for line in self.lines:
                if not line:
                    break
                name, _, value = line.partition(":")
                found[name or "comment"] = value.removeprefix(" ")
        if not found:
            return None
        return Received(**{**found, "data": found.get("data", "").encode()})

    async def events(self, number: int) -> list[Received]:
        """So many events, whatever comes between them."""
        events: list[Received] = []
        while len(events) < number:
            block = await self.block()
            assert block is not None, f"the stream ended after {len(events)} events"
            events += [block] if block.event else []
        return events


@asynccontextmanager
async def reading(
    origin: str, headers: dict[str, str], *, last: int | None = None, **query: Any
) -> AsyncIterator[Reader]:
    """A stream of events, held open for the length of the block."""
    told = (
        headers | {"Accept": "text/event-stream"} | ({"Last-Event-ID": str(last)} if last is not None else {})
    )
    limits = httpx.Timeout(10, read=None)
    async with (
        httpx.AsyncClient(base_url=origin, timeout=limits) as client,
        client.stream("GET", "/events", headers=told, params=query) as answer,
    ):
        assert answer.status_code == 200, (await answer.aread()).decode()
        yield Reader(answer)


def bodies_of(events: Sequence[Received]) -> list[bytes]:
    """The events themselves."""
    return [each.data for each in events]
