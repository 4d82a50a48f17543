"""One database and one role per service, each with the least it needs, made over an admin's connection.

A role owns its own database and nothing else, and nobody but owner and admin may connect to it. Works with
a superuser and with an admin who may only create roles and databases, as managed PostgreSQL gives.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.engine import URL, make_url

OLDEST_MAJOR = 15
# Trusted: the owner of a database may add them without being a superuser.
EXTENSIONS = {"catalogue": ("pg_trgm", "unaccent", "cube")}
Say = Callable[[str], None]


class DatabaseRefused(Exception):
    """The database server cannot be used as it is; the message says why and what helps."""


async def prepare(admin_url: str, urls: Mapping[str, str], say: Say) -> None:
    """Make role, database and extensions for each service in `urls`; running it again changes nothing.

    Names and passwords are those of the services' own URLs; a role's password is set to what its URL says.
    Raises DatabaseRefused.
    """
    async with connected(admin_url) as admin:
        await _check_version(admin)
        for service, text in urls.items():
            url = make_url(text)
            await _role(admin, url, say)
            await _database(admin, url, say)
            await _extensions(text, EXTENSIONS.get(service, ()), say)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a postgresql:// URL. Raises DatabaseRefused in words for an operator."""
    parts = make_url(url)
    where = f"PostgreSQL at {parts.host}:{parts.port or 5432}, database {parts.database}"
    plain = parts.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        connection = await asyncpg.connect(plain, timeout=10)
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise DatabaseRefused(f"{where} refuses {parts.username}: check the password in its URL") from error
    except asyncpg.InvalidCatalogNameError as error:
        raise DatabaseRefused(f"{where} does not exist: run `city bootstrap`") from error
    except (OSError, asyncpg.PostgresError) as error:
        raise DatabaseRefused(f"{where} cannot be reached ({error}): start it, or correct the URL") from error
    try:
        yield connection
    finally:
        await connection.close()


async def _check_version(admin: asyncpg.Connection) -> None:
    version = admin.get_server_version()
    if version.major < OLDEST_MAJOR:
        raise DatabaseRefused(f"PostgreSQL {version.major} is too old: use {OLDEST_MAJOR} or newer")


async def _role(admin: asyncpg.Connection, url: URL, say: Say) -> None:
    if not url.username or not url.password or not url.database:
        raise DatabaseRefused(f"{url!r}: give user, password and database")
    if await admin.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = $1", url.username):
        raise DatabaseRefused(f"role {url.username} is a superuser: give the service a role of its own")
    known = await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", url.username)
    rights = "LOGIN NOCREATEDB NOCREATEROLE" if not known else "LOGIN"
    verb = "ALTER" if known else "CREATE"
    await _run(admin, f"{verb} ROLE %I {rights} PASSWORD %L", url.username, str(url.password))
    if not known:
        say(f"role {url.username}: made")


async def _database(admin: asyncpg.Connection, url: URL, say: Say) -> None:
    owner = await admin.fetchval(
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = $1", url.database
    )
    if owner is None:
        if not await admin.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
            await _run(admin, "GRANT %I TO CURRENT_USER", str(url.username))
        await _run(admin, _CREATE, str(url.database), str(url.username))
        say(f"database {url.database}: made")
    elif owner != url.username:
        raise DatabaseRefused(
            f"database {url.database} belongs to {owner}, not to {url.username}: "
            f"drop it, give it to {url.username}, or name another one in the service's database URL"
        )
    await _run(admin, "REVOKE ALL ON DATABASE %I FROM PUBLIC", str(url.database))


# Sorting by code point everywhere; language rules are asked for query by query.
_CREATE = "CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'"


async def _extensions(url: str, names: tuple[str, ...], say: Say) -> None:
    if not names:
        return
    async with connected(url) as owner:
        there = {row["extname"] for row in await owner.fetch("SELECT extname FROM pg_extension")}
        for name in (name for name in names if name not in there):
            await _run(owner, "CREATE EXTENSION %I", name)
            say(f"extension {name}: added to {make_url(url).database}")


async def _run(connection: asyncpg.Connection, statement: str, *names: str) -> None:
    """Run a statement that cannot take parameters; %I quotes a name and %L a text."""
    quoted = await connection.fetchval(
        "SELECT format($1, VARIADIC CAST($2 AS text[]))", statement, list(names)
    )
    await connection.execute(quoted)
