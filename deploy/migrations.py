"""How far a database is migrated, compared with the code."""

from pathlib import Path

import asyncpg

from .databases import connected

_SERVICES = Path(__file__).parents[1] / "services"


async def pending(url: str, service: str) -> list[str]:
    """The migrations of chassis and service that this database lacks, e.g. `chassis 0001`."""
    async with connected(url) as database:
        chassis = await _lacks(database, "chassis", "alembic_version_chassis")
        return [*chassis, *await _lacks(database, service, "alembic_version")]


async def _lacks(database: asyncpg.Connection, owner: str, table: str) -> list[str]:
    done = ""
    if await database.fetchval("SELECT to_regclass($1)", f"public.{table}"):
        done = await database.fetchval(f"SELECT max(version_num) FROM public.{table}") or ""  # noqa: S608 - ours
    return [f"{owner} {number}" for number in known(owner) if number > done]


def known(owner: str) -> list[str]:
    """The numbers of the migrations in the code of a service or of `chassis`, in order."""
    return sorted(path.name[:4] for path in (_SERVICES / owner / "migrations").glob("[0-9]*.py"))
