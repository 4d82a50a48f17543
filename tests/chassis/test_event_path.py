"""One event, from the transaction that emits it to the consumer in another service, through real servers."""

import asyncio
from typing import Any
from uuid import uuid4

import nats
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalogue import ActivityJoined, OrganisationVerified
from contracts.envelope import Envelope
from deploy import streams
from deploy.onemachine.testbed import RunningNats
from services.chassis.app import Service, create_app
from services.chassis.database import Database
from services.chassis.journal import emit
from services.chassis.testing import CITY, client_of, until

from .conftest import ToySettings


async def test_an_emitted_event_is_handled_once_by_the_consumer(
    settings: ToySettings, nats_server: RunningNats
) -> None:
    seen: list[tuple[str | None, Any]] = []

    async def note(_session: AsyncSession, envelope: Envelope[Any], _settings: ToySettings) -> None:
        seen.append((envelope.sequence, envelope.data))

    settings = settings.model_copy(update={"nats_url": nats_server.url})
    service = Service(settings, "Toy", (), {ActivityJoined: note, OrganisationVerified: note})
    client = await nats.connect(nats_server.url)
    await streams.declare(client.jetstream(), CITY, service.durables)
    await streams.declare(client.jetstream(), CITY, service.durables)
    app = create_app(service)
    facts = [ActivityJoined(activity=uuid4(), organisation=uuid4(), recipient=uuid4()) for _ in range(1500)]
    async with app.router.lifespan_context(app):
        database: Database = app.state.database
        async with database.transaction() as session:
            for fact in facts:
                emit(session, fact)
        async with database.transaction() as session:
            emit(session, OrganisationVerified(organisation=uuid4()))

        async def all_seen() -> bool:
            return len(seen) >= 1501

        await until(all_seen)
        async with client_of(app) as http:
            ready = await http.get("/toy/health/ready")
            assert ready.status_code == 200, ready.text
            assert (await http.get("/toy/metrics")).status_code == 200
        async with database.engine.connect() as connection:
            unsent = await connection.execute(text("SELECT count(*) FROM unsent"))
            assert unsent.scalar() == 0
    assert [data for _, data in seen[:1500]] == facts
    assert seen[0][0] == "00000000000000000001"
    info = await client.jetstream().stream_info("EVT_TESTVILLE")
    assert info.state.messages == 3001
    await client.close()


async def test_an_urgent_event_does_not_stand_behind_others(
    settings: ToySettings, nats_server: RunningNats
) -> None:
    goes_on, seen = asyncio.Event(), asyncio.Event()

    async def hold(_session: AsyncSession, _envelope: Envelope[Any], _settings: ToySettings) -> None:
        await goes_on.wait()

    async def note(_session: AsyncSession, _envelope: Envelope[Any], _settings: ToySettings) -> None:
        seen.set()

    settings = settings.model_copy(update={"nats_url": nats_server.url})
    service = Service(settings, "Toy", (), {ActivityJoined: hold}, urgent={OrganisationVerified: note})
    assert [each.name for each in service.durables] == ["toy", "toy-urgent"]
    client = await nats.connect(nats_server.url)
    await streams.declare(client.jetstream(), CITY, service.durables)
    app = create_app(service)
    async with app.router.lifespan_context(app):
        async with app.state.database.transaction() as session:
            emit(session, ActivityJoined(activity=uuid4(), organisation=uuid4(), recipient=uuid4()))
            emit(session, OrganisationVerified(organisation=uuid4()))
        async with asyncio.timeout(20):
            await seen.wait()
        goes_on.set()
    await client.close()
