"""Draft a migration: `python -m deploy.onemachine.draft_migration SERVICE MESSAGE` (or `make migration`).

Compares the tables a service declares with what its migrations make, on a PostgreSQL that lives as long as
the comparison.
"""

import asyncio
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from alembic import command
from sqlalchemy import Connection, MetaData

from services.chassis import migrate, tables
from services.chassis.database import Database
from services.chassis.testing import Databases

from . import testbed

USAGE = 'usage: make migration SERVICE=badges MESSAGE="what it does"'


def main() -> None:
    """Write the draft into the service's migrations; read it before you keep it."""
    service, message = [*sys.argv[1:], "", ""][:2]
    if not service or not message.strip():
        raise SystemExit(USAGE)
    if not (Path("services") / service).is_dir():
        raise SystemExit(f"there is no service {service!r}: SERVICE names a folder of services/")
    with tempfile.TemporaryDirectory() as scratch:
        server = testbed.start_postgres(Path(scratch))
        try:
            asyncio.run(draft(server, service, message))
        finally:
            server.kill()


async def draft(server: testbed.RunningPostgres, service: str, message: str) -> None:
    """Make a database with the migrations there are, then write down what still differs."""
    database = Database(await Databases(server.admin_url).fresh(service), "drafts")
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(_write, service, message)
    finally:
        await database.close()


def _write(connection: Connection, service: str, message: str) -> None:
    versions, table = migrate.branches(service)[-1]
    config = migrate.configure(connection, versions, table, metadata_of(service))
    number = f"{len(list(versions.glob('[0-9]*.py'))) + 1:04d}"
    command.revision(config, message, autogenerate=True, rev_id=number, version_path=str(versions))


def metadata_of(service: str) -> MetaData:
    """The tables as the code of `service` (or `chassis`) declares them."""
    if service == "chassis":
        return tables.metadata
    found: MetaData = import_module(f"services.{service}.storage").Table.metadata
    return found


if __name__ == "__main__":
    main()
