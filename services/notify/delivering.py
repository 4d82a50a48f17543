"""Sends deliveries: takes what is due in hand, posts it, and writes down what came of it, many at a time.

Each subscription is a lane of its own: so many requests at once and no more, or one after the other where it
is ordered. A lane whose endpoint is slow or dead holds up nobody else. One loop settles and claims in one
transaction about every 50 ms, as a transaction for each delivery would cost more than the delivery.
"""

import asyncio
import logging
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from opentelemetry.trace import SpanKind

from services.chassis.database import Database, wake
from services.chassis.telemetry import span
from services.chassis.work import Loop

from .domain.delivery import Answer
from .domain.subscription import versions
from .settings import Settings
from .signing import sign
from .storage import delivering as storage
from .storage.deliveries import DELIVER
from .storage.delivering import Line, Taken, Tried
from .usecases import delivering as usecases
from .usecases import replays
from .usecases.delivering import Outcome
from .usecases.replays import REPLAY
from .webhooks import Reply, Webhooks

log = logging.getLogger(__name__)
PACE = 0.05  # seconds between two transactions while there is much to do
PATIENCE = 0.25  # seconds to the next look while somebody is still awaited
IDLE = 1.0  # seconds to the next look while nobody is
GRACE = 5.0  # seconds at the end of the process, for requests that have been sent
MEDIA_TYPE = "application/cloudevents+json"
_TRACEPARENT = re.compile(rb'"traceparent": ?"([0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})"')
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass
class Lane:
    """What this process does for one subscription: requests at once, and how much is in hand."""

    slots: asyncio.Semaphore
    count: int = 0
    open: bool = True


@dataclass
class Turn:
    """Deliveries that were taken in hand together, until their lease ends (by this process's clock).

    When one of them fails the others go back: nothing overtakes it where order counts, and nobody insists
    where the endpoint is in trouble.
    """

    lane: Lane
    line: Line
    until: float
    failed: bool = False

    @property
    def over(self) -> bool:
        """Whether what has not been sent must go back."""
        return self.failed or not self.lane.open or time.monotonic() > self.until


