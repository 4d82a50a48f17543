"""Sends letters: claim one, hand it over, write down the answer. One letter at a time on each connection.

A letter is claimed in a committed transaction before anything leaves; the answer goes into a file the moment
it comes (accepted.py) and then into the database. Whatever dies in between, no letter is handed over twice.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import uuid7
from services.chassis.database import Database
from services.chassis.work import Loop

from .accepted import AcceptedLog
from .domain.letter import Accepted, Outcome, Refused, Unsure
from .mailer import Connection, compose
from .settings import Settings
from .storage import sending as storage
from .storage.letters import DISPATCH
from .usecases import letters as usecases
from .usecases.letters import Taken
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
                        await storage.beat(session, self.settings.instance)
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
            await storage.beat(session, self.settings.instance)
            lost = await storage.give_up_for_the_dead(session, self.settings.lease_seconds)
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
        self._claim: UUID | None = None
        self._taken_at = 0.0
        self._ending = False

    async def step(self) -> bool:
        """Send letters while there are any; False where none was due.

        Raises where the mail server or the database is not there. When the process ends meanwhile, the letter
        in hand is finished: half handed over it would become unknown.
        """
        sending = asyncio.create_task(self._send())
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            self._ending = True
            await asyncio.wait([sending], timeout=GRACE_SECONDS)
            raise

    async def _send(self) -> bool:
        journal = await self._sender.begin()
        if not await self._catch_up():
            return False
        await self._connection.open()
        await self._sender.pace()
        taken = await self._exchange(journal)
        while taken:
            self._answered = taken, await self._deliver(taken, journal)
            taken = await self._exchange(journal)
        return True

    async def _catch_up(self) -> bool:
        """Do what an outage of the database left undone; answers whether a letter is due.

        A claim whose commit was cut off may have been made: nobody has that letter, so it goes back.
        """
        async with self._sender.database.transaction() as session:
            await self._settle(session)
            if self._claim:
                await storage.give_back(session, self._claim)
            due = await storage.due(session)
        self._answered = self._claim = None
        return due

    async def _exchange(self, journal: AcceptedLog) -> Taken | None:
        """Write down the answer that was had and take the next letter, in one transaction."""
        goes_on = self._connection.usable and not self._ending
        goes_on = goes_on and (self._answered is None or not self._sender.settings.letters_per_second)
        self._claim = uuid7() if goes_on else None
        async with self._sender.database.transaction() as session:
            await self._settle(session)
            taken = None
            if self._claim:
                claim = storage.Claim(self._sender.settings.instance, journal.run, self._claim)
                taken = await usecases.take(session, claim, datetime.now(UTC))
        self._answered = self._claim = None
        self._taken_at = time.monotonic()
        return taken

    def _hand_over(self, taken: Taken, journal: AcceptedLog) -> None:
        """Note that the letter leaves now. Raises OSError where it must not any more.

        Who was stopped for longer than the lease has been taken for dead, and the letter may be with another.
        """
        if time.monotonic() - self._taken_at > self._sender.settings.lease_seconds:
            raise TimeoutError("it was in hand for longer than the lease")
        journal.note("handed", taken.letter.id, taken.attempt)

    async def _settle(self, session: AsyncSession) -> None:
        if self._answered:
            taken, outcome = self._answered
            retries = self._sender.settings.letter_retries
            await usecases.settle(session, taken.letter, taken.attempt, outcome, retries)

    async def _deliver(self, taken: Taken, journal: AcceptedLog) -> Outcome:
        letter, facts, settings = taken.letter, taken.facts, self._sender.settings
        try:
            written = write(facts, settings.city_name, settings.default_language)
            message = compose(letter.id, written, facts.address, facts.name, datetime.now(UTC), settings)
        except Exception as error:  # nothing has left: whatever is wrong with the letter is final
            log.error("a letter could not be written", exc_info=error)
            return Refused(f"could not be written: {type(error).__name__}", final=True)
        try:
            outcome = await self._connection.deliver(message, lambda: self._hand_over(taken, journal))
        except Exception as error:  # none is known; a letter must not stay in hand for ever
            log.error("sending a letter failed", exc_info=error)
            self._connection.close()
            return Unsure(f"sending failed: {type(error).__name__}")
        if isinstance(outcome, Accepted):
            with suppress(OSError):  # it is in hand all the same, and about to be marked
                journal.note("accepted", letter.id, taken.attempt)
        return outcome


def loops(database: Database, settings: Settings) -> Sequence[Loop]:
    """A loop for each connection, all woken by a new letter, and one that shows this process is alive."""
    sender = Sender(database, settings)
    lines = [Line(sender) for _ in range(settings.smtp_connections)]
    return (
        *(Loop(DISPATCH, line.step) for line in lines),
        Loop("letters-lease", sender.beat, idle=settings.lease_seconds / 4),
    )
