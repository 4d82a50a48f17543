"""Processes of a city are killed in the middle of its awards: nothing is lost and nothing happens twice."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
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
LEARNERS = 150 if LONG else 50
SETTLE = 300.0 if LONG else 60.0  # seconds without which a city has not settled
SENDERS = 4  # letters of one instance that may be on their way at the moment of a kill


@dataclass
class Festival:
    """A city whose activities and playlists are published; its learners come in groups."""

    story: Story
    directory: Path
    whole: DemoCity
    came: int = 0
    notify_killed: int = 0

    async def welcome(self, learners: int) -> None:
        """The next so many learners take part."""
        self.story.demo = some(self.whole, self.came, self.came + learners)
        self.came += learners
        await self.story.take_part()

    async def settle_and_check(self) -> None:
        """Wait until nothing is on its way, and hold all that happened so far against what must be."""
        await settled(self.story)
        self.story.demo = some(self.whole, 0, self.came)
        ledger = await audit(self.story)
        print("letters", dict(ledger.letters))
        check(self.story, ledger, self.notify_killed)


@pytest.fixture(scope="module")
async def festival(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Festival]:
    """A running city that starts again whatever is killed, and the story that is told in it."""
    with running_city(tmp_path_factory.mktemp("chaos")) as directory:
        city, whole = place.find(directory), load_city(datetime.now(UTC))
        async with client() as http:
            story = Story(city, whole, Door(city.public_url, Mint(city), http), print)
            await story.begin()
            await story.offer()
            yield Festival(story, directory, whole)


@contextmanager
def running_city(folder: Path) -> Iterator[Path]:
    """The data directory of a city that runs in a process of its own."""
    folder.chmod(0o711)  # PostgreSQL may run as somebody else
    url, log = f"http://localhost:{child.free_port()}", folder / "city.log"
    command = [sys.executable, "-u", "-m", "tests.chaos.city", str(folder / "city"), url]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        _wait_healthy(process, log)
        yield folder / "city"
    finally:
        process.terminate()
        process.wait(60)


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


def some(demo: DemoCity, first: int, end: int) -> DemoCity:
    """The demo with these of its learners only."""
    addresses = {learner.address for learner in demo.learners[first:end]}
    return replace(
        demo,
        learners=demo.learners[first:end],
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


@pytest.mark.timeout(1800 if LONG else 180)
async def test_ten_kills_in_the_middle_of_the_awards_lose_and_double_nothing(festival: Festival) -> None:
    nemesis = Nemesis(festival.directory, SEED, KILLS, PAUSE)
    await asyncio.gather(festival.welcome(LEARNERS), nemesis.rage())
    print("killed", dict(nemesis.killed))
    assert nemesis.killed.total() == KILLS
    festival.notify_killed += nemesis.killed["notify"]
    await festival.settle_and_check()


@pytest.mark.timeout(1800 if LONG else 180)
async def test_a_nats_that_lost_its_disk_in_the_middle_loses_nothing(festival: Festival) -> None:
    await festival.welcome(20)
    (festival.directory / "nats" / "store").rename(festival.directory / "lost")  # it is writing there
    running = state.read(festival.directory)
    assert running is not None
    os.kill(running.children["nats"].pid, signal.SIGKILL)
    await _republished(festival.story)
    await festival.settle_and_check()


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
