"""The catalogue, put together."""

from fastapi import FastAPI

from services.chassis.app import Service, create_app

from .api import ROUTERS, STATUSES
from .consumers import HANDLERS
from .settings import CatalogueSettings


def service(settings: CatalogueSettings) -> Service[CatalogueSettings]:
    """The catalogue as the chassis runs it."""
    return Service(settings, "Catalogue", ROUTERS, HANDLERS, STATUSES)


def app() -> FastAPI:
    """The application, its settings from the environment; `uvicorn --factory services.catalogue.app:app`."""
    return create_app(service(CatalogueSettings.load()))
