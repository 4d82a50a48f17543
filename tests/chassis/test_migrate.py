"""Migrations of the chassis' own tables."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from services.chassis import migrate, tables
from services.chassis.database import Database

from .conftest import ToySettings


def differences(connection: Connection) -> list[object]:
    """What the migrated database lacks or has beyond the code's tables."""
    context = MigrationContext.configure(connection)
    ours = tables.metadata.tables
    return [d for d in compare_metadata(context, tables.metadata) if "alembic" not in str(d) and ours]


async def test_the_migrated_tables_are_the_codes_tables(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_again_changes_nothing(settings: ToySettings, database: Database) -> None:
    await migrate.upgrade(settings.database_url, "chassis")
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
