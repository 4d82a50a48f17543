"""A running service while NATS dies, comes back, or comes back empty."""

import asyncio
import shutil
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalogue import ActivityJoined, OrganisationVerified
from contracts.envelope import Envelope
from deploy import streams
from deploy.onemachine.testbed import RunningNats
from deploy.parked import republish
from services.chassis import app, consumer, relay, work
from services.chassis.app import Service, _connect, create_app
from services.chassis.database import Database
from services.chassis.journal import emit
from services.chassis.testing import CITY, client_of, until

from .conftest import ToySettings


class Hearing:
    """A service that hears itself."""

    def __init__(self, settings: ToySettings, url: str) -> None:
        self.heard: list[UUID] = []
        self.url = url
        settings = settings.model_copy(update={"nats_url": url})
        self.service = Service(settings, "Toy", (), {ActivityJoined: self.hear})
        self.app = create_app(self.service)

    async def hear(self, _session: AsyncSession, envelope: Envelope[Any], _: ToySettings) -> None:
        """Note what was heard."""
        self.heard.append(envelope.data.activity)

    async def declare(self) -> None:
        """What an operator does before the services start, or after the streams are gone."""
        client = await nats.connect(self.url)
        await streams.declare(client.jetstream(), CITY, self.service.durables)
        await client.close()

    async def say(self, count: int) -> list[UUID]:
        """Emit facts."""
        facts = [
            ActivityJoined(activity=uuid4(), organisation=uuid4(), recipient=uuid4()) for _ in range(count)
        ]
        database: Database = self.app.state.database
        async with database.transaction() as session:
            for fact in facts:
                emit(session, fact)
        return [fact.activity for fact in facts]

    async def hears(self, facts: list[UUID]) -> None:
        """Wait until all of them have been heard."""

        async def all_heard() -> bool:
            return set(facts) <= set(self.heard)

        await until(all_heard, 20)


async def test_events_said_while_nats_is_down_are_heard_once_it_is_back(
    settings: ToySettings, nats_server: RunningNats
) -> None:
    hearing = Hearing(settings, nats_server.url)
    await hearing.declare()
    async with hearing.app.router.lifespan_context(hearing.app):
        facts = await hearing.say(300)
        await hearing.hears(facts)
        nats_server.kill()
        facts += await hearing.say(300)
        nats_server.start()
        await hearing.hears(facts)
    assert sorted(hearing.heard) == sorted(facts)


async def test_a_request_before_the_first_connection_does_not_spoil_those_after_it(
    settings: ToySettings, nats_server: RunningNats
) -> None:
    client = Client()
    with pytest.raises((NatsError, AssertionError)):
        await client.request("anything", b"", timeout=1)
    await _connect(client, settings.model_copy(update={"nats_url": nats_server.url}))
    try:
        await client.jetstream().account_info()
    finally:
        await client.close()


async def test_a_client_that_has_gone_deaf_connects_anew(
    settings: ToySettings, nats_server: RunningNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "PING", 0.1)
    client = Client()
    await _connect(client, settings.model_copy(update={"nats_url": nats_server.url}))
    try:
        assert client._reading_task is not None
        client._reading_task.cancel()  # so it ends where two loops of a reconnect read the same connection

        async def answered() -> bool:
            try:
                return bool(await client.jetstream().account_info())
            except NatsError:
                return False

        await until(answered, seconds=30)
    finally:
        await client.close()


async def test_a_relay_whose_client_hears_nothing_more_connects_it_anew(
    settings: ToySettings, database: Database, nats_server: RunningNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "ANSWER", 0.3)
    client = Client()
    await _connect(client, settings.model_copy(update={"nats_url": nats_server.url}))
    await streams.declare(client.jetstream(), CITY, [])
    assert client._reading_task is not None
    assert client._ping_interval_task is not None
    client._reading_task.cancel()
    client._ping_interval_task.cancel()
    async with database.transaction() as session:
        emit(session, OrganisationVerified(organisation=uuid4()))
    relaying = asyncio.create_task(work.forever("relay", lambda: relay.run(database, client)))

    async def sent() -> bool:
        async with database.engine.connect() as connection:
            return not (await connection.execute(text("SELECT count(*) FROM unsent"))).scalar()

    try:
        await until(sent, seconds=20)
    finally:
        await app._cancel([relaying])
        await client.close()


async def test_a_task_that_misses_its_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app, "AGAIN", 0.05)
    begun = asyncio.Event()

    async def misses_one() -> None:
        with suppress(asyncio.CancelledError):
            begun.set()
            await asyncio.sleep(60)
        await asyncio.sleep(60)

    task = asyncio.create_task(misses_one())
    await begun.wait()
    async with asyncio.timeout(10):
        await app._cancel([task])
    assert task.cancelled()


async def test_a_service_that_starts_before_nats_works_once_nats_is_there(
    settings: ToySettings, nats_server: RunningNats
) -> None:
    hearing = Hearing(settings, nats_server.url)
    await hearing.declare()
    nats_server.stop()
    async with hearing.app.router.lifespan_context(hearing.app):
        facts = await hearing.say(10)
        async with client_of(hearing.app) as http:
            answer = await http.get("/toy/health/ready")
        assert answer.status_code == 503
        assert "NATS" in answer.text
        nats_server.start()
        await hearing.hears(facts)


async def test_a_wiped_nats_is_noticed_and_republishing_loses_nothing(
    settings: ToySettings, nats_server: RunningNats
) -> None:
    hearing = Hearing(settings, nats_server.url)
    await hearing.declare()
    async with hearing.app.router.lifespan_context(hearing.app), client_of(hearing.app) as http:
        database: Database = hearing.app.state.database
        facts = await hearing.say(300)
        await hearing.hears(facts[:1])

        async def noted() -> bool:
            await http.get("/toy/health/ready")
            async with database.engine.connect() as connection:
                return bool((await connection.execute(text("SELECT 1 FROM consumer_progress"))).scalar())

        await until(noted)
        nats_server.stop()
        facts += await hearing.say(300)
        shutil.rmtree(nats_server.directory / "store")
        nats_server.start()
        await hearing.declare()

        async def complains() -> bool:
            answer = await http.get("/toy/health/ready")
            return answer.status_code == 503 and "city journal republish" in answer.text

        await until(complains)
        async with database.engine.begin() as connection:
            await republish(connection)
        await hearing.hears(facts)

        async def content() -> bool:
            return (await http.get("/toy/health/ready")).status_code == 200

        await until(content)
    assert sorted(hearing.heard) == sorted(facts)
