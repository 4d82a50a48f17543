"""The loops of bulk awards: several batches at a time, so that one is stored while another is signed.

A batch lets single awards go first, and events that have not left yet: nobody's badge stands behind thousands
of others. Where single awards never end, it has its turn all the same. Batches are worked on in processes of
their own, which make way for the one that answers requests.
"""

import asyncio
import gc
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import uvloop

from services.chassis.database import Database, wake
from services.chassis.telemetry import current_traceparent, span
from services.chassis.work import Loop

from . import making
from .domain.did import Kind
from .domain.issue import Draft, Place, Signed
from .settings import Settings
from .storage import bulk
from .storage.jobs import Job
from .usecases import issuing
from .usecases.bulk import BULK
from .usecases.bulk_issuing import Batch, Bench, work_on
from .usecases.keys import STATUS_LISTS, Made
from .workshop import begin

WAIT = 0.02  # seconds that a batch lets others go first at a time
MOST_WAITS = 10
LESS_URGENT = 2  # how nice its processes are to others


def loops(database: Database, settings: Settings) -> Sequence[Loop]:
    """As many as there may be batches in hand, and one that deletes rows that have been kept long enough."""
    batches = _Batches(database, settings)

    async def tidy() -> bool:
        async with database.transaction() as session:
            await bulk.tidy(session, datetime.now(UTC) - timedelta(days=settings.keep_rows_days))
        return False

    working = [Loop(BULK, batches.step) for _ in range(settings.bulk_batches_at_once)]
    return [*working, Loop("bulk tidy", tidy, idle=3600)]


class _Batches:
    """One batch after the other, of whichever job has its turn."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._bench = _Bench(database, settings) if settings.workers == 0 else None
        self._processes: ProcessPoolExecutor | None = None
        self._waited = 0

    async def step(self) -> bool:
        """Do a batch; False where there is none to do."""
        waits, job = await self._turn()
        self._waited = self._waited + 1 if waits else 0
        if waits:
            await asyncio.sleep(WAIT)
            return True
        if job is None:
            return False
        with span("issue badges", links=[job.traceparent] if job.traceparent else ()):
            return await self._do(job)

    async def _turn(self) -> tuple[bool, Job | None]:
        """Whether others go first, else whose turn it is."""
        async with self._database.transaction() as session:
            full, single = await bulk.in_the_way(session, self._settings.bulk_backlog)
            waits = full or (single and self._waited < MOST_WAITS * self._settings.bulk_batches_at_once)
            return waits, None if waits else await bulk.next_turn(session)

    async def _do(self, job: Job) -> bool:
        if self._bench is not None:
            return (await self._bench.batch(job)).lines > 0
        if self._processes is None:
            self._processes = _processes(self._settings)
        try:
            work = self._processes.submit(_in_process, job, current_traceparent())
            done = await asyncio.wrap_future(work)
        except BrokenProcessPool:  # one was killed: its lines wait as before, and new ones do them
            self._processes = None
            raise
        issuing.count(done.issued, done.failed)
        async with self._database.transaction() as session:  # what the other process has woken is here
            wake(session, "relay")
            if done.new_list:
                wake(session, STATUS_LISTS)
        return done.lines > 0


class _Bench:
    """Where a batch is worked on, from its lines to its badges."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._bench = Bench(settings, self._sign, self._make_key, self._entries)
        self._lists: dict[UUID, int] = {}
        self._new_list = False

    async def batch(self, job: Job) -> Batch:
        """Do a batch of that job, in one transaction."""
        self._new_list = False
        async with self._database.transaction() as session:
            done = await work_on(session, job, self._bench, datetime.now(UTC))
        return replace(done, new_list=self._new_list)

    async def _sign(self, drafts: Sequence[Draft]) -> list[Signed]:
        settings = self._settings
        now = datetime.now(UTC)
        return making.sign_credentials(drafts, settings.public_url, settings.sealing_key, now)

    def _make_key(self, did: str, kind: Kind) -> Made:
        return Made(*making.make_key_of(did, kind, self._settings.sealing_key))

    async def _entries(self, organisation: UUID, count: int) -> list[Place]:
        """Entries of status lists, given out at once: batches would wait for each other's otherwise."""
        async with self._database.transaction() as session:
            number, indexes = await issuing.entries(session, organisation, count)
        self._new_list |= self._lists.get(organisation) != number
        self._lists[organisation] = number
        return [Place(number, index) for index in indexes]


def _processes(settings: Settings) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")  # a fork would copy locks that other threads hold
    return ProcessPoolExecutor(settings.bulk_batches_at_once, context, _begin, (settings,))


_here: tuple[asyncio.Runner, _Bench] | None = None
"""In a process for batches: its event loop and its bench, for as long as it lives."""


def _begin(settings: Settings) -> None:
    global _here
    begin()
    with suppress(OSError):
        os.nice(LESS_URGENT)
    database = Database(settings.database_url, settings.city, pool=2)
    _here = asyncio.Runner(loop_factory=uvloop.new_event_loop), _Bench(database, settings)
    gc.collect()
    gc.set_threshold(50_000, 20, 20)  # a batch is many small things that end with it
    gc.freeze()  # what is here stays: looking through it again and again for garbage takes long


def _in_process(job: Job, traceparent: str | None) -> Batch:
    assert _here is not None, "the process has begun"
    runner, bench = _here
    with span("batch", traceparent=traceparent):
        return runner.run(bench.batch(job))
