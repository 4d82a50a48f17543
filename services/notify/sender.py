"""Sends letters: claim one, hand it over, write down the answer. One letter at a time on each connection.

A letter is claimed in a committed transaction before anything leaves; the answer goes into a file the moment
it comes (accepted.py) and then into the database. Whatever dies in between, no letter is handed over twice.
"""

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any

from services.chassis.database import Database
from services.chassis.work import Loop

from . import usecases
from .accepted import AcceptedLog
from .domain.letter import Accepted, Outcome, Refused
from .mailer import Connection, compose
from .settings import Settings
from .storage import letters
from .usecases import Taken
from .writing import write

log = logging.getLogger(__name__)
GRACE_SECONDS = 8.0  # at the end of the process, for the letter in hand


class Sender:
    """What the connections of one process share: the file of accepted letters and the pace."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings
        self._log: AcceptedLog | None = None
        self._beginning = asyncio.Lock()
        self._next = 0.0

    async def begin(self) -> AcceptedLog:
        """Before the first letter: find out what became of those the process before was sending."""
        async with self._beginning:
            if self._log is None:
                journal = AcceptedLog(self.settings.state_dir)
                try:
                    async with self.database.transaction() as session:
                        await letters.beat(session, self.settings.instance)
                        await usecases.resolve(
                            session, self.settings.instance, journal.complete_for, journal.steps_before()
                        )
                except BaseException:
                    journal.close()
                    raise
                journal.begin()
                self._log = journal
        return self._log

    async def beat(self) -> bool:
        """Show that this process lives, and look after letters of processes that do not."""
        async with self.database.transaction() as session:
            await letters.beat(session, self.settings.instance)
            lost = await letters.give_up_for_the_dead(session, self.settings.lease_seconds)
        if lost:
            log.warning("%d letters of processes that are gone may or may not have been sent", lost)
        return False

    async def pace(self) -> None:
        """Wait for this process's turn, where letters per second are limited."""
        if self.settings.letters_per_second:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + 1 / self.settings.letters_per_second
            await asyncio.sleep(turn - now)


class Line:
    """One connection and the letter on it."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._connection = Connection(sender.settings)
        self._answered: tuple[Taken, Outcome] | None = None

    async def step(self) -> bool:
        """Send one letter; False where none is due. Raises where the mail server or database is not there."""
        return await _to_the_end(self._send_next())

    async def _send_next(self) -> bool:
        journal = await self._sender.begin()
        await self._settle()
        async with self._sender.database.transaction() as session:
            if not await letters.due(session):
                return False
        await self._connection.open()
        await self._sender.pace()
        async with self._sender.database.transaction() as session:
            instance = self._sender.settings.instance
            taken = await usecases.take(session, instance, journal.run, datetime.now(UTC))
        if taken:
            self._answered = taken, await self._deliver(taken, journal)
            await self._settle()
        return True

    async def _deliver(self, taken: Taken, journal: AcceptedLog) -> Outcome:
        letter, settings = taken.letter, self._sender.settings
        facts = taken.facts
        try:
            written = write(facts, settings.city_name, settings.default_language)
            message = compose(letter.id, written, facts.address, facts.name, datetime.now(UTC), settings)
        except Exception as error:  # nothing has left: whatever is wrong with the letter is final
            log.error("a letter could not be written", exc_info=error)
            return Refused(f"could not be written: {type(error).__name__}", final=True)
        outcome = await self._connection.deliver(
            message, lambda: journal.note("handed", letter.id, taken.attempt)
        )
        if isinstance(outcome, Accepted):
            journal.note("accepted", letter.id, taken.attempt)
        return outcome

    async def _settle(self) -> None:
        """Write the answer down; where the database is away, the next step tries again before all else."""
        if self._answered:
            taken, outcome = self._answered
            async with self._sender.database.transaction() as session:
                await usecases.settle(
                    session, taken.letter, taken.attempt, outcome, self._sender.settings.letter_retries
                )
            self._answered = None


def loops(database: Database, settings: Settings) -> Sequence[Loop]:
    """A loop for each connection, all woken by a new letter, and one that shows this process is alive."""
    sender = Sender(database, settings)
    lines = [Line(sender) for _ in range(settings.smtp_connections)]
    sending = [Loop(letters.DISPATCH, line.step) for line in lines]
    return (*sending, Loop("letters-lease", sender.beat, idle=settings.lease_seconds / 4))


async def _to_the_end(work: Coroutine[Any, Any, bool]) -> bool:
    """Let `work` finish when the process ends meanwhile: a letter half handed over would become unknown."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=GRACE_SECONDS)
        raise
