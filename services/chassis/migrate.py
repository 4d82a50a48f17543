"""Migrations: first the chassis' tables, then the service's own, each with its own version table."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

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
    for versions, table in branches(service):
        command.upgrade(configure(connection, versions, table, None), "heads")


def branches(service: str) -> list[tuple[Path, str]]:
    """Where the migrations of a service's database are, and the table that notes which have run."""
    chassis = (_HERE / "migrations", "alembic_version_chassis")
    own = (_HERE.parent / service / "migrations", "alembic_version")
    return [chassis] if service == "chassis" else [chassis, own]
