"""kill -9 of the process that sends: at every moment no letter leaves twice, and none is lost in silence."""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from services.chassis.testing import until

from .conftest import City

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def sending(city: City, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that sends the city's letters; killed at the end unless it has died before."""
    environment = {
        "DATABASE_URL": city.settings.database_url,
        "CITY": city.settings.city,
        "PUBLIC_URL": city.settings.public_url,
        "SMTP_URL": city.settings.smtp_url,
        "SMTP_CONNECTIONS": "1",
        "WEBHOOK_SECRET": city.settings.webhook_secret.get_secret_value(),
        "INSTANCE": city.settings.instance,
        "STATE_DIR": str(city.settings.state_dir),
        **settings,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).parent / "sending.py"),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def reaches(condition: Callable[[], bool]) -> None:
    """Wait until that is so."""

    async def reached() -> bool:
        return condition()

    await until(reached, seconds=30)


async def settled(city: City, *states: str) -> None:
    """Wait until the letters are in these states."""

    async def reached() -> bool:
        return sorted(await city.states()) == sorted(states)

    await until(reached, seconds=30)


def logged(city: City) -> str:
    """What the process has written down about its letters."""
    path = city.settings.state_dir / "letters.log"
    return path.read_text() if path.exists() else ""


async def test_killed_between_the_answer_and_the_mark_it_is_found_to_be_sent(city: City) -> None:
    await city.hear(city.awarded())
    async with city.database.engine.connect() as blocker:
        city.mail.silence = asyncio.Event()
        async with sending(city) as process:
            await settled(city, "sending")
            await reaches(lambda: "handed" in logged(city))
            await blocker.execute(text("SELECT id FROM letter FOR UPDATE"))  # so that it cannot be marked
            city.mail.silence.set()
            await reaches(lambda: "accepted" in logged(city))
            process.send_signal(signal.SIGKILL)
            await process.wait()
    city.mail.silence = None
    async with sending(city):
        await settled(city, "sent")
    assert len(city.mail.letters) == 1 and len(await city.told("letter.sent")) == 1


@pytest.mark.parametrize("log_lost", [False, True])
async def test_killed_while_the_answer_is_awaited_it_is_unknown(city: City, log_lost: bool) -> None:
    await city.hear(city.awarded())
    city.mail.silence = asyncio.Event()
    async with sending(city) as process:
        await reaches(lambda: "handed" in logged(city))
        process.send_signal(signal.SIGKILL)
        await process.wait()
    city.mail.silence.set()
    city.mail.silence = None
    if log_lost:
        (city.settings.state_dir / "letters.log").unlink()
    async with sending(city):
        await settled(city, "unknown")
        await city.hear(city.awarded())  # it goes on with others, and leaves that one alone
        await settled(city, "unknown", "sent")
    assert max(Counter(letter["X-Letter-Id"] for letter in city.mail.letters).values()) == 1


async def test_killed_before_anything_was_handed_over_it_is_sent_by_the_next(city: City) -> None:
    await city.hear(city.awarded())
    city.mail.hold_recipients = asyncio.Event()
    async with sending(city) as process:
        await settled(city, "sending")
        process.send_signal(signal.SIGKILL)
        await process.wait()
    city.mail.hold_recipients.set()
    async with sending(city):
        await settled(city, "sent")
    assert len(city.mail.letters) == 1


async def test_killed_with_many_letters_in_hand_only_the_one_under_way_is_in_doubt(city: City) -> None:
    await city.hear(*(city.awarded() for _ in range(10)))
    city.mail.silence = asyncio.Event()
    async with sending(city, LETTERS_PER_CLAIM="10") as process:
        await settled(city, *["sending"] * 10)
        await reaches(lambda: "handed" in logged(city))
        process.send_signal(signal.SIGKILL)
        await process.wait()
    city.mail.silence.set()
    city.mail.silence = None
    async with sending(city, LETTERS_PER_CLAIM="10"):
        await settled(city, "unknown", *["sent"] * 9)
    left = Counter(letter["X-Letter-Id"] for letter in city.mail.letters)
    assert max(left.values()) == 1 and len(left) in (9, 10)


async def test_killed_again_and_again_no_letter_leaves_twice_and_none_is_lost(city: City) -> None:
    awards, connections, kills = 80, 3, 4
    await city.hear(*(city.awarded() for _ in range(awards)))
    chance = random.Random(7)
    for _ in range(kills):
        async with sending(city, SMTP_CONNECTIONS=str(connections)) as process:
            wanted = len(city.mail.letters) + chance.randint(1, 12)
            await reaches(lambda wanted=wanted: len(city.mail.letters) >= wanted)  # type: ignore[misc]  # bound now
            process.send_signal(signal.SIGKILL)
            await process.wait()

    async def done() -> bool:
        return not {"queued", "sending"} & set(await city.states())

    async with sending(city, SMTP_CONNECTIONS=str(connections)):
        await until(done, seconds=30)
    states = Counter(await city.states())
    left = Counter(letter["X-Letter-Id"] for letter in city.mail.letters)
    assert states["sent"] + states["unknown"] == awards and states["unknown"] <= kills * connections
    assert max(left.values()) == 1 and len(left) >= states["sent"]
