"""Everything goes wrong while a city awards badges: nothing is lost, and nothing happens twice."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.commands import place
from deploy.demo.city import load_city
from deploy.demo.door import client
from tests.notify.receiver import Receiver, receiving

from . import effects, report
from .faults import drawn
from .ledger import Ledger
from .nemesis import Nemesis
from .settling import settled
from .troubled import restarts, troubled_city
from .workload import Workload, begun, spread, subscribe

SEED = int(os.environ.get("SEED") or "1")
MINUTES = float(os.environ["MINUTES"]) if os.environ.get("MINUTES") else None
SECONDS = 60 * MINUTES if MINUTES else 11.0  # for which faults begin
GAP = (1.0, 4.0) if MINUTES else (0.6, 1.1)  # seconds from one fault to the next
LASTING = (0.5, 6.0) if MINUTES else (0.4, 1.6)  # seconds for which one lasts
PLAYLISTS = 3 if MINUTES else 1
GUESTS = 300 if MINUTES else 100  # of one festival
SENDERS = 4  # letters that are handed over at one moment, one on each connection
REPORTS = Path(__file__).parents[2] / ".chaos"
RUN = report.Run(SEED, MINUTES)


@pytest.mark.timeout(SECONDS + 400)
async def test_nothing_is_lost_and_nothing_happens_twice_whatever_fails(tmp_path: Path) -> None:
    times = report.Times()
    async with troubled_city(tmp_path) as hands, client() as http, receiving(Receiver()) as receiver:
        times.note("the city started")
        workload = begun(place.find(hands.order.directory), load_city(datetime.now(UTC)), http, PLAYLISTS)
        await workload.prepare()
        subscribed = await subscribe(workload, receiver.url())
        hands.office.store = None
        times.note("organisers prepared")
        told = report.Report(RUN, Nemesis(hands), times)
        try:
            faults = drawn(SEED, GAP, LASTING)
            await workload.festival(GUESTS)  # so that there is something to be struck
            await asyncio.gather(spread(workload, SECONDS, GUESTS), told.nemesis.rage(faults, SECONDS))
            times.note("people took part, in chaos")
            last = await settled(workload.story.city)
            times.note("the city settled")
            ledger = await balanced(workload, told.nemesis, receiver, subscribed)
            times.note("everything was read")
            told.wrong, told.counts = ledger.differences(), ledger.summary() | {"last on its way": last}
        except Exception as error:
            told.wrong = [f"{type(error).__name__}: {error}"]
            raise
        finally:
            told.restarts = restarts(hands.order)
            print(f"{told}report: {told.write(REPORTS)}")
    assert not told.wrong


async def balanced(workload: Workload, nemesis: Nemesis, receiver: Receiver, subscribed: int) -> Ledger:
    """What was asked beside what happened."""
    office = nemesis.hands.office
    happened = await effects.read_all(workload.story, office.taken, receiver.answered)
    return Ledger(workload.asked, happened, in_doubt(nemesis), office.counts["refusing"], subscribed)


def in_doubt(nemesis: Nemesis) -> int:
    """How many letters may be unknown: those that were never answered, and one on each connection whenever
    something happened to notify or between it and the mail server."""
    counts = nemesis.hands.office.counts
    return counts["silent"] + counts["dying"] + SENDERS * nemesis.times("notify", "notify-smtp")
