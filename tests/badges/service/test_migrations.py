"""The migrations make the tables that the code declares."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from services.badges.storage import Table
from services.chassis import tables
from services.chassis.testing import Databases


def _differences(connection: Connection) -> list[Any]:
    chassis = {*tables.metadata.tables, "alembic_version", "alembic_version_chassis"}

    def ours(_thing: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
        return kind != "table" or name not in chassis

    options = {"include_object": ours, "compare_server_default": True}
    found: list[Any] = compare_metadata(MigrationContext.configure(connection, opts=options), Table.metadata)
    return found


async def test_the_migrated_database_has_the_tables_that_the_code_declares(databases: Databases) -> None:
    url = make_url(await databases.fresh("badges")).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await engine.dispose()


def test_the_tables_of_badges_are_in_no_other_services_metadata() -> None:
    assert "credential" in Table.metadata.tables
    assert "journal" not in Table.metadata.tables
