"""Migrations: first the chassis' tables, then the service's own, each with its own version table."""

import asyncio
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from . import tables

_HERE = Path(__file__).parent
_LOCK_TIMEOUT = "5s"  # a migration that waits longer would make every request wait behind it


def configure(connection: Connection, versions: Path, table: str, metadata: MetaData | None) -> Config:
    """An alembic configuration over `versions`, noting what ran in `table`."""
    config = Config()
    config.set_main_option("script_location", str(_HERE / "migrating"))
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, version_table=table, metadata=metadata)
    return config


async def upgrade(url: str, service: str) -> None:
    """Bring the database of `service` to this version. Running it again changes nothing."""
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('migrations'))"))
            await connection.run_sync(_upgrade, service)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, service: str) -> None:
    for versions, table in _branches(service):
        command.upgrade(configure(connection, versions, table, None), "heads")


def _branches(service: str) -> list[tuple[Path, str]]:
    chassis = (_HERE / "migrations", "alembic_version_chassis")
    own = (_HERE.parent / service / "migrations", "alembic_version")
    return [chassis] if service == "chassis" else [chassis, own]


def metadata_of(service: str) -> MetaData:
    """The tables as the code of `service` (or `chassis`) declares them."""
    if service == "chassis":
        return tables.metadata
    from importlib import import_module

    found: MetaData = import_module(f"services.{service}.storage").Table.metadata
    return found


async def draft(url: str, service: str, message: str) -> None:
    """Write a migration for what `service`'s tables differ from its database. Read it before you keep it."""
    versions, table = _branches(service)[-1]
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_draft, versions, table, metadata_of(service), message)
    finally:
        await engine.dispose()


def _draft(connection: Connection, versions: Path, table: str, metadata: MetaData, message: str) -> None:
    config = configure(connection, versions, table, metadata)
    number = f"{len(list(versions.glob('[0-9]*.py'))) + 1:04d}"
    command.revision(config, message, autogenerate=True, rev_id=number, version_path=str(versions))


if __name__ == "__main__":
    asyncio.run(upgrade(sys.argv[2], sys.argv[1]))
