"""Badges over a fresh database, fed as its consumer is, without NATS."""

from collections.abc import AsyncIterator

import httpx
import pytest

from services.badges.app import service
from services.badges.settings import Settings
from services.chassis.app import create_app
from services.chassis.testing import Databases, Keyring, client_of
from tests.badges.service.town import ORGANISATION, Facts, Town, settings_for


@pytest.fixture
async def settings(databases: Databases, keyring: Keyring) -> Settings:
    """Settings over a fresh database; signing happens in a thread."""
    return settings_for(await databases.fresh("badges"), keyring)


@pytest.fixture
async def town(settings: Settings) -> AsyncIterator[Town]:
    """The service, and the facts of a small city to feed it with."""
    town = Town(settings)
    yield town
    await town.close()


@pytest.fixture
async def http(town: Town) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service, whose organisation is verified."""
    facts = Facts()
    await town.hear(facts.registered, facts.verified)
    async with client_of(create_app(service(town.settings))) as client:
        yield client


@pytest.fixture
def owner(keyring: Keyring) -> dict[str, str]:
    """Headers of the organisation's owner."""
    return keyring.headers(roles={ORGANISATION: ["owner"]})


@pytest.fixture
async def made(http: httpx.AsyncClient, owner: dict[str, str]) -> str:
    """Id of an achievement of the organisation's own."""
    body = {"name": "Volunteer", "description": "Helped.", "criteria": "Chosen.", "language": "en"}
    answer = await http.post("/achievements", json=body | {"organisation": str(ORGANISATION)}, headers=owner)
    found: str = answer.json()["id"]
    return found
