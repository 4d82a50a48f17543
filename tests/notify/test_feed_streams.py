"""The feed as server-sent events, over real connections."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Message

from contracts.catalogue import ClientRevoked
from contracts.envelope import Event
from services.chassis.app import create_app
from services.chassis.testing import Keyring, until
from services.notify.api.event_stream import EventStream, Source
from services.notify.app import service
from services.notify.domain.filter import Filter
from services.notify.listeners import Listeners
from services.notify.settings import Settings
from services.notify.usecases.reading import Hearer
from tests.contracts.payloads import example

from .conftest import City
from .outside import integrated
from .public import change, joined, public
from .streams import Reader, bodies_of, fed, reading, served
from .test_feed import PUBLIC, of

ROOT = Path(__file__).parents[2]


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """The application, with signs of life every half second and two streams for each integration."""
    changes = {"stream_heartbeat_seconds": 0.5, "streams_per_integration": 2}
    return create_app(service(settings.model_copy(update=changes)))


@pytest.fixture
async def origin(app: FastAPI, city: City) -> AsyncIterator[str]:
    """Where it is served."""
    async with served(app) as origin:
        yield origin


@pytest.fixture
def operator(keyring: Keyring) -> dict[str, str]:
    """Credentials of an operator."""
    return keyring.headers(operator=True)


async def end_of(reader: Reader) -> str:
    """Why the stream ended, which must be its last word."""
    (last,) = await reader.events(1)
    assert last.event == "end" and not last.id
    assert await reader.block() is None
    reason: str = orjson.loads(last.data)["reason"]
    return reason


async def test_events_come_as_they_are_from_the_beginning_and_then_as_they_happen(
    city: City, origin: str, operator: dict[str, str]
) -> None:
    old, new = ([public(joined()) for _ in range(number)] for number in (450, 30))
    await fed(city.database, *old)
    async with reading(origin, operator) as reader:
        assert reader.answer.headers["content-type"].startswith("text/event-stream")
        first = await reader.block()
        assert first and first.retry == "3000"
        events = await reader.events(450)
        for body in new:
            await fed(city.database, body)
        events += await reader.events(30)
    assert bodies_of(events) == [*old, *new]
    assert [int(each.id) for each in events] == list(range(1, 481))
    assert {each.event for each in events} == {"col.catalogue.activity.joined.v1"}


async def test_a_stream_is_resumed_without_a_gap(
    city: City, http: httpx.AsyncClient, origin: str, operator: dict[str, str]
) -> None:
    bodies = [public(joined()) for _ in range(20)]
    await fed(city.database, *bodies[:10])
    async with reading(origin, operator, after=3) as reader:
        seen = await reader.events(4)
    await fed(city.database, *bodies[10:])
    async with reading(origin, operator, after=3, last=int(seen[-1].id)) as reader:
        seen += await reader.events(13)
    assert bodies_of(seen) == bodies[3:]
    beyond = operator | {"Accept": "text/event-stream", "Last-Event-ID": "21"}
    answer = await http.get("/events", headers=beyond)
    assert answer.status_code == 422


async def test_a_stream_says_that_its_beginning_has_been_dropped(
    city: City, origin: str, operator: dict[str, str]
) -> None:
    await fed(city.database, *(public(joined()) for _ in range(9)))
    await change(city.database, "DELETE FROM feed WHERE position < 6")
    async with reading(origin, operator, after=2) as reader:
        await reader.block()
        told = await reader.block()
        assert told and "begins at 6" in told.comment
        assert [each.id for each in await reader.events(4)] == ["6", "7", "8", "9"]


@pytest.mark.parametrize("busy", [False, True])
async def test_silence_is_broken_and_moves_the_position_on(
    city: City, origin: str, operator: dict[str, str], busy: bool
) -> None:
    """Also where much happens that is not wanted."""

    async def happen() -> None:
        await fed(city.database, public(joined()))
        while busy:
            await asyncio.sleep(0.02)
            await fed(city.database, public(joined()))

    async with reading(origin, operator, types="badges.*") as reader:
        await reader.block()
        happening = asyncio.create_task(happen())

        async def moved() -> bool:
            block = await reader.block()
            return block is not None and bool(block.comment) and int(block.id) > 0

        await until(moved)
        happening.cancel()
        await asyncio.gather(happening, return_exceptions=True)


async def test_an_integration_of_one_organisation_streams_nothing_of_another(
    city: City, http: httpx.AsyncClient, origin: str, keyring: Keyring
) -> None:
    """For every type of event, both those that were there before and those that come."""
    other = uuid4()
    _, machine = await integrated(city, http, keyring, city.organisation)
    pairs = [[public(of(example(kind), each)) for each in (other, city.organisation)] for kind in PUBLIC]
    flat = [body for pair in pairs for body in pair]
    half = len(flat) // 4 * 2
    await fed(city.database, *flat[:half])
    own = [pair[1] for kind, pair in zip(PUBLIC, pairs, strict=True) if owned(kind)]
    async with reading(origin, machine) as reader:
        await fed(city.database, *flat[half:])
        assert bodies_of(await reader.events(len(own))) == own
        nothing = await reader.block()
        assert nothing is None or nothing.comment


def owned(kind: type[Event]) -> bool:
    """Whether it is always one organisation's fact."""
    return "organisation" in kind.model_fields


