"""Liveness and readiness. Readiness says what is wrong and what to do about it."""

from dataclasses import dataclass

from nats.aio.client import Client
from nats.js.api import ConsumerInfo, StreamInfo
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from contracts import subjects

from .database import Database
from .tables import progress
from .telemetry import meter
from .topology import Durable, check

REPUBLISH = "run `city journal republish`"
_pending = meter.create_gauge("col_consumer_pending", description="events a consumer has not handled")


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    ok: bool
    detail: str = ""
    remedy: str = ""


async def database_check(database: Database) -> Check:
    """Whether the database answers."""
    try:
        async with database.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except Exception as error:  # any failure means: not ready
        return Check("database", False, type(error).__name__, "start PostgreSQL; check the database URL")
    return Check("database", True)


async def consumer_check(database: Database, client: Client, city: str, durable: Durable) -> Check:
    """Whether the durable is declared as this version needs it and has missed nothing."""
    if not client.is_connected:
        return Check("events", False, "no connection to NATS", "start NATS; check the NATS settings")
    js = client.jetstream(timeout=2)
    try:
        info = await check(js, city, durable)
        stream = await js.stream_info(subjects.stream(city))
        _pending.set((info.num_pending or 0) + (info.num_ack_pending or 0), {"consumer": info.name})
        missed = await _missed(database, stream, info)
    except Exception as error:  # any failure means: not ready
        return Check("events", False, str(error) or type(error).__name__, "run `city bootstrap`")
    return Check("events", not missed, missed or f"{info.num_pending} waiting", REPUBLISH if missed else "")


async def _missed(database: Database, stream: StreamInfo, info: ConsumerInfo) -> str | None:
    """Say what was lost to this consumer: the stream was made anew, or dropped what it had not had.

    Whenever the consumer has had everything, how far that is gets written down. Compared with that, a
    stream that begins later has lost events in between.
    """
    created, first = stream.created, stream.state.first_seq
    async with database.transaction() as session:
        row = (await session.execute(select(progress).where(progress.c.consumer == info.name))).one_or_none()
        if row and row.stream_created != created:
            return "the stream was made anew: events sent before that are missing"
        if row and first > row.caught_up_to + 1:
            return f"events {row.caught_up_to + 1} to {first - 1} left the stream before they were handled"
        if row is None or (info.num_pending == 0 and info.num_ack_pending == 0):
            reached = stream.state.last_seq if info.num_pending == 0 else max(first - 1, 0)
            values = {"stream_created": created, "caught_up_to": reached}
            new = insert(progress).values(consumer=info.name, **values)
            await session.execute(new.on_conflict_do_update(index_elements=["consumer"], set_=values))
    return None
