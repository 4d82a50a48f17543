"""Events: the journal's relay and a consumer, beside raw JetStream, on servers that sync everything."""

import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import nats
from nats.aio.client import Client
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalogue import OrganisationVerified
from contracts.envelope import uuid7
from deploy import streams
from deploy.onemachine import nats as nats_server
from deploy.onemachine import postgres
from services.chassis import relay
from services.chassis.database import Database
from services.chassis.delivery import Delivery
from services.chassis.journal import emit
from services.chassis.relay import Due
from services.chassis.settings import Settings
from services.chassis.testing import CITY, Databases, sealed

from .timing import rate

EVENTS = 10_000


class BenchSettings(Settings):
    """Settings of the service that is measured."""

    service: ClassVar[str] = "bench"


async def measure() -> dict[str, float]:
    """Events per second: raw JetStream, emitted into the journal, relayed, handled."""
    async with servers() as (url, client):
        database = Database(url, CITY)
        figures = await _measure(database, client, url)
        await database.close()
    figures["relay_over_raw_jetstream"] = figures["events_relayed_per_s"] / figures["raw_jetstream_per_s"]
    return figures


@asynccontextmanager
async def servers(service: str = "chassis") -> AsyncIterator[tuple[str, Client]]:
    """The database of a service and a client of NATS, on servers of their own that sync everything."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        password = secrets.token_urlsafe()
        log = folder / "postgres.log"
        server = postgres.start(folder / "postgres", postgres.find_binaries(), password, log=log)
        broker = nats_server.start(folder / "nats", log=folder / "nats.log")
        client = await nats.connect(broker.url)
        try:
            yield await Databases(server.admin_url).fresh(service), client
        finally:
            await client.close()
            broker.stop()
            server.stop()


async def _measure(database: Database, client: Client, url: str) -> dict[str, float]:
    await streams.declare(client.jetstream(), CITY, [])

    async def raw() -> int:
        for start in range(0, EVENTS, relay.BATCH):
            rows = [
                Due(start + n, uuid7(), "pub", "evt.testville.pub._.x.y.z.v1", "{}" + " " * 570)
                for n in range(relay.BATCH)
            ]
            await relay._publish_atomically(client, rows)
        return EVENTS

    async def emitted() -> int:
        for _ in range(0, EVENTS, 500):
            async with database.transaction() as session:
                for _ in range(500):
                    emit(session, OrganisationVerified(organisation=uuid4()))
        return EVENTS

    async def relayed() -> int:
        sent = 0
        async with database.engine.connect() as leader:
            while batch := await relay.step(leader, client):
                sent += batch
        return sent

    figures = {"raw_jetstream_per_s": await rate(raw), "events_emitted_per_s": await rate(emitted)}
    figures["events_relayed_per_s"] = await rate(relayed, rounds=1)
    figures["events_handled_per_s"] = await rate(_consuming(database, url))
    return figures


def _consuming(database: Database, url: str) -> Any:
    async def handler(session: AsyncSession, envelope: Any, _: BenchSettings) -> None:
        emit(session, envelope.data)

    settings = BenchSettings(city=CITY, database_url=url)
    delivery = Delivery("bench", {OrganisationVerified: handler}, (), database, settings)

    async def consumed() -> int:
        batch = [sealed(OrganisationVerified(organisation=uuid4())) for _ in range(500)]
        await delivery.handle(batch)
        return len(batch)

    return consumed