@pytest.mark.parametrize("how", ["pause", "remove", "revoke", "other client"])
async def test_what_an_integration_holds_open_is_cut_within_a_second(
    city: City, http: httpx.AsyncClient, origin: str, keyring: Keyring, operator: dict[str, str], how: str
) -> None:
    integration, machine = await integrated(city, http, keyring, None)
    client = (await http.get(f"/integrations/{integration}", headers=operator)).json()["client"]
    async with reading(origin, machine) as reader:
        await reader.block()
        started = time.perf_counter()
        if how == "pause":
            await http.post(f"/integrations/{integration}/pause", json={}, headers=operator)
        elif how == "remove":
            await http.delete(f"/integrations/{integration}", headers=operator)
        elif how == "revoke":
            await city.hear(ClientRevoked(client=client))
        else:  # as a replica changes it, which wakes nobody here
            async with city.database.transaction() as session:
                await _give_another_client(session, integration)
        assert await end_of(reader) == "integration-ended"
        assert time.perf_counter() - started < 3
    answer = await http.get("/events", headers=machine)
    assert answer.status_code == 403


async def _give_another_client(session: AsyncSession, integration: str) -> None:
    statement = text("UPDATE integration SET client = gen_random_uuid() WHERE id = :id")
    await session.execute(statement, {"id": integration})


async def test_a_stream_ends_with_its_token(city: City, origin: str, keyring: Keyring) -> None:
    await fed(city.database, public(joined()))
    short = keyring.headers(operator=True, expires_in=4)  # whole seconds, on a machine that may be busy
    async with reading(origin, short) as reader:
        assert [each.id for each in await reader.events(1)] == ["1"]
        assert await end_of(reader) == "token-expired"


async def test_an_integration_holds_so_many_streams_and_no_more(
    city: City, http: httpx.AsyncClient, origin: str, keyring: Keyring
) -> None:
    _, machine = await integrated(city, http, keyring, None)
    _, other = await integrated(city, http, keyring, None)
    asked = {"Accept": "text/event-stream"}
    async with reading(origin, machine), httpx.AsyncClient(base_url=origin) as client:
        async with reading(origin, machine), reading(origin, other):
            answer = await client.get("/events", headers=machine | asked)
            assert answer.status_code == 429 and "too-many-streams" in answer.json()["type"]

        async def free_again() -> bool:
            async with client.stream("GET", "/events", headers=machine | asked) as another:
                return another.status_code == 200

        await until(free_again)


async def test_a_slow_reader_holds_up_nobody(city: City, origin: str, operator: dict[str, str]) -> None:
    bodies = [public(joined()) for _ in range(10_000)]
    for start in range(0, 10_000, 1000):
        await fed(city.database, *bodies[start : start + 1000])
    host, _, port = origin.removeprefix("http://").partition(":")
    slow = socket.create_connection((host, int(port)))
    asked = "\r\n".join(
        f"{name}: {value}" for name, value in (operator | {"Accept": "text/event-stream"}).items()
    )
    slow.sendall(f"GET /events HTTP/1.1\r\nHost: city\r\n{asked}\r\n\r\n".encode())
    async with reading(origin, operator, after=9_000) as reader:
        assert len(await reader.events(1000)) == 1000
        await fed(city.database, public(joined()))
        assert [each.id for each in await reader.events(1)] == ["10001"]
    slow.close()


async def test_nothing_is_read_for_somebody_who_does_not_take_it(city: City) -> None:
    """`send` waits while the network's buffers are full; so long no page is fetched and no memory taken."""
    for _ in range(4):
        await fed(city.database, *(public(joined()) for _ in range(500)))
    listeners, full, taken = Listeners(1), asyncio.Event(), [0]
    source = Source(city.database, listeners, Hearer(None, None, None, Filter()), 0, 15)

    async def send(message: Message) -> None:
        taken[0] += len(message.get("body", b""))
        if taken[0] > 100_000:
            full.set()
            await asyncio.Event().wait()

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    stream = EventStream(source, "somebody", time.time() + 60)
    sending = asyncio.create_task(stream({"type": "http"}, receive, send))
    await asyncio.wait_for(full.wait(), 10)
    assert 200 <= source.position <= 400
    started = time.perf_counter()
    listeners.stop()
    await sending
    assert time.perf_counter() - started < 3 and not listeners.open


async def test_the_process_stops_at_once_whatever_is_held_open(
    city: City, operator: dict[str, str], settings: Settings
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        "-m",
        "uvicorn",
        "--factory",
        "services.notify.app:app",
        "--port",
        str(port),
        "--no-access-log",
    ]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=ROOT,
        env=os.environ | environment(settings),
        stderr=asyncio.subprocess.PIPE,
    )
    origin = f"http://127.0.0.1:{port}"

    async def up() -> bool:
        async with httpx.AsyncClient() as client:
            try:
                return (await client.get(f"{origin}/notify/health/live")).status_code == 200
            except httpx.HTTPError:
                return False

    await until(up, seconds=30)
    async with reading(origin, operator) as reader:
        await reader.block()
        started = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        assert await end_of(reader) == "stopping"
        _, told = await process.communicate()
    assert time.perf_counter() - started < 5
    assert b"Traceback" not in told and b"without completing" not in told


def environment(settings: Settings) -> dict[str, str]:
    """The settings as a process is given them."""
    return {
        "CITY": settings.city,
        "PUBLIC_URL": settings.public_url,
        "DATABASE_URL": settings.database_url,
        "JWKS_FILE": str(settings.jwks_file),
        "NATS_URL": "nats://127.0.0.1:9",
        "STATE_DIR": str(settings.state_dir),
        "RECIPIENT_SECRET": settings.recipient_secret.get_secret_value(),
        "WEBHOOK_SECRET": settings.webhook_secret.get_secret_value(),
        "LOG_LEVEL": "ERROR",
    }
