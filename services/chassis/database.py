"""One database per service, one transaction per use case; the edge commits."""

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from asyncpg import InterfaceError as DriversInterfaceError
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError, InterfaceError, InternalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

PAUSE = 1.0  # seconds after which a connection is tried before it is used again


class Database:
    """The service's pool, and the wake-up calls that follow a commit."""

    def __init__(self, url: str, city: str, pool: int = 8) -> None:
        """`url` is any postgresql:// URL; `pool` the number of connections kept. Connects lazily."""
        self.city = city
        self.engine: AsyncEngine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=pool,
            max_overflow=pool,
            connect_args={"timeout": 5, "command_timeout": 60},
        )
        event.listen(self.engine.sync_engine.pool, "checkin", _note_idle)
        event.listen(self.engine.sync_engine.pool, "checkout", _try_after_a_pause)
        self._wakes: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits when the block ends and rolls back when it raises.

        After the commit, the loops named by `wake` are woken.
        """
        async with AsyncSession(self.engine, expire_on_commit=False, info={"city": self.city}) as session:
            async with session.begin():
                yield session
                await _finish(session)
            for name in session.info.get("wakes", ()):
                self._wakes[name].set()

    async def woken(self, name: str, seconds: float) -> None:
        """Wait until loop `name` is woken, at most `seconds`."""
        woken = self._wakes[name]
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # wait_for may lose a cancellation that comes with the event
                await woken.wait()
        woken.clear()

    async def close(self) -> None:
        """Return every connection."""
        await self.engine.dispose()


def _note_idle(_connection: Any, record: Any) -> None:
    record.info["idle_since"] = time.monotonic()


def _try_after_a_pause(connection: Any, record: Any, _: Any) -> None:
    """Have a connection replaced that broke while idle. To try it each time would cost three round trips."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError
    if time.monotonic() - record.info.get("idle_since", math.inf) > PAUSE:
        try:
            connection.ping()
        except Exception as error:  # whatever ails it, a new one is made
            raise DisconnectionError from error


@dataclass(frozen=True)
class Measure:
    """A metric that is looked up: `query` answers a number, or one beside each value of `label`.

    The query must be quick however much there is, its values few, and no person or id among them.
    """

    name: str
    description: str
    query: str
    label: str = ""
    unit: str = ""


def wake(session: AsyncSession, name: str) -> None:
    """Have loop `name` of this process woken once the transaction has committed."""
    session.info.setdefault("wakes", set()).add(name)


def gather(session: AsyncSession, work: Any, items: Iterable[Any]) -> None:
    """Have `work(session, items)` done once, just before the commit, with all that was gathered for it."""
    session.info.setdefault("gathered", {}).setdefault(work, []).extend(items)


async def copy_in(session: AsyncSession, table: str, columns: Sequence[str], rows: Iterable[Any]) -> None:
    """Insert rows by COPY, in the session's transaction; an error comes as the driver raises it."""
    connection = await (await session.connection()).get_raw_connection()
    driver: Any = connection.driver_connection
    await driver.copy_records_to_table(table, records=rows, columns=columns)


async def _finish(session: AsyncSession) -> None:
    while gathered := session.info.pop("gathered", {}):
        await session.flush()
        for work, items in gathered.items():
            await work(session, items)


async def lead(connection: AsyncConnection, work: str) -> bool:
    """Try to become the one process that does `work`; holds as long as the connection lives."""
    answer = await connection.exec_driver_sql("SELECT pg_try_advisory_lock(hashtext($1))", (work,))
    return bool(answer.scalar())


def state_of(error: BaseException) -> str:
    """PostgreSQL's code of what went wrong, or nothing; COPY's errors come as the driver raises them."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""


def is_outage(error: BaseException) -> bool:
    """Whether the database itself failed, and not what was asked of it."""
    if isinstance(error, OSError | InterfaceError | DriversInterfaceError | PoolTimeout):
        return True
    if isinstance(error, InternalError) and not state_of(error):
        return True  # the server's last word to a connection of the pool, which is not closed yet
    gone = state_of(error).startswith(("08", "53", "57P", "58"))  # connection, disk or memory full, shut down
    return gone or bool(getattr(error, "connection_invalidated", False))
