"""Notify, put together: `uvicorn --factory services.notify.app:app`."""

from fastapi import FastAPI

from services.chassis.app import Service, create_app

from .api import ROUTERS, STATUSES
from .consumers import HANDLERS
from .sender import loops
from .settings import Settings


def service(settings: Settings) -> Service[Settings]:
    """What notify is made of."""
    return Service(settings, "Notify", ROUTERS, HANDLERS, STATUSES, loops)


def app() -> FastAPI:
    """The application, with settings from the environment."""
    return create_app(service(Settings.load()))
