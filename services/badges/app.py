"""The badges service: what it is made of, and where the parts are put together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.app import Service, create_app
from services.chassis.database import Database
from services.chassis.telemetry import span
from services.chassis.work import Loop

from .api import ROUTERS, STATUSES
from .api.quick import Quick
from .consumers import HANDLERS
from .domain.did import Kind
from .domain.issue import Place
from .making import make_key_of
from .readiness import signing_check
from .settings import Settings
from .storage import bulk
from .storage.measures import MEASURES
from .usecases import issuing
from .usecases.achievements import PICTURES
from .usecases.bulk import BULK
from .usecases.bulk_issuing import Bench, work_on
from .usecases.endorsements import ENDORSING, sign_due
from .usecases.issuing import ISSUING, issue_due
from .usecases.keys import STATUS_LISTS, Made, Make
from .usecases.pictures import draw_due
from .usecases.reissuing import reissue_due
from .usecases.statuses import sign_stale
from .workshop import Workshop


def service(settings: Settings) -> Service[Settings]:
    """Badges with these settings."""
    return Service(
        settings, "Badges", ROUTERS, HANDLERS, STATUSES, loops, checks=(signing_check,), measures=MEASURES
    )


def app() -> Quick:
    """The application with the settings of the environment, for `uvicorn --factory`."""
    return Quick(create_app(service(Settings.load())))


def loops(database: Database, settings: Settings) -> Sequence[Loop]:
    """Signing and drawing, each in its own loop."""
    workshop = Workshop(settings)

    def make_key(did: str, kind: Kind) -> Made:
        return Made(*make_key_of(did, kind, settings.sealing_key))

    async def issue(session: AsyncSession) -> bool:
        now = datetime.now(UTC)
        found = await issue_due(session, settings, workshop.sign, make_key, now)
        return found + await reissue_due(session, settings, workshop.sign_again, make_key, now) > 0

    async def endorse(session: AsyncSession) -> bool:
        now, sign = datetime.now(UTC), workshop.sign_endorsements
        return await sign_due(session, settings, sign, make_key, now) > 0

    async def publish_lists(session: AsyncSession) -> bool:
        return await sign_stale(session, settings, workshop.sign_lists, datetime.now(UTC)) > 0

    async def picture(session: AsyncSession) -> bool:
        return await draw_due(session, workshop.draw)

    return [
        Loop(ISSUING, _in_transaction(database, issue)),
        Loop(ENDORSING, _in_transaction(database, endorse)),
        Loop(STATUS_LISTS, _in_transaction(database, publish_lists)),
        Loop(PICTURES, _in_transaction(database, picture)),
        *_bulk_loops(database, settings, workshop, make_key),
    ]


def _bulk_loops(database: Database, settings: Settings, workshop: Workshop, make_key: Make) -> list[Loop]:
    """Bulk awards, several batches at a time: while one is signed another is stored."""

    async def entries(organisation: UUID, count: int) -> list[Place]:
        async with database.transaction() as session:  # of its own, or batches would wait for each other
            number, indexes = await issuing.entries(session, organisation, count)
        return [Place(number, index) for index in indexes]

    bench = Bench(settings, workshop.sign, make_key, entries)

    async def batch() -> bool:
        async with database.transaction() as session:
            behind = await bulk.backlog(session, settings.bulk_backlog) >= settings.bulk_backlog
            job = None if behind else await bulk.next_turn(session)
        if behind:
            await asyncio.sleep(0.05)  # so that nobody's single badge waits behind thousands of events
        elif job is not None:
            async with database.transaction() as session:
                with span("issue badges", links=[job.traceparent] if job.traceparent else ()):
                    return await work_on(session, job, bench, datetime.now(UTC))
        return behind

    async def tidy(session: AsyncSession) -> bool:
        await bulk.tidy(session, datetime.now(UTC) - timedelta(days=settings.keep_rows_days))
        return False

    return [
        *(Loop(BULK, batch) for _ in range(settings.bulk_batches_at_once)),
        Loop("bulk tidy", _in_transaction(database, tidy), idle=3600),
    ]


def _in_transaction(
    database: Database, work: Callable[[AsyncSession], Awaitable[bool]]
) -> Callable[[], Awaitable[bool]]:
    async def step() -> bool:
        async with database.transaction() as session:
            return await work(session)

    return step
