"""Processes of a city are killed in the middle of its awards: nothing is lost and nothing happens twice."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.commands import place
from deploy.commands.events import republish
from deploy.commands.token import Mint
from deploy.demo.city import load_city
from deploy.demo.door import Door, client
from deploy.demo.facts import DemoCity
from deploy.demo.story import Story
from deploy.onemachine import child, state

from .ledger import Ledger, audit, unsettled
from .nemesis import Nemesis

LONG = os.environ.get("CHAOS") == "long"
SEED = int(os.environ.get("SEED", "1"))
KILLS = 60 if LONG else 10
PAUSE = (0.2, 2.5) if LONG else (0.1, 0.9)
LEARNERS = 200 if LONG else 50
SETTLE = 300.0 if LONG else 60.0  # seconds without which a city has not settled
SENDERS = 4  # letters of one instance that may be on their way at the moment of a kill


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """The data directory of a running city, which starts again whatever is killed."""
    url = f"http://localhost:{child.free_port()}"
    log = tmp_path / "city.log"
    tmp_path.chmod(0o711)  # PostgreSQL may run as somebody else
    with log.open("wb") as out:
        command = [sys.executable, "-u", "-m", "tests.chaos.city", str(tmp_path / "city"), url]
        city = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        _wait_healthy(city, log)
        yield tmp_path / "city"
    finally:
        city.terminate()
        city.wait(60)


def _wait_healthy(city: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while "is healthy" not in log.read_text():
        assert city.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)  # the supervisor says so in its log only


async def settled(story: Story) -> None:
    """Wait until nothing is on its way any more; two looks in a row must agree."""
    deadline, quiet = time.monotonic() + SETTLE, 0
    left: object = None
    while quiet < 2:
        assert time.monotonic() < deadline, left
        try:
            left = await unsettled(story.city)
        except Exception as error:  # a server that was killed a moment ago does not answer yet
            left = error
        quiet = 0 if left else quiet + 1
        await asyncio.sleep(0.3)


def some(demo: DemoCity, count: int) -> DemoCity:
    """The demo with the first learners only."""
    addresses = {learner.address for learner in demo.learners[:count]}
    return replace(
        demo,
        learners=demo.learners[:count],
        enrolments=tuple(one for one in demo.enrolments if one.learner in addresses),
        completions=tuple(one for one in demo.completions if one.learner in addresses),
    )


def check(story: Story, ledger: Ledger, notify_killed: int) -> None:
    """The invariants."""
    badges, playlists = story.expected_badges, story.expected_playlists
    assert playlists > 0
    assert ledger.doubled == []
    assert ledger.dead == 0
    assert (ledger.awards, ledger.credentials) == (badges, badges)
    assert ledger.facts["badges.badge.awarded.v1"] == badges
    assert ledger.facts["pathways.pathway.started.v1"] == len(story.demo.enrolments)
    assert ledger.facts["pathways.pathway.completed.v1"] == playlists
    assert ledger.arrived_twice == 0
    sent, unknown = ledger.letters.pop("sent"), ledger.letters.pop("unknown", 0)
    assert not ledger.letters, "every other state is a lost letter"
    assert sent + unknown == story.expected_letters
    assert sent <= ledger.arrived <= sent + unknown
    assert unknown <= notify_killed * SENDERS


async def begun(directory: Path, door: Door) -> Story:
    """A story whose activities and playlists are published, and nobody has taken part yet."""
    demo = some(load_city(datetime.now(UTC)), LEARNERS)
    story = Story(place.find(directory), demo, door, print)
    await story.begin()
    await story.offer()
    return story


@pytest.mark.timeout(1800 if LONG else 180)
async def test_ten_kills_in_the_middle_of_the_awards_lose_and_double_nothing(directory: Path) -> None:
    nemesis = Nemesis(directory, SEED, KILLS, PAUSE)
    city = place.find(directory)
    async with client() as http:
        story = await begun(directory, Door(city.public_url, Mint(city), http))
        await asyncio.gather(story.take_part(), nemesis.rage())
        await settled(story)
        ledger = await audit(story)
    print("killed", dict(nemesis.killed), "letters", dict(ledger.letters))
    assert nemesis.killed.total() == KILLS
    check(story, ledger, nemesis.killed["notify"])


@pytest.mark.timeout(1800 if LONG else 180)
async def test_a_nats_that_lost_its_disk_in_the_middle_loses_nothing(directory: Path) -> None:
    city = place.find(directory)
    async with client() as http:
        story = await begun(directory, Door(city.public_url, Mint(city), http))
        await story.take_part()
        shutil.rmtree(directory / "nats" / "store")
        running = state.read(directory)
        assert running is not None
        os.kill(running.children["nats"].pid, 9)
        await _republished(story)
        await settled(story)
        ledger = await audit(story)
    check(story, ledger, 0)


async def _republished(story: Story) -> None:
    """`city journal republish`, as soon as NATS answers again."""
    deadline = time.monotonic() + 30
    while True:
        try:
            assert sum((await republish(story.city, None)).values()) > 0
            return
        except Exception:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)
