"""Reading many credentials at once for requests that each ask for one."""

import asyncio
import logging

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from . import held
from .held import Stored

log = logging.getLogger(__name__)
MOST_AT_ONCE = 200


class Asked:
    """Credentials that are being asked for, read from the database many at a time."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._waiting: dict[str, asyncio.Future[Stored | None]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def credential(self, capability: str) -> Stored | None:
        """The credential at that capability; None where there is none, or the database cannot say now."""
        waiting = self._waiting.get(capability)
        if waiting is None:
            waiting = self._waiting[capability] = asyncio.get_running_loop().create_future()
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
        return await asyncio.shield(waiting)  # one who hangs up does not cancel the others' question

    async def _read(self) -> None:
        """Read until nobody waits, over one connection."""
        try:
            async with self._engine.connect() as opened:
                connection = await opened.execution_options(isolation_level="AUTOCOMMIT")
                while self._waiting:
                    await self._answer(connection)
                    await asyncio.sleep(0)  # those who were answered may ask again before the next question
        except Exception as error:  # whoever waits is sent the ordinary way, which says what is wrong
            log.warning("credentials cannot be read together: %s", type(error).__name__)
            for waiting in self._waiting.values():
                waiting.set_result(None)
            self._waiting.clear()
        finally:  # some may have asked while the connection was given back
            self._reading = asyncio.create_task(self._read()) if self._waiting else None

    async def _answer(self, connection: AsyncConnection) -> None:
        asked = {each: self._waiting.pop(each) for each in list(self._waiting)[:MOST_AT_ONCE]}
        found: dict[str, Stored] = {}
        try:
            found = await held.credentials(connection, asked)
        finally:
            for capability, waiting in asked.items():
                waiting.set_result(found.get(capability))
