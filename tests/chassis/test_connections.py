"""Connections to the database: one that broke while nobody used it is not handed out."""

import pytest
from sqlalchemy import text

from services.chassis import database as module
from services.chassis.database import Database

from .conftest import ToySettings

BREAK = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid"


async def _process(database: Database) -> int:
    async with database.transaction() as session:
        found: int = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        return found


async def test_a_connection_that_broke_in_the_pool_is_replaced(
    database: Database, settings: ToySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.0)
    first = await _process(database)
    other = Database(settings.database_url, settings.city)
    async with other.transaction() as session:
        await session.execute(text(BREAK), {"pid": first})
    await other.close()
    assert await _process(database) != first


async def test_a_connection_is_not_tried_each_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []
    await _process(database)
    adapted = "sqlalchemy.dialects.postgresql.asyncpg.AsyncAdapt_asyncpg_connection.ping"
    monkeypatch.setattr(adapted, lambda _: tried.append(1))
    await _process(database)
    assert tried == []
    monkeypatch.setattr(module, "PAUSE", 0.0)
    await _process(database)
    assert tried == [1]
