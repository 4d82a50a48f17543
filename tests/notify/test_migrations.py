"""The migrated database has the tables that the code declares."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from fastapi import FastAPI
from sqlalchemy import Connection

from services.chassis import tables
from services.notify.storage import Table


def differences(connection: Connection) -> list[object]:
    """What code and database do not have in common, the chassis' tables aside."""
    found = compare_metadata(MigrationContext.configure(connection), Table.metadata)
    others = [*tables.metadata.tables, "alembic_version_chassis"]
    return [d for d in found if getattr(d[1], "name", None) not in others and _table(d) not in others]


def _table(difference: object) -> str | None:
    thing = difference[1] if isinstance(difference, tuple) else None
    return getattr(getattr(thing, "table", None), "name", None)


async def test_the_migrated_tables_are_the_codes_tables(app: FastAPI) -> None:
    async with app.state.database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await app.state.database.close()
