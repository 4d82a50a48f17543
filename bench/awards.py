"""Awards: a bulk award of 10,000 in a whole city, from its request to the last badge, event and step.

`make bench ARGS="awards long"` also awards 100,000, to see whether the last are as quick as the first.
"""

import asyncio
import itertools
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx
from nats.js import JetStreamContext
from rich.console import Console
from rich.table import Table

from contracts import subjects
from contracts.badges import BadgeAwarded
from deploy import topology
from deploy.commands.place import City
from deploy.demo.door import Door, client, id_of
from deploy.nats.permissions import OPERATOR as NATS_OPERATOR

from . import city, npm, plot, processes
from .credential import case
from .festival import OPERATOR, Festival, organised, prepared
from .machine import machine

MANY, MORE, LONG = 10_000, 50_000, 100_000
RUNS = 3  # of the 10,000; processors here are a third slower at times, so the one of middle speed counts
SINGLES = 40
PATIENCE = 900.0
PLOT = Path(__file__).parent / "results" / "awards.png"
EVERY = 0.1


def measure() -> dict[str, float]:
    """The figures; the plot of the 10,000 is drawn beside them."""
    with city.running() as running:
        figures = asyncio.run(_measure_in(running))
    figures["npm_issues_1000_in_s"] = 1000 / npm.rate("sign", case().request(case().unsigned))
    return figures


