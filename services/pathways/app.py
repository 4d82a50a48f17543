"""Pathways, put together: `uvicorn --factory services.pathways.app:app`."""

from collections.abc import Sequence

from fastapi import FastAPI

from services.chassis.app import Service, process
from services.chassis.database import Database
from services.chassis.work import Loop

from . import usecases
from .api import STATUSES, router
from .consumers import HANDLERS
from .settings import Settings
from .storage.facts import RECOMPUTE
from .storage.measures import MEASURES


def service(settings: Settings) -> Service[Settings]:
    """What pathways is made of."""
    return Service(settings, "Pathways", (router,), HANDLERS, STATUSES, loops, measures=MEASURES)


def loops(database: Database, _settings: Settings) -> Sequence[Loop]:
    """Work beside the requests: enrolments follow the facts."""

    async def work_out() -> bool:
        """Work out one portion of what is due."""
        async with database.transaction() as session:
            return await usecases.work_out(session)

    return (Loop(RECOMPUTE, work_out),)


def app() -> FastAPI:
    """The application, with settings from the environment."""
    return process(service(Settings.load()))
