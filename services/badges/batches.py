"""The loops of bulk awards: several batches at a time, so that one is stored while another is signed.

A batch lets single awards go first, and events that have not left yet: nobody's badge stands behind thousands
of others. Where single awards never end, it has its turn all the same.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.chassis.database import Database
from services.chassis.telemetry import span
from services.chassis.work import Loop

from .domain.issue import Place
from .settings import Settings
from .storage import bulk
from .storage.jobs import Job
from .usecases import issuing
from .usecases.bulk import BULK
from .usecases.bulk_issuing import Bench, work_on
from .usecases.issuing import Sign
from .usecases.keys import Make

WAIT = 0.02  # seconds that a batch lets others go first at a time
MOST_WAITS = 10


def loops(database: Database, settings: Settings, sign: Sign, make_key: Make) -> Sequence[Loop]:
    """As many as there may be batches in hand."""

    async def tidy() -> bool:
        async with database.transaction() as session:
            await bulk.tidy(session, datetime.now(UTC) - timedelta(days=settings.keep_rows_days))
        return False

    many = range(settings.bulk_batches_at_once)
    working = [Loop(BULK, _Batches(database, settings, sign, make_key).step) for _ in many]
    return [*working, Loop("bulk tidy", tidy, idle=3600)]


class _Batches:
    """One batch after the other, of whichever job has its turn."""

    def __init__(self, database: Database, settings: Settings, sign: Sign, make_key: Make) -> None:
        self._database, self._backlog = database, settings.bulk_backlog
        self._bench = Bench(settings, sign, make_key, self._entries)
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
        async with self._database.transaction() as session:
            with span("issue badges", links=[job.traceparent] if job.traceparent else ()):
                return await work_on(session, job, self._bench, datetime.now(UTC))

    async def _turn(self) -> tuple[bool, Job | None]:
        """Whether others go first, else whose turn it is."""
        async with self._database.transaction() as session:
            full, single = await bulk.in_the_way(session, self._backlog)
            waits = full or (single and self._waited < MOST_WAITS)
            return waits, None if waits else await bulk.next_turn(session)

    async def _entries(self, organisation: UUID, count: int) -> list[Place]:
        """Entries of status lists, given out at once: batches would wait for each other's otherwise."""
        async with self._database.transaction() as session:
            number, indexes = await issuing.entries(session, organisation, count)
        return [Place(number, index) for index in indexes]
