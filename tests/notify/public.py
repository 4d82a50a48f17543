"""Public events on a real NATS, and the feed they become."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import nats
import orjson
from nats.aio.client import Client
from sqlalchemy import text

from contracts import subjects
from contracts.catalogue import ActivityJoined
from contracts.envelope import Event, seal, uuid7
from deploy import streams
from deploy.onemachine.testbed import RunningNats
from services.chassis.database import Database
from services.chassis.testing import CITY, until
from services.chassis.work import Loop
from services.notify.feeder import FEED, write
from services.notify.settings import Settings


def public(event: Event, event_id: UUID | None = None) -> bytes:
    """The bytes of an event as the relay publishes them on the public plane."""
    sealed = orjson.loads(seal(event, "pub", CITY, event_id or uuid7()))
    return orjson.dumps({"sequence": "0" * 20, **sealed})


def joined(organisation: UUID | None = None) -> ActivityJoined:
    """Somebody signed up."""
    return ActivityJoined(activity=uuid4(), organisation=organisation or uuid4(), recipient=uuid4())


@dataclass
class Stream:
    """The city's stream and whoever publishes to it."""

    client: Client

    async def declare(self) -> None:
        """Stream and consumer, as `city bootstrap` makes them."""
        await streams.declare(self.client.jetstream(), CITY, [FEED])

    async def publish(self, *bodies: bytes, plane: subjects.Plane = "pub") -> None:
        """Publish on one public subject, whatever the bytes say; several as atomic batches."""
        subject = f"evt.{CITY}.{plane}._.catalogue.activity.joined.v1"
        for start in range(0, len(bodies), 1000):
            part, batch = bodies[start : start + 1000], uuid4().hex
            for number, body in enumerate(part, 1):
                headers = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
                if number == len(part):
                    await self.client.request(
                        subject, body, timeout=10, headers=headers | {"Nats-Batch-Commit": "1"}
                    )
                else:
                    await self.client.publish(subject, body, headers=headers)


@asynccontextmanager
async def streaming(
    server: RunningNats, user: str | None = None, password: str | None = None
) -> AsyncIterator[Stream]:
    """A connection that may publish, and a stream that it declares where it has the right to."""
    inbox = {"inbox_prefix": f"_INBOX_{user}"} if user else {}
    client = await nats.connect(server.url, user=user, password=password, **inbox)
    stream = Stream(client)
    if user in (None, "operator"):
        await stream.declare()
    yield stream
    await client.close()


def writing(database: Database, settings: Settings) -> Loop:
    """The writer's loop as the service runs it."""
    return Loop("feed", lambda: write(database, settings), idle=0.1)


async def rows(database: Database) -> list[tuple[int, bytes]]:
    """Positions and bodies of the feed."""
    async with database.engine.connect() as connection:
        found = await connection.execute(text("SELECT position, body FROM feed ORDER BY position"))
        return [(row.position, row.body) for row in found]


async def until_kept(database: Database, number: int, seconds: float = 20) -> None:
    """Wait until the feed has so many events."""

    async def kept() -> bool:
        async with database.engine.connect() as connection:
            return int((await connection.execute(text("SELECT count(*) FROM feed"))).scalar_one()) >= number

    await until(kept, seconds)


async def change(database: Database, statement: str) -> None:
    """Do something to the database behind the service's back."""
    async with database.transaction() as session:
        await session.execute(text(statement))


async def until_acknowledged(stream: Stream) -> None:
    """Wait until NATS has nothing left for the feed."""

    async def done() -> bool:
        info = await stream.client.jetstream().consumer_info(subjects.stream(CITY), FEED.name)
        return not info.num_pending and not info.num_ack_pending

    await until(done)