class Courier:
    """Everything one process has in hand."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._webhooks: Webhooks | None = None
        self._lanes: dict[UUID, Lane] = {}
        self._everybody = asyncio.Semaphore(settings.webhook_requests)
        self._tasks: set[asyncio.Task[None]] = set()
        self._outcomes: list[Outcome] = []
        self._news = asyncio.Event()

    async def step(self) -> bool:
        """One transaction: settle what was answered, take in hand what is due; then wait for more.

        When the process ends, requests that have been sent are awaited for a moment and settled.
        """
        try:
            if self._webhooks is None:
                self._webhooks = await self._begin()
            await self._rest(busy=await self._exchange(self._webhooks))
        except asyncio.CancelledError:
            await self._end()
            raise
        return True

    async def _begin(self) -> Webhooks:
        """What the process before of this instance had in hand, nobody has."""
        async with self._database.transaction() as session:
            await storage.release(session, self._settings.instance)
        return Webhooks(self._settings.webhook_hosts, self._settings.webhook_timeout)

    async def _exchange(self, webhooks: Webhooks) -> bool:
        """Settle and claim; answers whether there was anything of either."""
        outcomes = self._outcomes[:]
        settled = Counter(one.taken.subscription for one in outcomes)
        in_hand = {id_: lane.count - settled[id_] for id_, lane in self._lanes.items()}
        until = time.monotonic() + self._settings.lease_seconds / 2
        async with self._database.transaction() as session:
            if outcomes:
                await usecases.settle(session, outcomes, self._settings, random.random)
            lines, taken = await usecases.claim(session, in_hand, self._settings)
        del self._outcomes[: len(outcomes)]
        self._lanes = {id_: lane for id_, lane in self._lanes.items() if in_hand[id_]}
        for id_, lane in self._lanes.items():
            lane.count = in_hand[id_]
        self._send(webhooks, {line.id: line for line in lines}, taken, until)
        return bool(outcomes or taken)

    def _send(
        self, webhooks: Webhooks, lines: dict[UUID, Line], taken: Sequence[Taken], until: float
    ) -> None:
        for id_, lane in self._lanes.items():
            lane.open = id_ in lines  # else it was paused or removed meanwhile
        of_lane: defaultdict[UUID, list[Taken]] = defaultdict(list)
        for one in taken:
            of_lane[one.subscription].append(one)
        for id_, mine in of_lane.items():
            lane = self._lanes.setdefault(id_, Lane(asyncio.Semaphore(self._settings.webhook_connections)))
            lane.count += len(mine)
            turn = Turn(lane, lines[id_], until)
            for part in [mine] if turn.line.ordered else [[one] for one in mine]:
                task = asyncio.create_task(self._deliver(webhooks, turn, part))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _deliver(self, webhooks: Webhooks, turn: Turn, deliveries: Sequence[Taken]) -> None:
        """One after the other; whatever is not sent goes back."""
        for taken in deliveries:
            outcome = Outcome(taken)
            try:
                async with turn.lane.slots, self._everybody:
                    if not turn.over:
                        outcome = await self._try(webhooks, turn.line, taken)
                turn.failed = turn.failed or bool(outcome.answer and not outcome.answer.delivered)
            finally:
                self._outcomes.append(outcome)
                self._news.set()

    async def _try(self, webhooks: Webhooks, line: Line, taken: Taken) -> Outcome:
        body, at = taken.body or b"", datetime.now(UTC)
        headers = _headers(line, taken, body, at, self._settings.webhook_key)
        if taken.body is None:
            reply = Reply(Answer(None, "the event is no longer kept"), b"", 0)
        else:
            reply = await _post(webhooks, line, taken, headers, body)
        return Outcome(taken, reply.answer, self._tried(taken, at, headers, body, reply))

    def _tried(self, taken: Taken, at: datetime, headers: dict[str, str], body: bytes, reply: Reply) -> Tried:
        head = "".join(f"{name}: {value}\n" for name, value in headers.items())
        most, answer = self._settings.webhook_log_bytes, reply.answer
        return Tried(
            number=taken.attempts + 1,
            at=at,
            status=answer.status,
            milliseconds=reply.milliseconds,
            request=_cut(f"{head}\n".encode() + body, most),
            response=_cut(reply.body, most) if answer.status else None,
            error=answer.error,
        )

    async def _rest(self, *, busy: bool) -> None:
        """Many outcomes are to share a transaction; nobody shall wait long for the next one."""
        self._news.clear()
        if busy or self._outcomes:
            await asyncio.sleep(PACE)
        elif self._tasks:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):  # wait_for may lose a cancellation
                    await self._news.wait()
        else:
            await self._database.woken(DELIVER, IDLE)

    async def _end(self) -> None:
        for lane in self._lanes.values():
            lane.open = False
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        try:
            if self._outcomes:
                async with self._database.transaction() as session:
                    await usecases.settle(session, self._outcomes, self._settings, random.random)
        except Exception as error:  # whoever starts next sends them again
            log.warning("%d deliveries could not be settled at the end", len(self._outcomes), exc_info=error)
        if self._webhooks:
            await self._webhooks.close()
            self._webhooks = None


async def _post(webhooks: Webhooks, line: Line, taken: Taken, headers: dict[str, str], body: bytes) -> Reply:
    """One request. A fault of ours is a failed attempt too: nothing is tried again at once."""
    about = {"delivery.id": str(taken.id)}
    try:
        with span("send webhook", SpanKind.CLIENT, headers.get("traceparent"), about):
            return await webhooks.post(line.url, headers, body)
    except Exception as error:  # none is known
        log.error("a webhook could not be sent", exc_info=error)
        return Reply(Answer(None, f"could not be sent: {type(error).__name__}"), b"", 0)


def _headers(line: Line, taken: Taken, body: bytes, at: datetime, secret: bytes) -> dict[str, str]:
    """Those of Standard Webhooks, the media type, and the trace that the event belongs to."""
    timestamp, id_ = int(at.timestamp()), str(taken.event)
    valid = versions(line.secret_version, line.old_secret_until, at)
    headers = {
        "content-type": MEDIA_TYPE,
        "webhook-id": id_,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, line.signature, line.id, valid, id_, timestamp, body),
    }
    trace = _TRACEPARENT.search(body)
    return headers | ({"traceparent": trace[1].decode()} if trace else {})


def _cut(text: bytes, most: int) -> str:
    """The beginning of what was said, as text that can be kept."""
    return _UNFIT.sub("\ufffd", text[: 4 * most].decode(errors="replace"))[:most]


class Cleaner:
    """Looks after what is left behind: leases of the dead, and what is old."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings

    async def release(self) -> bool:
        """What somebody who is gone had in hand is due again."""
        async with self._database.transaction() as session:
            if late := await storage.release_late(session):
                log.warning("%d deliveries of a process that is gone are due again", late)
                wake(session, DELIVER)
        return False

    async def forget(self) -> bool:
        """Deliveries and attempts are deleted some days after they were settled, some thousands at a time."""
        async with self._database.transaction() as session:
            return await storage.forget(session, self._settings.webhook_keep_days)

    async def replay(self) -> bool:
        """One portion of what somebody wants again."""
        async with self._database.transaction() as session:
            return await replays.advance(session)


def loops(database: Database, settings: Settings) -> Sequence[Loop]:
    """Sending, replaying and cleaning up."""
    courier, cleaner = Courier(database, settings), Cleaner(database, settings)
    return (
        Loop(DELIVER, courier.step),
        Loop(REPLAY, cleaner.replay),
        Loop("webhooks-leases", cleaner.release, idle=settings.lease_seconds / 4),
        Loop("webhooks-forget", cleaner.forget, idle=3600),
    )
