"""A city that lets integrations in to NATS."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from deploy.onemachine import child, nats
from deploy.onemachine.testbed import RunningNats, start_nats
from services.chassis.testing import Keyring
from services.notify.settings import Settings

from ..conftest import City
from . import door as parts
from .door import Door


@pytest.fixture
def websocket() -> int:
    """The port where NATS takes WebSockets."""
    return child.free_port()


@pytest.fixture
def gated(tmp_path: Path, websocket: int) -> Iterator[RunningNats]:
    """A server that asks notify who comes in."""
    server = start_nats(tmp_path, permissions=parts.configuration() + nats.web(websocket))
    yield server
    server.stop()


@pytest.fixture
def settings(settings: Settings, gated: RunningNats) -> Settings:
    """Settings with that server and the keys to answer it."""
    return settings.model_copy(update={**parts.SETTINGS, "nats_url": gated.url, "nats_public_url": gated.url})


@pytest.fixture
async def door(
    app: FastAPI, city: City, http: httpx.AsyncClient, keyring: Keyring, gated: RunningNats
) -> AsyncIterator[Door]:
    """A running notify whose stream and consumers are declared."""
    async with parts.inside(gated, "operator") as operator:
        await parts.declare(operator)
        async with app.router.lifespan_context(app):
            yield Door(gated, city, http, keyring, operator)
