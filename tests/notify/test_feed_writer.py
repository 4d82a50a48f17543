"""The feed's writer: the order of the stream, each event once, whatever dies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from nats.aio.msg import Msg

from contracts import subjects
from deploy.onemachine.testbed import RunningNats, start_nats
from services.chassis.database import Database
from services.chassis.testing import CITY
from services.chassis.work import run
from services.notify.feeder import FEED
from services.notify.settings import Settings
from services.notify.usecases import feed as usecases

from .public import change, joined, public, rows, streaming, until_acknowledged, until_kept, writing

_DROP_CONNECTIONS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class KilledError(Exception):
    """The process is gone."""


@pytest.fixture
def database(app: FastAPI) -> Database:
    """Notify's database."""
    found: Database = app.state.database
    return found


@pytest.fixture
def at_nats(settings: Settings, nats_server: RunningNats) -> Settings:
    """Notify's settings with that server."""
    return settings.model_copy(update={"nats_url": nats_server.url})


@asynccontextmanager
async def feeding(database: Database, settings: Settings) -> AsyncIterator[asyncio.Task[None]]:
    """The writer runs for the length of the block."""
    task = asyncio.create_task(run(writing(database, settings), database))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_feed_has_the_order_of_the_stream_and_no_gap_with_doubles(
    database: Database, at_nats: Settings, nats_server: RunningNats
) -> None:
    bodies = [public(joined()) for _ in range(50)]
    async with streaming(nats_server) as stream, feeding(database, at_nats):
        await stream.publish(*bodies[:30], *bodies[10:40], bodies[0])
        await stream.publish(b"{}", plane="int")
        await stream.publish(*bodies[35:])
        await until_kept(database, 50)
    assert await rows(database) == list(enumerate(bodies, 1))


