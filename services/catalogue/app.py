"""The catalogue, put together."""

from collections.abc import Sequence
from datetime import UTC, datetime

from fastapi import FastAPI

from services.chassis.app import Service, process
from services.chassis.database import Database
from services.chassis.work import Loop

from . import storage
from .api import ROUTERS, STATUSES
from .consumers import HANDLERS
from .settings import CatalogueSettings


def service(settings: CatalogueSettings) -> Service[CatalogueSettings]:
    """The catalogue as the chassis runs it."""
    return Service(settings, "Catalogue", ROUTERS, HANDLERS, STATUSES, _loops)


def _loops(database: Database, _settings: CatalogueSettings) -> Sequence[Loop]:
    async def tidy() -> bool:
        async with database.transaction() as session:
            await storage.sign_ins.tidy(session, datetime.now(UTC))
        return False

    return [Loop("sign-ins", tidy, idle=300)]


def app() -> FastAPI:
    """The application, its settings from the environment; `uvicorn --factory services.catalogue.app:app`."""
    return process(service(CatalogueSettings.load()))
