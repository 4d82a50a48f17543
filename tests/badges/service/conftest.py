"""Badges over a fresh database, fed as its consumer is, without NATS."""

from collections.abc import AsyncIterator

import pytest

from services.badges.settings import Settings
from services.chassis.testing import Databases, Keyring
from tests.badges.service.town import Town, settings_for


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
