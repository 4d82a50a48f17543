"""Letters: awards heard and queued, letters written, letters sent over SMTP, on servers that sync everything.

`python -m bench.letters 2000` measures so many and prints the figures.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import uvloop
from nats.aio.client import Client
from pydantic import SecretStr
from sqlalchemy import text

from contracts.badges import AchievementPublished, BadgeAwarded, RecipientNamed, Source
from contracts.catalogue import OrganisationRegistered
from contracts.envelope import Event, uuid7
from deploy import streams
from services.chassis import relay, work
from services.chassis.database import Database
from services.chassis.delivery import Delivery
from services.chassis.testing import CITY, ORIGIN, sealed
from services.notify.app import service
from services.notify.composing import compose
from services.notify.domain.wording import Facts
from services.notify.sender import loops
from services.notify.settings import Settings

from .events import servers

LETTERS = 10_000
BATCH = 500


def measure() -> dict[str, float]:
    """Letters per second through each stage, and the sink's share of the two processors."""
    return uvloop.run(_measure(LETTERS))


async def _measure(number: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name, _sink() as (port, finish):
        async with servers("notify") as (url, client):
            settings = _settings(url, port, Path(name))
            database = Database(url, CITY)
            figures = {"letters_composed_per_s": _composing(settings)}
            figures |= await _queueing(database, settings, number)
            figures |= await _sending(database, settings, client, number)
            await database.close()
        told = finish()
    assert told["letters"] == number and told["most_of_one"] == 1, told
    seconds = number / figures["letters_per_s"]
    figures["letters_sink_share_of_a_core"] = told["processor_s"] / seconds
    return figures


def _settings(url: str, port: int, folder: Path) -> Settings:
    return Settings(
        city=CITY,
        public_url=ORIGIN,
        database_url=url,
        smtp_url=f"smtp://127.0.0.1:{port}",
        webhook_secret=SecretStr("a secret for measuring, long enough"),
        state_dir=folder,
        instance="bench",
    )


@contextmanager
def _sink() -> Iterator[tuple[int, Callable[[], dict[str, float]]]]:
    """A mail server in a process of its own: its port, and how it is asked what it took."""
    command = [sys.executable, "-m", "bench.mailsink"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout

    def finish() -> dict[str, float]:
        told: dict[str, float] = json.loads(process.communicate()[0])
        return told

    try:
        yield int(process.stdout.readline()), finish
    finally:
        process.kill()
        process.wait()


def _composing(settings: Settings) -> float:
    """Letters written per second, ready to be handed over, each to somebody else."""
    people = [
        Facts(
            "badge_awarded",
            f"person{n}@example.org",
            f"Ääni Person {n}",
            ("en", "nl", "ar")[n % 3],
            "Youth Radio",
            "Podcast Producer",
            "en",
            f"{ORIGIN}/achievements/1/1/image.png",
            f"{ORIGIN}/credentials/{n:022}",
        )
        for n in range(6000)
    ]
    now = datetime.now(UTC)
    for person in people[:3]:
        compose(uuid4(), person, now, settings)
    started = time.perf_counter()
    for person in people:
        compose(uuid4(), person, now, settings)
    return len(people) / (time.perf_counter() - started)


async def _queueing(database: Database, settings: Settings, number: int) -> dict[str, float]:
    made = service(settings)
    delivery = Delivery("notify", made.handlers, tuple(made.statuses), database, settings)
    organisation, achievement = uuid4(), uuid4()
    people = [uuid4() for _ in range(number)]
    before = [sealed(event) for event in _published(organisation, achievement)]
    await delivery.handle(before)
    named = await _handled(delivery, [_named(person, n) for n, person in enumerate(people)])
    queued = await _handled(delivery, [_awarded(person, organisation, achievement) for person in people])
    return {"recipients_named_per_s": named, "letters_queued_per_s": queued}


async def _handled(delivery: Delivery[Settings], events: Sequence[Event]) -> float:
    bodies = [sealed(event) for event in events]
    started = time.perf_counter()
    for start in range(0, len(bodies), BATCH):
        await delivery.handle(bodies[start : start + BATCH])
    return len(bodies) / (time.perf_counter() - started)


def _published(organisation: UUID, achievement: UUID) -> tuple[Event, ...]:
    return (
        OrganisationRegistered(organisation=organisation, name="Youth Radio"),
        AchievementPublished(
            achievement=achievement,
            version=1,
            organisation=organisation,
            name="Podcast Producer",
            description="Made a podcast.",
            language="en",
            source=Source(kind="activity", id=uuid4()),
            picture=f"{ORIGIN}/achievements/1/1/image.png",
        ),
    )


def _named(person: UUID, n: int) -> RecipientNamed:
    return RecipientNamed(
        recipient=person,
        address=f"person{n}@example.org",
        name=f"Person {n}",
        language=("en", "nl", "ar")[n % 3],
        said_by="organiser",
        at=datetime.now(UTC),
    )


def _awarded(person: UUID, organisation: UUID, achievement: UUID) -> BadgeAwarded:
    return BadgeAwarded(
        award=uuid7(),
        achievement=achievement,
        version=1,
        organisation=organisation,
        occasion="direct",
        awarded_at=datetime.now(UTC),
        recipient=person,
        claim=f"{ORIGIN}/credentials/{uuid4().hex[:22]}",
    )


async def _sending(database: Database, settings: Settings, client: Client, number: int) -> dict[str, float]:
    """All that is queued, sent, with the events about it relayed meanwhile as in a city."""
    await streams.declare(client.jetstream(), CITY, [])
    started, jobs = time.perf_counter(), [work.run(loop, database) for loop in loops(database, settings)]
    jobs.append(work.forever("relay", lambda: relay.run(database, client)))
    tasks = [asyncio.create_task(job) for job in jobs]
    seconds: list[float] = []
    for share in (0.1, 0.9, 1):
        await _until(_sent_of(database, int(number * share)))
        seconds.append(time.perf_counter() - started)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    first, last = seconds[0], seconds[2] - seconds[1]
    return {"letters_per_s": number / seconds[2], "letters_last_over_first_tenth": first / last}


def _sent_of(database: Database, wanted: int) -> Callable[[], Awaitable[bool]]:
    async def reached() -> bool:
        async with database.engine.connect() as connection:
            sent: Any = await connection.scalar(text("SELECT count(*) FROM letter WHERE state = 'sent'"))
            return int(sent) >= wanted

    return reached


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    while not await condition():
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    found = uvloop.run(_measure(int(sys.argv[1]) if len(sys.argv) > 1 else LETTERS))
    print(json.dumps(found, indent=2))
