"""Migrations of the chassis' own tables."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

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


OLD_ROWS = """
    INSERT INTO journal (event_id, sequence, plane, subject, body, sent_at)
    SELECT gen_random_uuid(), number, 'pub', 'evt.x',
        CASE WHEN number IS NULL THEN '{"id":"new"}'
            ELSE '{"sequence":"' || lpad(number::text, 20, '0') || '","id":"' || number || '"}' END,
        CASE WHEN number < 3 THEN now() END
    FROM unnest(ARRAY[1, 2, 4, 3, NULL]::bigint[]) AS number
"""


async def test_a_journal_of_before_keeps_its_numbers_and_what_had_not_left(database: Database) -> None:
    (branch,) = migrate.branches("chassis")

    def to(connection: Connection, version: str, way: str) -> None:
        getattr(command, way)(migrate.configure(connection, *branch, None), version)

    async with database.engine.begin() as connection:
        await connection.run_sync(to, "0001", "downgrade")
        await connection.execute(text(OLD_ROWS))
        await connection.run_sync(to, "0002", "upgrade")
        rows = await connection.execute(
            text("SELECT sequence, body FROM journal LEFT JOIN numbered USING (id) ORDER BY sequence")
        )
        assert [tuple(row) for row in rows] == [
            *((number, f'{{"id":"{number}"}}') for number in (1, 2, 3, 4)),
            (None, '{"id":"new"}'),
        ]
        unsent = await connection.execute(text("SELECT body FROM unsent JOIN journal USING (id) ORDER BY id"))
        assert [row.body for row in unsent] == ['{"id":"4"}', '{"id":"3"}', '{"id":"new"}']
