"""Keeps the consumers of readers on NATS as they are written down: made, taken away, made again where NATS
has lost them. One process at a time does it."""

import logging

import orjson
from nats.aio.client import Client
from nats.js import JetStreamContext, api
from nats.js.errors import NotFoundError

from contracts.subjects import stream
from services.chassis.database import Database

from .domain.reader import PREFIX
from .usecases import readers as usecases
from .usecases.readers import Wanted

log = logging.getLogger(__name__)
ACK_WAIT = 60.0  # seconds until what was fetched and not acknowledged is given again
MAX_ACK_PENDING = 5000  # messages fetched and not acknowledged, of one reader
MAX_WAITING = 64  # fetches open at once, of one reader


async def keep(database: Database, client: Client, city: str) -> None:
    """Make NATS as the rows say, and the rows as NATS is. Does nothing where the stream is not there yet."""
    js = client.jetstream(timeout=5)
    async with database.transaction() as session:
        there = await names(client, city)
        todo = None if there is None else await usecases.plan(session, city, there)
        if todo is None:
            return
        for each in todo.wanted:
            await js.add_consumer(stream(city), consumer(each))
        for name in todo.superfluous:
            await delete(js, city, name)
        await usecases.settle(session, todo)
    if todo.again:
        log.warning("%d readers' consumers were missing on NATS and were made anew", len(todo.again))


async def names(client: Client, city: str) -> list[str] | None:
    """The consumers of readers that are there; None where the city's stream is not."""
    found: list[str] = []
    read = 0
    while True:
        ask = orjson.dumps({"offset": read})
        answer = await client.request(f"$JS.API.CONSUMER.NAMES.{stream(city)}", ask, timeout=5)
        page = orjson.loads(answer.data)
        if "error" in page:
            return None
        some = page.get("consumers") or []
        read += len(some)
        found += [name for name in some if name.startswith(PREFIX)]
        if not some or read >= page["total"]:
            return found


def consumer(wanted: Wanted) -> api.ConsumerConfig:
    """Pulled, acknowledged one by one, from the first event the stream keeps, redelivered without end."""
    return api.ConsumerConfig(
        name=wanted.durable,
        durable_name=wanted.durable,
        filter_subject=wanted.filter,
        deliver_policy=api.DeliverPolicy.ALL,
        ack_policy=api.AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT,
        max_deliver=-1,
        max_ack_pending=MAX_ACK_PENDING,
        max_waiting=MAX_WAITING,
    )


async def delete(js: JetStreamContext, city: str, name: str) -> None:
    """Take a consumer away, if it is there."""
    try:
        await js.delete_consumer(stream(city), name)
    except NotFoundError:
        log.info("a reader's consumer had gone already")
