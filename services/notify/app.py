"""Notify, put together: `uvicorn --factory services.notify.app:app`."""

from fastapi import FastAPI

from services.chassis.app import Service, process
from services.chassis.database import Database
from services.chassis.work import Loop

from . import delivering, feeder, gate, listeners, sender
from .api import ROUTERS, STATUSES, events
from .consumers import HANDLERS, MORE, URGENT
from .listeners import Listeners
from .settings import Settings
from .storage.measures import MEASURES


def service(settings: Settings) -> Service[Settings]:
    """What notify is made of."""
    streams = Listeners(settings.streams_per_integration)

    def loops(database: Database, settings: Settings) -> list[Loop]:
        return [
            *sender.loops(database, settings),
            *feeder.loops(database, settings),
            *delivering.loops(database, settings),
            *listeners.loops(streams, database),
            *gate.loops(database, settings),
        ]

    routers = (*ROUTERS, events.routes(streams))
    return Service(settings, "Notify", routers, HANDLERS, STATUSES, loops, MORE, URGENT, measures=MEASURES)


def app() -> FastAPI:
    """The application, with settings from the environment."""
    return process(service(Settings.load()))
