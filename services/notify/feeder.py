"""The feed's single writer: from the city's stream into the feed, in the stream's order.

One process leads. Whoever begins to lead puts the consumer back to just after what the feed has, so that
nothing a predecessor had in hand is waited for. From then on every message must follow the one before: the
broker counts deliveries from 1; a count that is skipped, or a message that comes again, means that something
was lost on the way. Then, and after any other failure, the writer gives up leading and somebody begins anew.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts import subjects
from services.chassis.consumer import connection_options, read_quickly
from services.chassis.database import Database, lead
from services.chassis.telemetry import meter
from services.chassis.topology import Durable, check
from services.chassis.work import Loop

from .domain.feed import Cursor
from .settings import Settings
from .usecases import feed as usecases

log = logging.getLogger(__name__)
FEED = Durable("notify-feed", ())
_UNKNOWN = datetime.fromtimestamp(0, UTC)  # servers tell when a stream was made; the client's types do not
_PATIENCE = 2.0  # seconds a fetch waits for something new; as often the writer looks whether it still leads
_GATHERING = 0.1  # seconds after a batch, so that events of a busy city are taken in many at once
_position = meter.create_gauge("col_feed_position", description="the feed's last position")
_behind = meter.create_gauge("col_feed_behind", description="public events that the feed has not taken in")


class OutOfOrder(Exception):
    """A message went missing on its way, or came again."""


class NotRewound(Exception):
    """NATS did not put the consumer where the feed ends; it needs nats-server 2.14 or newer."""


@dataclass
class Writer:
    """Who leads the feed, what it reads, and how far it has come."""

    database: Database
    settings: Settings
    leadership: AsyncConnection
    messages: JetStreamContext.PullSubscription
    cursor: Cursor
    delivered: int = 0

    async def step(self) -> None:
        """Take in one batch. Acknowledged is what is committed."""
        batch = await self._fetch()
        await self.leadership.execute(text("SELECT 1"))  # fails where the leadership was lost
        _behind.set(batch[-1].metadata.num_pending if batch else 0)
        if batch:
            await self._take_in(batch)
            for message in batch:
                await message.ack()
            await asyncio.sleep(_GATHERING)

    async def _fetch(self) -> list[Msg]:
        """What there is; nothing after a while, which the client tells by two kinds of time-out."""
        try:
            return await self.messages.fetch(self.settings.batch_size, timeout=_PATIENCE)
        except TimeoutError:
            return []

    async def _take_in(self, batch: list[Msg]) -> None:
        last = self._check_order(batch)
        bodies, oldest = [message.data for message in batch], _oldest(self.settings)
        async with self.database.transaction() as session:
            cursor = await usecases.take_in(session, self.cursor, last, bodies, oldest)
        self.cursor = cursor
        _position.set(cursor.position)

    def _check_order(self, batch: list[Msg]) -> int:
        """The last message's sequence in the stream. Raises OutOfOrder."""
        last = self.cursor.sequence
        for message in batch:
            self.delivered += 1
            told = message.metadata
            if told.num_delivered != 1 or told.sequence.consumer != self.delivered:
                raise OutOfOrder
            if told.sequence.stream <= last:
                raise OutOfOrder
            last = told.sequence.stream
        return last


async def write(database: Database, settings: Settings) -> bool:
    """Lead the feed until something fails; False at once where another process leads."""
    async with database.engine.connect() as leadership:
        try:
            await leadership.execution_options(isolation_level="AUTOCOMMIT")  # it is held for long
            if not await lead(leadership, "feed"):
                return False
            async with _connected(settings) as client:
                return await _lead(await _begin(database, settings, leadership, client))
        except Exception as error:
            if _cancelled():  # which the client turns into an error of its own while it closes
                raise asyncio.CancelledError from error
            raise
        finally:
            await leadership.invalidate()  # in the pool it would go on leading, and do nothing


async def _lead(writer: Writer) -> bool:
    """Write until something fails. Where there was progress, somebody begins anew at once."""
    begun_at = writer.cursor
    try:
        while True:
            await writer.step()
    except Exception as error:
        if writer.cursor == begun_at or _cancelled():
            raise
        log.warning("the feed's writer begins anew", exc_info=error)
        return True


def loops(database: Database, settings: Settings) -> list[Loop]:
    """The writer, and where the city keeps no more than some days, whoever drops what is older."""

    async def trim() -> bool:
        async with database.transaction() as session:
            return await usecases.trim(session, datetime.now(UTC), settings.feed_days or 0)

    writing = Loop("feed", lambda: write(database, settings))
    return [writing, Loop("feed trim", trim, idle=600)] if settings.feed_days else [writing]


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[Client]:
    """A connection that ends with its first interruption, since what was on its way is lost then."""
    once = {"allow_reconnect": False, "max_reconnect_attempts": 1, "connect_timeout": 5, "error_cb": _note}
    client = Client()
    try:
        await client.connect(settings.nats_url, **connection_options(settings) | once)
        yield client
    finally:
        await client.close()


async def _begin(
    database: Database, settings: Settings, leadership: AsyncConnection, client: Client
) -> Writer:
    """Put the consumer to where the feed ends, and read on from there."""
    js, stream = client.jetstream(), subjects.stream(settings.city)
    await check(js, settings.city, FEED)
    info = await js.stream_info(stream)
    async with database.transaction() as session:
        cursor = await usecases.resume(session, info.created or _UNKNOWN, info.state.last_seq)
    _position.set(cursor.position)
    asked = orjson.dumps({"seq": cursor.sequence + 1})
    answer = await client.request(f"$JS.API.CONSUMER.RESET.{stream}.{FEED.name}", asked, timeout=5)
    if "error" in orjson.loads(answer.data):
        raise NotRewound
    messages = await js.pull_subscribe_bind(FEED.name, stream)
    read_quickly(messages)
    return Writer(database, settings, leadership, messages, cursor)


def _cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _oldest(settings: Settings) -> datetime | None:
    return datetime.now(UTC) - timedelta(days=settings.feed_days) if settings.feed_days else None


async def _note(error: Exception) -> None:
    """What NATS refuses reaches whoever asked as a time-out; its reason is only told here."""
    log.warning("NATS: %s", error)
