"""kill -9 of the process that writes the feed, and the rights it writes with."""

import asyncio
import os
import random
import sys
from pathlib import Path

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from deploy.nats import permissions
from deploy.onemachine.testbed import RunningNats, start_nats
from services.chassis.database import Database
from services.chassis.testing import CITY
from services.notify.settings import Settings

from .public import Stream, joined, public, rows, streaming, until_kept
from .test_feed_writer import feeding

ROOT = Path(__file__).parents[2]


async def begin(settings: Settings) -> asyncio.subprocess.Process:
    """A process that writes the feed."""
    environment = {
        "CITY": CITY,
        "DATABASE_URL": settings.database_url,
        "NATS_URL": settings.nats_url,
        "BATCH_SIZE": "20",
        "WEBHOOK_SECRET": settings.webhook_secret.get_secret_value(),
    }
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).parent / "feeding.py"),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        stderr=asyncio.subprocess.DEVNULL,
    )


async def test_killed_again_and_again_the_feed_is_the_stream(
    app: FastAPI, settings: Settings, nats_server: RunningNats
) -> None:
    database: Database = app.state.database
    here = settings.model_copy(update={"nats_url": nats_server.url})
    bodies, chance = [public(joined()) for _ in range(1500)], random.Random(11)
    async with streaming(nats_server) as stream:
        publishing = asyncio.create_task(slowly(stream, bodies))
        for _ in range(3):
            process = await begin(here)
            await until_kept(database, len(await rows(database)) + chance.randint(1, 400), seconds=30)
            process.kill()
            await process.wait()
        await publishing
        last = await begin(here)
        await until_kept(database, len(bodies), seconds=30)
        last.kill()
        await last.wait()
    assert await rows(database) == list(enumerate(bodies, 1))


async def slowly(stream: Stream, bodies: list[bytes]) -> None:
    """Publish bit by bit."""
    for start in range(0, len(bodies), 30):
        await stream.publish(*bodies[start : start + 30])
        await asyncio.sleep(0.01)


async def test_the_writer_needs_no_more_than_its_rights(
    app: FastAPI, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    passwords = {"operator": "secret-operator", "notify": "secret-notify", "catalogue": "secret-catalogue"}
    server = start_nats(tmp_path, permissions=permissions.render(CITY, passwords))
    rights = {"nats_url": server.url, "nats_user": "notify", "nats_password": SecretStr("secret-notify")}
    database: Database = app.state.database
    async with (
        streaming(server, "operator", "secret-operator"),
        feeding(database, settings.model_copy(update=rights)),
        streaming(server, "catalogue", "secret-catalogue") as stream,
    ):
        await stream.publish(*(bodies := [public(joined()) for _ in range(5)]))
        await until_kept(database, 5)
    server.stop()
    assert await rows(database) == list(enumerate(bodies, 1))
    assert "iolation" not in caplog.text and "iolation" not in (tmp_path / "nats.log").read_text()
