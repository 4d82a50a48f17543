"""Sends letters: claim some, hand them over one after another, write down the answers.

Letters are claimed in a committed transaction before anything leaves. When one is handed over, and when it is
accepted, that goes into a file the moment it happens (accepted.py), and with the claim's other answers into
the database. Whatever dies in between, no letter is handed over twice, and one per connection is in doubt.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

from opentelemetry.trace import SpanKind
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import uuid7
from services.chassis.database import Database
from services.chassis.telemetry import span
from services.chassis.work import Loop

from .accepted import AcceptedLog
from .composing import Outgoing, compose
from .domain.letter import Accepted, Outcome, Refused, Unsure
from .domain.pace import Pace
from .mailer import Connection
from .settings import Settings
from .storage import sending as storage
from .storage.letters import DISPATCH
from .usecases import digests
from .usecases import letters as usecases
from .usecases.letters import Answered, Taken, Unsent

log = logging.getLogger(__name__)
GRACE_SECONDS = 8.0  # at the end of the process, for the letter in hand


class Sender:
    """What the connections of one process share: the file of accepted letters and the pace."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings
        self._log: AcceptedLog | None = None
        self._beginning = asyncio.Lock()
        self._pace = Pace()
        self._busy: set[object] = set()
        self._looking: asyncio.Task[bool] | None = None

    async def digest(self) -> bool:
        """Queue one organisation's summary that is due; False where none is."""
        async with self.database.transaction() as session:
            return await digests.write_due(session, datetime.now(UTC), self.settings)

    @property
    def at_once(self) -> int:
        """How many letters a connection takes in hand: no more than may leave in about a second."""
        rate = self.settings.letters_per_second
        return max(1, min(self.settings.letters_per_claim, int(rate or self.settings.letters_per_claim)))

    async def turn(self, domain: str, *, urgent: bool) -> tuple[bool, float]:
        """Wait for the turn of a letter to this domain; False, and in how many seconds, if late."""
        rate, limits = self.settings.letters_per_second, self.settings.letters_per_second_by_domain
        limit = limits.get(domain, limits.get("*"))
        now, wait = self._pace.turn(time.monotonic(), rate, domain, limit, urgent=urgent)
        if now and wait:
            await asyncio.sleep(wait)
        return now, wait

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

    async def due(self) -> bool:
        """Whether a letter is due. A letter wakes all connections; they look once for all of them."""
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)

    async def _look(self) -> bool:
        self._looking = None  # who asks once this has begun may know of a letter that it does not see
        quiet = self.settings.quiet_at(datetime.now(UTC))
        async with self.database.transaction() as session:
            return await storage.due(session, quiet=quiet)

    def busy(self, line: object) -> None:
        """A connection may have letters in hand from now on."""
        self._busy.add(line)

    def idle(self, line: object) -> None:
        """A connection has none in hand, and has written down what became of all it had."""
        self._busy.discard(line)
        if self._log and not self._busy:
            self._log.tidy()

    async def beat(self) -> bool:
        """Show that this process lives, and look after letters of processes that do not."""
        async with self.database.transaction() as session:
            await storage.beat(session, self.settings.instance)
            lost = await storage.give_up_for_the_dead(session, self.settings.lease_seconds)
        if lost:
            log.warning("%d letters of processes that are gone may or may not have been sent", lost)
        return False


