"""The badges service: what it is made of, and where the parts are put together."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.app import Service, process
from services.chassis.database import Database
from services.chassis.work import Loop

from . import batches
from .api import ROUTERS, STATUSES
from .api.quick import Quick
from .consumers import HANDLERS
from .domain.did import Kind
from .making import make_key_of
from .readiness import signing_check
from .settings import Settings
from .storage.measures import MEASURES
from .usecases.achievements import PICTURES
from .usecases.endorsements import ENDORSING, sign_due
from .usecases.issuing import ISSUING, issue_due
from .usecases.keys import STATUS_LISTS, Made
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
    return Quick(process(service(Settings.load())))


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
        *batches.loops(database, settings),
    ]


def _in_transaction(
    database: Database, work: Callable[[AsyncSession], Awaitable[bool]]
) -> Callable[[], Awaitable[bool]]:
    async def step() -> bool:
        async with database.transaction() as session:
            return await work(session)

    return step