async def test_a_wiped_stream_and_a_republish_add_only_what_is_new(
    database: Database, at_nats: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    bodies = [public(joined()) for _ in range(20)]
    first = start_nats(tmp_path_factory.mktemp("first"))
    settings = at_nats.model_copy(update={"nats_url": first.url})
    async with feeding(database, settings):
        async with streaming(first) as stream:
            await stream.publish(*bodies[:15])
            await until_kept(database, 15)
        first.kill()
        second = start_nats(tmp_path_factory.mktemp("second"), port=first.port)
        async with streaming(second) as stream:
            await stream.publish(*bodies[:15], *bodies[15:])
            await until_kept(database, 20)
    second.stop()
    assert await rows(database) == list(enumerate(bodies, 1))


async def test_a_stream_put_back_to_an_older_state_is_read_anew(
    database: Database, at_nats: Settings, nats_server: RunningNats
) -> None:
    async with streaming(nats_server) as stream, feeding(database, at_nats):
        await stream.publish(*(one := [public(joined()) for _ in range(3)]))
        await until_kept(database, 3)
    await change(database, "UPDATE feed_cursor SET sequence = 900")
    async with streaming(nats_server) as stream, feeding(database, at_nats):
        await stream.publish(two := public(joined()))
        await until_kept(database, 4)
    assert [body for _, body in await rows(database)] == [*one, two]


async def test_what_was_in_hand_of_one_that_died_keeps_its_order(
    database: Database, at_nats: Settings, nats_server: RunningNats
) -> None:
    """A predecessor fetched and committed nothing, or committed and acknowledged nothing."""
    bodies = [public(joined()) for _ in range(40)]
    async with streaming(nats_server) as stream:
        await stream.publish(*bodies[:10])
        dead = await stream.client.jetstream().pull_subscribe_bind(FEED.name, subjects.stream(CITY))
        assert len(await dead.fetch(7, timeout=5)) == 7
        async with feeding(database, at_nats):
            await until_kept(database, 10)
        await stream.publish(*bodies[10:20])
        assert len(await dead.fetch(5, timeout=5)) == 5
        await stream.publish(*bodies[20:])
        async with feeding(database, at_nats):
            await until_kept(database, 40, seconds=8)  # sooner than what is in hand would come again
    assert await rows(database) == list(enumerate(bodies, 1))


async def test_a_message_lost_on_its_way_is_fetched_again_in_its_place(
    database: Database, at_nats: Settings, nats_server: RunningNats
) -> None:
    """Somebody else takes a message off the consumer while the writer leads."""
    bodies = [public(joined()) for _ in range(30)]
    async with streaming(nats_server) as stream, feeding(database, at_nats):
        await stream.publish(*bodies[:5])
        await until_kept(database, 5)
        thief = await stream.client.jetstream().pull_subscribe_bind(FEED.name, subjects.stream(CITY))
        for start in range(5, 30, 5):
            taking = asyncio.create_task(thief.fetch(2, timeout=2))
            await stream.publish(*bodies[start : start + 5])
            await asyncio.gather(taking, return_exceptions=True)
        await until_kept(database, 30)
    assert await rows(database) == list(enumerate(bodies, 1))


async def test_killed_between_commit_and_acknowledgement_nothing_comes_twice(
    database: Database, at_nats: Settings, nats_server: RunningNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = [public(joined()) for _ in range(12)]

    async def die(self: Msg) -> None:
        raise KilledError

    async with streaming(nats_server) as stream:
        await stream.publish(*bodies[:8])
        with monkeypatch.context() as patched:
            patched.setattr(Msg, "ack", die)
            async with feeding(database, at_nats):
                await until_kept(database, 8)
        await stream.publish(*bodies[8:])
        async with feeding(database, at_nats):
            await until_kept(database, 12, seconds=8)
            await until_acknowledged(stream)
    assert await rows(database) == list(enumerate(bodies, 1))


async def test_two_writers_at_once_are_one(
    database: Database, at_nats: Settings, nats_server: RunningNats
) -> None:
    bodies = [public(joined()) for _ in range(300)]
    one, two = feeding(database, at_nats), feeding(database, at_nats)
    async with streaming(nats_server) as stream, one as first, two:
        for start in range(0, 300, 10):
            await stream.publish(*bodies[start : start + 10])
            if start == 150:
                await until_kept(database, 50)
                first.cancel()
        await until_kept(database, 300)
    assert await rows(database) == list(enumerate(bodies, 1))


async def test_one_that_lost_its_lead_unnoticed_writes_nothing_more(
    database: Database, at_nats: Settings
) -> None:
    """Its transaction is refused by what its successor has written down."""
    made = datetime.now(UTC)
    async with database.transaction() as session:
        stale = await usecases.resume(session, made, 9)
    async with database.transaction() as session:
        await usecases.take_in(session, stale, 1, [public(joined())], None)
    with pytest.raises(usecases.Overtaken):
        async with database.transaction() as session:
            await usecases.take_in(session, stale, 1, [public(joined())], None)
    assert [position for position, _ in await rows(database)] == [1]


GARBAGE = [
    b"",
    b"\xff\xfe",
    b"null",
    b"[]",
    b'{"id":1}',
    b"{" * 10_000,
    b"[" * 100_000,
    b'{"data":' * 50_000,
    '{"id":"x"}'.encode("utf-16"),
]


def spoilt(**changes: Any) -> bytes:
    """A good event, but for this."""
    return orjson.dumps({**orjson.loads(public(joined())), **changes})


SPOILT = [
    spoilt(type="evil\ntype"),
    spoilt(type="col." + "a" * 300 + ".v1"),
    spoilt(id="no uuid"),
    spoilt(time="yesterday"),
    spoilt(time="0001-01-01T00:00:00+14:00"),
    spoilt(organisation="nobody"),
    spoilt(data=[]),
    public(joined()).replace(b",", b",\n", 1),
    public(joined()).replace(b'"specversion":"1.0"', b'"specversion":NaN'),
]


async def test_garbage_is_left_out_and_stops_nothing(
    database: Database, at_nats: Settings, nats_server: RunningNats, caplog: pytest.LogCaptureFixture
) -> None:
    odd = [
        spoilt(
            type="col.later.thing.happened.v9",
            data={"skills": ["a\0b", 7, {"uri": "s"}, "s"], "version": "x"},
        ),
        spoilt(data={"achievement": 5, "pathway": "none", "source": "elsewhere", "skills": {"a": 1}}),
    ]
    good = public(joined())
    async with streaming(nats_server) as stream, feeding(database, at_nats):
        await stream.publish(*GARBAGE, *SPOILT, *odd, good)
        await until_kept(database, 3)
    assert [body for _, body in await rows(database)] == [*odd, good]
    told = [record for record in caplog.records if "is no event" in record.message]
    assert len(told) == len(GARBAGE) + len(SPOILT) and "evil" not in caplog.text


async def test_it_outlives_both_servers(
    database: Database, at_nats: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """NATS is away at first and in between; the database drops every connection."""
    server = start_nats(tmp_path_factory.mktemp("nats"))
    server.stop()
    settings = at_nats.model_copy(update={"nats_url": server.url})
    bodies = [public(joined()) for _ in range(30)]
    async with feeding(database, settings):
        for start in range(0, 30, 10):
            server.start()
            async with streaming(server) as stream:
                await stream.publish(*bodies[start : start + 10])
                await until_kept(database, start + 10)
                await change(database, _DROP_CONNECTIONS)
            server.kill()
    await database.close()  # our own connections were dropped too
    assert await rows(database) == list(enumerate(bodies, 1))


@pytest.mark.parametrize("number", [10_000])
async def test_many_events_are_taken_in_at_once(
    database: Database, at_nats: Settings, nats_server: RunningNats, number: int
) -> None:
    bodies = [public(joined()) for _ in range(number)]
    async with streaming(nats_server) as stream:
        await stream.publish(*bodies)
        async with feeding(database, at_nats):
            await until_kept(database, number)
    assert [body for _, body in await rows(database)] == bodies
