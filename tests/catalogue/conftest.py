"""The catalogue over a fresh database, and a small city in it."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from services.catalogue.app import service
from services.catalogue.settings import CatalogueSettings
from services.chassis.app import create_app
from services.chassis.database import Database
from services.chassis.testing import CITY, ORIGIN, SECRET, Databases, Keyring, client_of

from .city import City


@pytest.fixture
async def settings(databases: Databases, keyring: Keyring) -> CatalogueSettings:
    """Settings over a fresh database; no NATS."""
    return CatalogueSettings(
        city=CITY,
        public_url=ORIGIN,
        database_url=await databases.fresh("catalogue"),
        jwks_file=keyring.jwks_file,
        recipient_secret=SECRET,
        token_key=json.dumps(keyring._key.as_dict(private=True)),
        operator_addresses="operator@city.example",
        time_zone="Europe/Helsinki",
        retry_seconds=0.05,
        max_attempts=3,
    )


@pytest.fixture
def app(settings: CatalogueSettings) -> FastAPI:
    """The application, its loops not running."""
    return create_app(service(settings))


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without cookies, as a visitor."""
    async with client_of(app) as client:
        yield client


@pytest.fixture
def database(app: FastAPI) -> Database:
    """The catalogue's database."""
    database: Database = app.state.database
    return database


@pytest.fixture
def city(client: httpx.AsyncClient, database: Database, keyring: Keyring) -> City:
    """Says things to the catalogue as its operator, its organisers and its learners."""
    return City(client, database, keyring)