class Line:
    """One connection and the letters in hand on it."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._connection = Connection(sender.settings)
        self._done: list[Answered | Unsent] = []
        self._claim: UUID | None = None
        self._taken_at = 0.0
        self._ending = False

    async def step(self) -> bool:
        """Send letters while there are any; False where none was due.

        Raises where the mail server or the database is not there. When the process ends meanwhile, the letter
        being handed over is finished: half handed over it would become unknown.
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
        self._sender.busy(self)
        await self._catch_up()
        if not await self._sender.due():
            self._sender.idle(self)
            return False
        await self._connection.open()
        taken = await self._exchange(journal)
        while taken:
            await self._deliver_all(taken, journal)
            taken = await self._exchange(journal)
        return True

    async def _catch_up(self) -> None:
        """Do what an outage of the database left undone.

        A claim whose commit was cut off may have been made: nobody has its letters, so they go back.
        """
        if not self._done and not self._claim:
            return
        async with self._sender.database.transaction() as session:
            await self._settle(session)
            if self._claim:
                await storage.give_back(session, self._claim)
        self._done, self._claim = [], None

    async def _exchange(self, journal: AcceptedLog) -> list[Taken]:
        """Write down the answers that were had and take the next letters, in one transaction."""
        self._claim = uuid7() if self._connection.usable and not self._ending else None
        taken: list[Taken] = []
        async with self._sender.database.transaction() as session:
            await self._settle(session)
            if self._claim:
                claim = storage.Claim(self._sender.settings.instance, journal.run, self._claim)
                now, settings = datetime.now(UTC), self._sender.settings
                taken = await usecases.take(session, claim, now, settings, self._sender.at_once)
        self._done, self._claim = [], None
        self._taken_at = time.monotonic()
        return taken

    async def _settle(self, session: AsyncSession) -> None:
        await usecases.settle(session, self._done, self._sender.settings.letter_retries)

    async def _deliver_all(self, taken: Sequence[Taken], journal: AcceptedLog) -> None:
        """Hand these over, one after another; what cannot go now goes back."""
        for each in taken:
            told = {"letter.id": str(each.letter.id), "letter.kind": each.letter.kind}
            with span("send letter", SpanKind.CLIENT, each.letter.traceparent, told):
                self._done.append(await self._deliver(each, journal))

    async def _deliver(self, taken: Taken, journal: AcceptedLog) -> Answered | Unsent:
        letter = taken.letter
        if self._ending or not self._connection.usable or self._held_long():
            return Unsent(letter, taken.attempt)
        try:
            message = compose(letter.id, taken.facts, datetime.now(UTC), self._sender.settings)
        except Exception as error:  # nothing has left: whatever is wrong with the letter is final
            log.error("a letter could not be written", exc_info=error)
            reason = f"could not be written: {type(error).__name__}"
            return Answered(letter, taken.attempt, Refused(reason, final=True))
        now, wait = await self._sender.turn(message.domain, urgent=letter.kind == "sign_in")
        if not now:
            return Unsent(letter, taken.attempt, wait)
        return Answered(letter, taken.attempt, await self._hand_over(taken, message, journal))

    def _held_long(self) -> bool:
        """Whether these letters have been in hand for so long that the rest had better go back."""
        return time.monotonic() - self._taken_at > self._sender.settings.lease_seconds / 2

    async def _hand_over(self, taken: Taken, message: Outgoing, journal: AcceptedLog) -> Outcome:
        id_, attempt = taken.letter.id, taken.attempt
        try:
            outcome = await self._connection.deliver(message, lambda: self._note(taken, journal))
        except Exception as error:  # none is known; a letter must not stay in hand for ever
            log.error("sending a letter failed", exc_info=error)
            self._connection.close()
            return Unsure(f"sending failed: {type(error).__name__}")
        if isinstance(outcome, Accepted):
            with suppress(OSError):  # it is in hand all the same, and about to be marked
                journal.note("accepted", id_, attempt)
        return outcome

    def _note(self, taken: Taken, journal: AcceptedLog) -> None:
        """Note that the letter leaves now. Raises OSError where it must not any more.

        Who was stopped for longer than the lease has been taken for dead, and the letter may be with another.
        """
        if time.monotonic() - self._taken_at > self._sender.settings.lease_seconds:
            raise TimeoutError("it was in hand for longer than the lease")
        journal.note("handed", taken.letter.id, taken.attempt)


def loops(database: Database, settings: Settings) -> Sequence[Loop]:
    """A loop for each connection, all woken by a new letter; one shows this process is alive, one sums up."""
    sender = Sender(database, settings)
    lines = [Line(sender) for _ in range(settings.smtp_connections)]
    return (
        *(Loop(DISPATCH, line.step) for line in lines),
        Loop("letters-lease", sender.beat, idle=settings.lease_seconds / 4),
        Loop("letters-digest", sender.digest, idle=60),
    )
