"""Loops: the work a service does beside answering requests. One that fails is started again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .database import Database

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loop:
    """Work named `name`: `step` does one portion and says whether there may be more at once.

    `wake(session, name)` wakes it after a commit; otherwise it looks every `idle` seconds.
    """

    name: str
    step: Callable[[], Awaitable[bool]]
    idle: float = 1.0


async def forever(name: str, work: Callable[[], Awaitable[object]]) -> None:
    """Do `work` again and again; after a failure wait 0.1 s, doubling up to 10 s."""
    delay = 0.1
    while True:
        try:
            await work()
            delay = 0.1
        except Exception as error:  # logged, and tried again: the loop must outlive any fault
            log.warning("%s failed; again in %.1f s", name, delay, exc_info=error)
            await asyncio.sleep(delay)
            delay = min(delay * 2, 10)


async def run(loop: Loop, database: Database) -> None:
    """Run one loop until cancelled."""

    async def portion() -> None:
        if not await loop.step():
            await database.woken(loop.name, loop.idle)

    await forever(loop.name, portion)
