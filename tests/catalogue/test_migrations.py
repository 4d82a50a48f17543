"""The migrated database has the tables that the code declares, and the configurations it names."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from services.catalogue.domain.search import STEMMED
from services.catalogue.storage import Table
from services.chassis import tables

from .city import City


def differences(connection: Connection) -> list[object]:
    """What code and database do not have in common, the chassis' tables aside."""
    found = compare_metadata(MigrationContext.configure(connection), Table.metadata)
    others = [*tables.metadata.tables, "alembic_version_chassis"]
    return [d for d in found if getattr(d[1], "name", None) not in others and _table(d) not in others]


def _table(difference: object) -> str | None:
    thing = difference[1] if isinstance(difference, tuple) else None
    return getattr(getattr(thing, "table", None), "name", None)


async def test_the_migrated_tables_are_the_codes_tables(city: City) -> None:
    async with city.database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_every_stemmed_language_has_its_configuration(city: City) -> None:
    query = "SELECT cfgname FROM pg_ts_config WHERE cfgname LIKE 'words\\_%'"
    async with city.database.engine.connect() as connection:
        names = set((await connection.execute(text(query))).scalars())
    assert names == {f"words_{language}" for language in {*STEMMED, "simple"}}
