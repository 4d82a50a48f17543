"""The feed's writer: the order of the stream, each event once, whatever dies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI

from deploy.onemachine.testbed import RunningNats
from services.chassis.database import Database
from services.chassis.work import run
from services.notify.settings import Settings

from .public import joined, public, rows, streaming, until_kept, writing


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
