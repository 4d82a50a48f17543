"""What waits is measured as it is when metrics are read."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import nats
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalogue import ActivityJoined
from contracts.envelope import Envelope
from contracts.subjects import subject
from deploy import streams
from deploy.onemachine.testbed import RunningNats
from services.chassis import measuring
from services.chassis.app import Service, create_app
from services.chassis.database import Database, Measure
from services.chassis.delivery import Delivery
from services.chassis.journal import emit
from services.chassis.testing import CITY, client_of, sealed, until
from services.chassis.waiting import Needs

from .conftest import ToySettings


def fact() -> ActivityJoined:
    return ActivityJoined(activity=uuid4(), organisation=uuid4(), recipient=uuid4())


async def need(_session: AsyncSession, _envelope: Envelope[Any], _settings: ToySettings) -> None:
    raise Needs("thing:1")


async def fail(_session: AsyncSession, _envelope: Envelope[Any], _settings: ToySettings) -> None:
    raise RuntimeError("broken")


async def metrics(service: Service[ToySettings]) -> str:
    """What the service shows, as text; its loops do not run."""
    app = create_app(service)
    async with app.router.lifespan_context(app), client_of(app) as http:
        return (await http.get("/toy/metrics")).text


def value(shown: str, name: str, **labels: str) -> float:
    """One series' value."""
    for line in shown.splitlines():
        if re.match(rf"{name}[{{ ]", line) and all(f'{of}="{told}"' in line for of, told in labels.items()):
            return float(line.rsplit(" ", 1)[1])
    raise AssertionError(f"{name} {labels} is not shown")


async def test_what_has_not_left_the_journal_and_for_how_long(
    settings: ToySettings, database: Database
) -> None:
    async with database.transaction() as session:
        for _ in range(3):
            emit(session, fact())
    async with database.transaction() as session:
        long_ago = datetime.now(UTC) - timedelta(minutes=5)
        await session.execute(text("UPDATE journal SET created_at = :at WHERE id = 1"), {"at": long_ago})
    shown = await metrics(Service(settings, "Toy", (), {}))
    assert value(shown, "col_journal_unsent", service="toy") == 6, "each on both planes"
    assert 300 <= value(shown, "col_journal_unsent_age_seconds", service="toy") < 400


async def test_what_waits_and_what_was_given_up(settings: ToySettings, database: Database) -> None:
    needing = Delivery("toy", {ActivityJoined: need}, (), database, settings)
    failing = Delivery("toy", {ActivityJoined: fail}, (), database, settings)
    await needing.handle([sealed(fact()), sealed(fact())])
    await failing.handle([sealed(fact()), b"not an event"])
    shown = await metrics(Service(settings, "Toy", (), {}))
    assert value(shown, "col_events_waiting", service="toy") == 4
    assert value(shown, "col_dead_letters", service="toy") == 1, "what cannot be read is dead at once"


async def test_what_a_consumer_has_not_handled(settings: ToySettings, nats_server: RunningNats) -> None:
    settings = settings.model_copy(update={"nats_url": nats_server.url})
    may_go_on = asyncio.Event()

    async def wait(_session: AsyncSession, _envelope: Envelope[Any], _settings: ToySettings) -> None:
        await may_go_on.wait()

    service = Service(settings, "Toy", (), {ActivityJoined: wait})
    client = await nats.connect(nats_server.url)
    js = client.jetstream()
    await streams.declare(js, CITY, service.durables)
    app = create_app(service)

    async def pending() -> float:
        async with client_of(app) as http:
            return value((await http.get("/toy/metrics")).text, "col_consumer_pending", consumer="toy")

    for _ in range(5):
        told = fact()
        await js.publish(subject(CITY, "int", told), sealed(told))
    async with app.router.lifespan_context(app):

        async def connected() -> bool:
            return bool(app.state.nats.is_connected)

        async def handled() -> bool:
            return await pending() == 0

        await until(connected, 20)
        assert await pending() == 5
        may_go_on.set()
        await until(handled, 20)
    await client.close()


async def test_metrics_are_shown_where_the_database_does_not_answer(
    settings: ToySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = settings.model_copy(update={"database_url": "postgresql://nobody:x@127.0.0.1:1/nothing"})
    shown = await metrics(Service(gone, "Toy", (), {}))
    assert "http_server_duration_seconds" in shown
    assert "what waits could not be measured" in capsys.readouterr().err


async def test_a_figure_that_takes_long_is_given_up(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    slow = Measure("col_slow", "never known", "SELECT count(*) FROM pg_sleep(10)")
    await measuring.take(database, "toy", [slow])
    assert "QueryCanceled" in caplog.text or "statement timeout" in caplog.text


async def test_requests_are_counted_by_route_and_status(settings: ToySettings) -> None:
    app = create_app(Service(settings, "Toy", (), {}))
    async with app.router.lifespan_context(app), client_of(app) as http:
        await http.get("/toy/health/live")
        await http.get("/nothing/secret-of-somebody")
        shown = (await http.get("/toy/metrics")).text
    count = "http_server_duration_seconds_count"
    assert value(shown, count, route="/toy/health/live", status="200", method="GET") >= 1
    assert value(shown, count, route="unknown", status="404") >= 1
    assert "secret-of-somebody" not in shown
    assert value(shown, "http_server_duration_seconds_bucket", route="/toy/health/live", le="0.005") >= 0
