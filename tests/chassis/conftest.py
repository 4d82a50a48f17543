"""A toy service: it counts what it hears in the chassis' own tables, so it needs nothing of the city."""

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest

from services.chassis.database import Database
from services.chassis.settings import Settings
from services.chassis.testing import CITY, ORIGIN, Databases, Keyring


class ToySettings(Settings):
    """Settings of the toy."""

    service: ClassVar[str] = "toy"


@pytest.fixture
async def settings(databases: Databases, keyring: Keyring) -> ToySettings:
    """Settings over a fresh database; no NATS."""
    return ToySettings(
        city=CITY,
        public_url=ORIGIN,
        database_url=await databases.fresh("chassis"),
        jwks_file=keyring.jwks_file,
        retry_seconds=0.05,
        max_attempts=3,
    )


@pytest.fixture
async def database(settings: ToySettings) -> AsyncIterator[Database]:
    """The toy's database."""
    database = Database(settings.database_url, CITY)
    yield database
    await database.close()