async def _measure_in(running: City) -> dict[str, float]:
    festival = await prepared(running)
    async with httpx.AsyncClient(timeout=120, trust_env=False) as http, _watching(festival) as watched:
        await _award(festival, http, watched, festival.addresses("first", 500))  # everything is warm
        runs = [
            await _award(festival, http, watched, festival.addresses(f"many{number}", MANY))
            for number in range(RUNS)
        ]
        run = sorted(runs, key=lambda each: each.seconds)[RUNS // 2]
        figures = {
            "awards_per_s_10k": MANY / run.seconds,
            "awards_202_after_s": run.accepted,
        }
        figures |= await _slower(watched, run, "10k")
        stages(run, [MANY / each.seconds for each in runs])
        draw(run)
        figures |= await _while_many_wait(festival, http, watched)
        figures["peak_rss_mb"] = max(each.most_mb for each in _used(festival).values())
        if "long" in sys.argv:
            run = await _award(festival, http, watched, festival.addresses("long", LONG))
            figures["awards_per_s_100k"] = LONG / run.seconds
            figures |= await _slower(watched, run, "100k")
    return figures


async def _slower(watched: "Watched", run: "Run", name: str) -> dict[str, float]:
    issued, steps = await watched.last_over_first(run)
    return {f"last_over_first_{name}": issued, f"last_over_first_steps_{name}": steps}


@dataclass
class Run:
    """One bulk award: how many there were of what at each moment."""

    job: str
    accepted: float
    behind: int  # of pathways' journal
    seconds: float = 0.0
    spent: dict[str, float] = field(default_factory=dict)  # seconds of the processors, by kind of process
    samples: dict[str, list[tuple[float, float]]] = field(default_factory=dict)


class Watched:
    """What has become of awards, in the services' databases."""

    def __init__(
        self, badges: asyncpg.Connection, pathways: asyncpg.Connection, notify: asyncpg.Connection
    ) -> None:
        self._badges, self._pathways, self._notify = badges, pathways, notify

    async def at_rest(self) -> None:
        """Wait until there is a letter for every award."""
        async with asyncio.timeout(PATIENCE):
            awards = await self._badges.fetchval("SELECT count(*) FROM award")
            while await self._notify.fetchval("SELECT count(*) FROM letter") < awards:
                await asyncio.sleep(1)

    async def look(self) -> dict[str, int]:
        """How many badges, events that have left and steps of progress there are, by what was told of them.

        To count the badges themselves again and again would take a part of what is measured.
        """
        written, left = await self._badges.fetchrow(
            "SELECT (SELECT max(sequence) FROM numbered) + (SELECT count(*) FROM unnumbered), upto"
            " FROM relayed"
        )
        told = await self._pathways.fetchval("SELECT coalesce(max(sequence), 0) FROM numbered")
        # An award is three events (somebody is named, and awarded on two planes), a step is two.
        return {"badges": written // 3, "events": left // 3, "steps": told // 2}

    async def done(self, job: str) -> None:
        """Wait until a job is done."""
        async with asyncio.timeout(PATIENCE):
            while await self._badges.fetchval("SELECT state FROM award_job WHERE id = $1", job) != "done":
                await asyncio.sleep(1)

    async def issued(self, job: str) -> int:
        """How many credentials a job has led to."""
        found: int = await self._badges.fetchval(
            "SELECT count(*) FROM award_job_line l JOIN credential c USING (award) WHERE job = $1", job
        )
        return found

    async def written(self) -> int:
        """How far pathways has written of its events."""
        found: int = await self._pathways.fetchval("SELECT coalesce(max(id), 0) FROM journal")
        return found

    async def last_over_first(self, run: "Run") -> tuple[float, float]:
        """How quick the last were beside the first: thousands issued; tenths of steps, which come last."""
        done = await self._badges.fetch(
            "SELECT done_at FROM award_job_line WHERE job = $1 AND outcome = 'awarded' ORDER BY 1", run.job
        )
        told = await self._pathways.fetch(
            "SELECT created_at FROM journal WHERE id > $1 AND plane = 'int' ORDER BY id", run.behind
        )
        return _slowing(done, 1000), _slowing(told, max(1000, len(told) // 30))


def _slowing(rows: Sequence[asyncpg.Record], part: int) -> float:
    """The rate of the last three parts over that of the first three, medians of both."""
    moments = [row[0].timestamp() for row in rows][::part]
    took = [later - sooner for sooner, later in itertools.pairwise(moments)]
    return float(statistics.median(took[:3]) / statistics.median(took[-3:]))


@asynccontextmanager
async def _watching(festival: Festival) -> AsyncIterator[Watched]:
    addresses = festival.city.addresses
    opened = [
        await asyncpg.connect(addresses.database_url(name)) for name in ("badges", "pathways", "notify")
    ]
    try:
        yield Watched(*opened)
    finally:
        for connection in opened:
            await connection.close()


async def _award(
    festival: Festival, http: httpx.AsyncClient, watched: Watched, addresses: Sequence[str]
) -> Run:
    """Award everybody, and wait for the last badge, event and step."""
    await festival.enrol(addresses)
    await watched.at_rest()
    base, before, behind = await watched.look(), _used(festival), await watched.written()
    started = time.monotonic()
    run = Run(*await festival.order(http, addresses, "a-day"), behind)
    until = started + PATIENCE
    while True:
        now, found = time.monotonic() - started, await watched.look()
        for what, many in found.items():
            run.samples.setdefault(what, []).append((now, many - base[what]))
        if all(many - base[what] >= len(addresses) for what, many in found.items()):
            run.seconds, run.spent = now, _spent(before, _used(festival))
            assert await watched.issued(run.job) == len(addresses), "an award is not three events any more"
            return run
        if time.monotonic() > until:
            raise RuntimeError(f"not done after {PATIENCE} s: {found}")
        await asyncio.sleep(max(EVERY, len(addresses) / MORE))


async def _while_many_wait(festival: Festival, http: httpx.AsyncClient, watched: Watched) -> dict[str, float]:
    """How long another organisation's single awards take while 50,000 are being awarded; to their end."""
    async with client() as door_client:
        door = Door(festival.city.public_url, festival.mint, door_client)
        token = festival.mint.token(OPERATOR, operator=True)
        other = await organised(door, token)
        told = {"name": "Guest", "description": "Came.", "criteria": "Come.", "language": "en"}
        badge = id_of(
            await door.post("/achievements", token, {**told, "organisation": str(other)}, (404, 409))
        )
        job, _ = await festival.order(http, festival.addresses("wait", MORE), "another-day")

        async def award(number: int) -> None:
            body = {"achievement": str(badge), "recipients": f"guest.{number}@example.org"}
            answer = await http.post(
                f"{festival.city.public_url}/awards", json=body, headers=festival.headers
            )
            answer.raise_for_status()

        took = await _until_told(festival, str(other), award)
        progress = await http.get(
            f"{festival.city.public_url}/awards/jobs/{job}/progress", headers=festival.headers
        )
        left = progress.json()["waiting"]
        assert left, "the 50,000 were done too soon for the figure to say anything"
    await watched.done(job)
    return {
        "single_award_p95_ms": 1000 * statistics.quantiles(took, n=20)[-1],
        "single_award_median_ms": 1000 * statistics.median(took),
    }


async def _until_told(
    festival: Festival, organisation: str, award: Callable[[int], Awaitable[None]]
) -> list[float]:
    """Seconds from each request to its event on NATS, one request after the other."""
    found = festival.city
    password = found.addresses.nats_password(NATS_OPERATOR)
    async with topology.connected(found.addresses.nats_url, password) as connection:
        listening = await _listen(connection.jetstream(), found.name, organisation)
        took = []
        for number in range(SINGLES):
            started = time.monotonic()
            await award(number)
            await listening.next_msg(timeout=60)
            took.append(time.monotonic() - started)
            await asyncio.sleep(0.1)
    return took


async def _listen(js: JetStreamContext, name: str, organisation: str) -> JetStreamContext.PushSubscription:
    """What is told of that organisation's badges from now on."""
    of_all = subjects.internal_filter(name, BadgeAwarded)
    subject = of_all.replace(".int.*.", f".int.{organisation}.")
    assert subject != of_all
    return await js.subscribe(subject, stream=subjects.stream(name), ordered_consumer=True)


def _used(festival: Festival) -> dict[str, processes.Used]:
    assert festival.city.running
    return processes.used(festival.city.running.supervisor)


def _spent(before: dict[str, processes.Used], after: dict[str, processes.Used]) -> dict[str, float]:
    nothing = processes.Used(0, 0)
    return {kind: each.seconds - before.get(kind, nothing).seconds for kind, each in after.items()}


def stages(run: Run, rates: Sequence[float]) -> None:
    """Print where the processors' time went: what one core of each stage could do, and its share."""
    whole = sum(run.spent.values())
    title = f"{MANY:,} awards in {run.seconds:.1f} s ({', '.join(f'{rate:,.0f}' for rate in rates)} a second)"
    table = Table("stage", "rate", "share of the time", title=title)
    for kind, took in sorted(run.spent.items(), key=lambda each: -each[1]):
        if took > 0.01 * whole:
            table.add_row(kind, f"{MANY / took:,.0f}/s of one core", f"{took / whole:.0%}")
    Console().print(table)


def draw(run: Run) -> None:
    """Draw the awards over time."""
    names = {"badges": "badges issued", "events": "events at NATS", "steps": "steps at pathways"}
    lines = {names[what]: points for what, points in run.samples.items()}
    title = f"{MANY:,} awards: {MANY / run.seconds:,.0f} per second"
    plot.draw(PLOT, title, f"{machine()}, {datetime.now(UTC).date().isoformat()}", lines)
