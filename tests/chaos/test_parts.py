"""The parts of the chaos suite do what they are taken to do: a suite that finds nothing must be able to."""

import asyncio
import os
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from deploy.demo.city import load_city

from .city import SHIFTED
from .effects import Effects, Producer
from .faults import TARGETS, drawn
from .ledger import Ledger
from .links import Link, listening
from .strikes import STRIKES
from .workload import Asked

GAP, LASTING = (1.0, 2.0), (0.5, 3.0)
ASK_THE_TIME = """
import sys, time
from datetime import UTC, datetime
for _ in sys.stdin:
    print(time.time(), time.time_ns() / 1e9, flush=True)
    print(datetime.now(UTC).timestamp(), datetime.now().timestamp(), flush=True)
"""


def test_the_same_seed_draws_the_same_faults_and_another_one_others() -> None:
    first, again, other = (list(islice(drawn(seed, GAP, LASTING), 50)) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_every_round_has_a_fault_of_every_kind_and_every_kind_can_be_struck() -> None:
    one_round = list(islice(drawn(1, GAP, LASTING), len(TARGETS)))
    assert {fault.kind for fault in one_round} == TARGETS.keys() == STRIKES.keys()


def test_a_clock_is_as_far_off_as_its_file_says_while_the_process_runs(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_bytes(bytes(8))
    told = os.environ | {"PYTHONPATH": str(SHIFTED), "CLOCK_FILE": str(file)}
    command = [sys.executable, "-c", ASK_THE_TIME]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=told
    ) as asked:
        assert asked.stdin and asked.stdout
        for off in (0.0, 300.0, -300.0):
            file.write_bytes(struct.pack("d", off))
            asked.stdin.write("\n")
            asked.stdin.flush()
            times = [float(word) for _ in range(2) for word in asked.stdout.readline().split()]
            now = datetime.now(UTC).timestamp()
            assert len(times) == 4
            assert all(abs(now + off - each) < 5 for each in times)
        asked.stdin.close()


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    """The port of a server that answers what it is told."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(100):
            writer.write(said)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_a_stalled_link_holds_what_is_said_and_a_cut_one_drops_who_says_it(echo: int) -> None:
    async with listening(Link(lambda: f"127.0.0.1:{echo}")) as link:
        reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
        writer.write(b"one")
        assert await reader.read(100) == b"one"
        link.turn("stalled")
        writer.write(b"two")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await reader.read(100)
        link.turn("open")
        assert await reader.read(100) == b"two"
        link.turn("cut")
        assert await reader.read(100) == b""
        writer.close()


RECIPIENT, BADGE = uuid4(), uuid4()


@pytest.fixture
def balanced() -> Ledger:
    """One award that was asked for and made, told, and written to its holder; nothing else happened."""
    award, event = str(uuid4()), str(uuid4())
    asked = Asked(load_city(datetime.now(UTC)), b"a secret of tests")
    asked.awards[RECIPIENT, BADGE] += 1
    effects = Effects(awards=Counter({(RECIPIENT, BADGE): 1}), award_ids={award}, feed=[(1, event)])
    effects.producers["badges"] = Producer([1, 2], {event}, {1, 2})
    effects.facts = [{"type": "col.badges.badge.awarded.v1", "id": event, "data": {"award": award}}]
    effects.letters.states, effects.letters.reasons = {"letter": "sent"}, {"letter": ""}
    effects.letters.taken = Counter(letter=1)
    return Ledger(asked, effects, ambiguous=0, refused=0, subscribed=1)


def lose_an_award(ledger: Ledger) -> None:
    """The city forgot it."""
    ledger.effects.awards.clear()


def double_an_award(ledger: Ledger) -> None:
    """The city made it twice."""
    ledger.effects.awards[RECIPIENT, UUID(int=1)] += 1


def begin_a_job_twice(ledger: Ledger) -> None:
    """A list was taken in twice."""
    ledger.effects.jobs.add(uuid4())


def tell_twice(ledger: Ledger) -> None:
    """Another event says the same."""
    ledger.effects.facts.append(ledger.effects.facts[0] | {"id": str(uuid4())})


def skip_a_number(ledger: Ledger) -> None:
    """A producer's numbers have a gap."""
    ledger.effects.producers["badges"].numbers[1] = 3


def lose_in_the_stream(ledger: Ledger) -> None:
    """An event never came to NATS."""
    ledger.effects.producers["badges"].in_stream.remove(2)


def skip_a_position(ledger: Ledger) -> None:
    """The feed has a gap."""
    ledger.effects.feed = [(2, ledger.effects.feed[0][1])]


def write_twice(ledger: Ledger) -> None:
    """Somebody was written to twice."""
    ledger.effects.letters.taken["letter"] += 1


def write_to_nobody(ledger: Ledger) -> None:
    """What is said to be sent never came."""
    ledger.effects.letters.taken.clear()


def lose_track(ledger: Ledger) -> None:
    """A letter is unknown though nothing happened to the mail."""
    ledger.effects.letters.states["letter"] = "unknown"


def fail_a_letter(ledger: Ledger) -> None:
    """A letter failed though nobody refused it."""
    ledger.effects.letters.states["letter"] = "failed"


def leave_a_webhook_out(ledger: Ledger) -> None:
    """Nothing was posted."""
    ledger.subscribed = 0


def refuse_an_event(ledger: Ledger) -> None:
    """A service did not want an event of another."""
    ledger.effects.refused["pathways: NotYours"] += 1


CRIMES = (
    *(
        lose_an_award,
        double_an_award,
        begin_a_job_twice,
        tell_twice,
        skip_a_number,
        lose_in_the_stream,
        skip_a_position,
    ),
    *(write_twice, write_to_nobody, lose_track, fail_a_letter, leave_a_webhook_out, refuse_an_event),
)


def test_a_city_in_which_all_went_well_has_no_differences(balanced: Ledger) -> None:
    assert balanced.differences() == []


@pytest.mark.parametrize("crime", CRIMES, ids=lambda crime: crime.__name__)
def test_the_ledger_sees(balanced: Ledger, crime: object) -> None:
    assert callable(crime)
    crime(balanced)
    assert balanced.differences() != []
