"""Webhooks: 2,000 events to 50 subscriptions, five of them dead and five slow, by the whole service.

PostgreSQL, NATS, notify under uvicorn and the receivers share the machine. First events come at a pace that
makes 500 deliveries a second, which tells how long an event takes to its receivers; the rest come at once,
which tells how many deliveries a second there can be. At the end the dead return, and must get everything.
"""

import asyncio
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import nats
from nats.aio.client import Client
from sqlalchemy import text

from contracts import subjects
from contracts.catalogue import ActivityJoined
from contracts.envelope import seal, uuid7
from deploy import streams
from deploy.onemachine import nats as nats_server
from deploy.onemachine import postgres
from services.chassis import relay
from services.chassis.database import Database
from services.chassis.relay import Due
from services.chassis.testing import CITY, ORIGIN, Databases
from services.notify.domain.filter import Filter
from services.notify.domain.subscription import Subscription
from services.notify.feeder import FEED
from services.notify.storage import subscriptions

from .serving import _free_port as free_port

EVENTS, PACED, SUBSCRIPTIONS, DEAD, SLOW = 2000, 600, 50, 5, 5
PACE = 500  # deliveries a second
RETRIES = [0, 0.5, 1, *[2] * 200]


def measure() -> dict[str, float]:
    """Deliveries a second to those that are well, and 95 of 100 times from event to receiver, seconds."""
    return asyncio.run(_measure())


async def _measure() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        password, log = secrets.token_urlsafe(), folder / "postgres.log"
        server = postgres.start(folder / "postgres", postgres.find_binaries(), password, log=log)
        broker = nats_server.start(folder / "nats", log=folder / "nats.log")
        try:
            url = await Databases(server.admin_url).fresh("notify")
            return await _run(folder, url, broker.url)
        finally:
            broker.stop()
            server.stop()


async def _run(folder: Path, url: str, nats_url: str) -> dict[str, float]:
    there, gone, database = free_port(), free_port(), Database(url, CITY)
    client = await nats.connect(nats_url)
    await streams.declare(client.jetstream(), CITY, [FEED])
    await _subscribe(database, there, gone)
    try:
        async with (
            _process("-m", "bench.receivers", str(there), str(folder / "there")),
            _notify(folder, url, nats_url),
        ):
            figures = await _deliver(client, database, folder)
            async with _process("-m", "bench.receivers", str(gone), str(folder / "gone")):
                await _until(database, EVENTS * SUBSCRIPTIONS, seconds=300)
                await asyncio.sleep(0.5)  # the receivers write down what they got
            _check(folder)
            return figures
    finally:
        await client.close()
        await database.close()


async def _deliver(client: Client, database: Database, folder: Path) -> dict[str, float]:
    happened: dict[str, float] = {}
    well = SUBSCRIPTIONS - DEAD - SLOW
    await _publish(client, 1)
    await _until_well(database, well)  # everything has started
    started = time.perf_counter()
    for number in range(PACED):
        happened |= await _publish(client, 1)
        due = started + (number + 1) * SUBSCRIPTIONS / PACE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
    await _until_well(database, (1 + PACED) * well)
    began = time.perf_counter()
    await _publish(client, EVENTS - PACED - 1)
    await _until_well(database, EVENTS * well)
    rate = (EVENTS - PACED - 1) * well / (time.perf_counter() - began)
    await asyncio.sleep(0.5)  # the receivers write down what they got
    waited = [
        at - happened[event] for path, event, at in _lines(folder / "there") if _paced(path, event, happened)
    ]
    p95 = statistics.quantiles(waited, n=20)[-1]
    return {"webhook_deliveries_per_s": rate, "webhook_p95_s": p95}


def _paced(path: str, event: str, happened: dict[str, float]) -> bool:
    return path.startswith("/well") and event in happened


def _check(folder: Path) -> None:
    """Everybody got every event, those that are well each once."""
    times = Counter((path, event) for path, event, _ in _lines(folder / "there"))
    assert len(times) == EVENTS * (SUBSCRIPTIONS - DEAD), len(times)
    assert {times[one] for one in times if one[0].startswith("/well")} == {1}
    assert len({(path, event) for path, event, _ in _lines(folder / "gone")}) == EVENTS * DEAD


def _lines(file: Path) -> Iterator[tuple[str, str, float]]:
    for line in file.read_text().splitlines():
        path, event, at = line.split(" ")
        yield path, event, float(at)


async def _publish(client: Client, number: int) -> dict[str, float]:
    """So many events; answers when each was published."""
    rows = []
    for _ in range(number):
        fact, event_id = ActivityJoined(activity=uuid4(), organisation=uuid4(), recipient=uuid4()), uuid7()
        subject = subjects.subject(CITY, "pub", fact)
        rows.append(Due(1, event_id, "pub", subject, seal(fact, "pub", CITY, event_id)))
    for start in range(0, number, 500):
        await relay._publish(client, rows[start : start + 500])
    return {str(row.event_id): time.time() for row in rows}


async def _subscribe(database: Database, there: int, gone: int) -> None:
    integration = uuid7()
    async with database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO integration (id, name, contact, client, state, created_at, created_by)"
                " VALUES (:id, 'bench', 'it@city.test', :id, 'active', now(), 'bench')"
            ),
            {"id": integration},
        )
        for number in range(SUBSCRIPTIONS):
            kind = "dead" if number < DEAD else "slow" if number < DEAD + SLOW else "well"
            port = gone if kind == "dead" else there
            await subscriptions.add(
                session, _subscription(integration, f"http://127.0.0.1:{port}/{kind}{number}")
            )


def _subscription(integration: UUID, url: str) -> Subscription:
    about = {"secret_version": 1, "old_secret_until": None, "state": "active", "reason": None}
    return Subscription(
        id=uuid7(),
        integration=integration,
        name="bench",
        url=url,
        wanted=Filter(types=("catalogue.*",)),
        ordered=False,
        signature="hmac",
        failing_since=None,
        created_at=datetime.now(UTC),
        created_by="bench",
        **about,  # type: ignore[arg-type]  # as they are declared
    )


@asynccontextmanager
async def _notify(folder: Path, url: str, nats_url: str) -> AsyncIterator[None]:
    environment = {
        "CITY": CITY,
        "PUBLIC_URL": ORIGIN,
        "NOTIFY_DATABASE_URL": url,
        "NATS_URL": nats_url,
        "STATE_DIR": str(folder / "state"),
        "WEBHOOK_SECRET": secrets.token_urlsafe(32),
        "WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
        "WEBHOOK_RETRIES": str(RETRIES),
        "LOG_LEVEL": "ERROR",
    }
    quiet = ["--port", str(free_port()), "--no-access-log", "--log-level", "critical"]
    async with _process("-m", "uvicorn", "--factory", "services.notify.app:app", *quiet, **environment):
        yield


@asynccontextmanager
async def _process(*arguments: str, **environment: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, env={**os.environ, **environment}, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def _until_well(database: Database, number: int) -> None:
    """Wait until so many deliveries have reached those that are well."""
    await _until(database, number, "s.url LIKE '%/well%'")


async def _until(database: Database, number: int, which: str = "true", seconds: float = 600) -> None:
    query = text(
        "SELECT count(*) FROM subscription s JOIN delivery d ON d.subscription = s.id"
        f" WHERE d.state = 'delivered' AND {which}"
    )
    async with asyncio.timeout(seconds):
        while True:
            async with database.engine.connect() as connection:
                if int((await connection.execute(query)).scalar_one()) >= number:
                    return
            await asyncio.sleep(0.5)  # what another process does, which no event of ours announces
