"""Examples at work: each a process of its own, against a running city."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from contracts import subjects
from contracts.envelope import Event, seal, uuid7
from deploy.onemachine.testbed import RunningNats
from services.chassis.testing import CITY, until
from services.notify.settings import Settings

from ..notify.gate.door import example_of, inside

EXAMPLES = Path(__file__).parents[2] / "docs" / "integrators" / "examples"
AWARDED = "col.badges.badge.awarded.v1"
PROGRAMS = {".py": sys.executable, ".mjs": "node", ".sh": "sh"}


@dataclass
class Running:
    """An example that runs: what it has said so far."""

    process: asyncio.subprocess.Process
    said: list[str] = field(default_factory=list)

    async def listen(self) -> None:
        """Take down every line."""
        assert self.process.stdout
        async for line in self.process.stdout:
            self.said.append(line.decode().rstrip())

    async def says(self, *ids: str) -> None:
        """Wait until it has named exactly these events, in this order."""

        async def named() -> bool:
            return self.ids() == list(ids)

        try:
            await until(named, 30)
        except TimeoutError:
            raise AssertionError(f"{self.said} instead of {ids}") from None

    def ids(self) -> list[str]:
        """The last word of each line that tells of an event."""
        return [line.split()[-1] for line in self.said if " col." in f" {line}"]

    async def end(self) -> None:
        """Kill it, and what it has started."""
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()


@dataclass
class Stand:
    """A running city, an integration, and the examples that are its programs."""

    origin: str
    server: RunningNats
    folder: Path
    settings: Settings
    operator: str
    known: dict[str, str] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _running: list[Running] = field(default_factory=list)

    async def register(self) -> None:
        """What an owner does first: `known` then has the client and the integration."""
        self.known = {"CITY_URL": self.origin}
        said = await self.run("register.sh", OWNER_TOKEN=self.operator)
        self.known |= dict(line.split("=", 1) for line in said if "=" in line)

    async def start(self, name: str, **more: str) -> Running:
        """An example that goes on."""
        language = Path(name).suffix
        process = await asyncio.create_subprocess_exec(
            PROGRAMS[language],
            name,
            cwd=self.folder / language.removeprefix("."),
            env=os.environ | self.known | more,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        running = Running(process)
        self._running.append(running)
        self._tasks.append(asyncio.create_task(running.listen()))
        return running

    async def run(self, name: str, **more: str) -> list[str]:
        """An example that ends by itself: what it says."""
        running = await self.start(name, **more)
        async with asyncio.timeout(30):
            await self._tasks[-1]
            assert await running.process.wait() == 0, running.said
        return running.said

    async def happen(self, number: int = 1) -> list[str]:
        """So many badges are awarded, as everybody outside hears of it; answers the events' ids."""
        return await self.publish(*(example_of(AWARDED) for _ in range(number)))

    async def publish(self, *events: Event) -> list[str]:
        """These are in the stream, as their services publish them."""
        ids = []
        for event in events:
            told = orjson.loads(seal(event, "pub", CITY, uuid7()))
            async with inside(self.server, event.service()) as client:
                body = orjson.dumps({"sequence": "0" * 20, **told})
                await client.jetstream().publish(subjects.subject(CITY, "pub", event), body)
            ids.append(told["id"])
        return ids

    async def close(self) -> None:
        """End what still runs."""
        for running in self._running:
            await running.end()
        await asyncio.gather(*self._tasks)


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class Edge:
    """One address for both services, by the first part of the path, as the city's door does it."""

    catalogue: FastAPI
    notify: FastAPI

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        app = self.catalogue if scope["path"].startswith("/oauth/") else self.notify
        await app(scope, receive, send)


@asynccontextmanager
async def served(catalogue: FastAPI, notify: FastAPI) -> AsyncIterator[str]:
    """Both services, running; answers their origin."""
    async with AsyncExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        for app in (catalogue, notify):
            await stack.enter_async_context(app.router.lifespan_context(app))
        edge: Any = Edge(catalogue, notify)
        config = uvicorn.Config(edge, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
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
