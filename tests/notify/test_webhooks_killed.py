"""kill -9 of a real notify in the middle: nothing is lost, and what comes twice has the same webhook-id."""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from deploy.onemachine.testbed import RunningNats
from services.chassis.testing import Keyring, until
from services.notify.settings import Settings

from .conftest import City
from .hooks import Hooks, came
from .receiver import Receiver, receiving

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def hooks(city: City, http: httpx.AsyncClient, keyring: Keyring, settings: Settings) -> Hooks:
    """One integration that sees the whole city."""
    found = Hooks(city, http, keyring, settings)
    await found.begin()
    return found


@asynccontextmanager
async def notify(hooks: Hooks, server: RunningNats, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The whole service as a process of its own; killed at the end unless it has died before."""
    settings = hooks.settings
    environment = {
        "DATABASE_URL": settings.database_url,
        "CITY": settings.city,
        "PUBLIC_URL": settings.public_url,
        "NATS_URL": server.url,
        "SMTP_URL": settings.smtp_url,
        "INSTANCE": settings.instance,
        "STATE_DIR": str(settings.state_dir),
        "WEBHOOK_SECRET": settings.webhook_secret.get_secret_value(),
        "WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
        "WEBHOOK_RETRIES": "[0, 0.1, 0.2, 0.5, 1, 1, 1, 1]",
        **more,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "uvicorn", "--factory", "services.notify.app:app", "--port", "0", "--no-access-log"),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stderr=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_killed_again_and_again_nothing_is_lost_and_doubles_have_the_same_id(
    hooks: Hooks, nats_server: RunningNats
) -> None:
    chance, events = random.Random(5), 240
    async with receiving(Receiver(delay=0.01)) as receiver:
        plain = await hooks.subscribe(receiver.url("/plain"))
        ordered = await hooks.subscribe(receiver.url("/ordered"), ordered=True)
        happened = await hooks.join(events)
        for _ in range(2):
            async with notify(hooks, nats_server) as process:
                await came(receiver, len(receiver.answered) + chance.randint(60, 120), seconds=40)
                process.send_signal(signal.SIGKILL)
                await process.wait()
        assert await hooks.rows("SELECT 1 FROM delivery WHERE state = 'sending' LIMIT 1"), "in the middle"
        async with notify(hooks, nats_server):
            await hooks.reach(plain, *["delivered"] * events)
            await hooks.reach(ordered, *["delivered"] * events)
    times = Counter(receiver.ids("/plain"))
    assert set(times) == set(happened) == set(receiver.ids("/ordered"))
    assert max(times.values()) <= 3 and sum(times.values()) > events
    first = list(dict.fromkeys(receiver.ids("/ordered")))
    assert first == happened, "each event comes for the first time in order, whatever comes again"


async def test_what_another_instance_had_in_hand_is_due_again_after_its_lease(hooks: Hooks) -> None:
    async with receiving(Receiver()) as receiver:
        told = await hooks.subscribe(receiver)
        (event,) = await hooks.join()
        await hooks.change(
            "UPDATE delivery SET state = 'sending', claimed_by = 'another',"
            " claimed_until = now() + interval '0.5 seconds'"
        )
        async with hooks.sending(lease_seconds=1):
            await hooks.reach(told, "delivered")
    assert receiver.ids() == [event]


async def test_at_its_end_a_process_settles_what_it_has_sent(hooks: Hooks) -> None:
    async with receiving(Receiver(delay=0.3)) as receiver:
        told = await hooks.subscribe(receiver)
        async with hooks.sending():
            await hooks.join(8)
            await until(lambda: hooks.rows("SELECT 1 FROM delivery WHERE state = 'sending'"))
            await until(lambda: _asked(receiver))
        states = Counter(await hooks.states(told))
    assert states["sending"] == 0 and states["delivered"] == len(receiver.answered) >= 4


async def _asked(receiver: Receiver) -> bool:
    return len(receiver.got) >= 4
