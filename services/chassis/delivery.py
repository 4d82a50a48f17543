"""What becomes of an event: handled, refused for good, parked to be tried again.

A batch is handled in one transaction. Where that fails it is halved until the events at fault stand alone,
so one bad event costs its neighbours a few transactions and nothing else.
"""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from opentelemetry.trace import SpanKind
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import Envelope, Event, uuid7

from . import inbox, waiting
from .database import Database
from .journal import persons
from .settings import Settings
from .telemetry import counter, event_in_hand, span

log = logging.getLogger(__name__)
S = TypeVar("S", bound=Settings)
Handler = Callable[[AsyncSession, Any, S], Awaitable[None]]
Handlers = Mapping[type[Event], Handler[S]]
_handled = counter("col_events_handled", "events by outcome")


class Unreadable(Exception):
    """The bytes are not an event that this consumer handles."""


class Outage(Exception):
    """The database is not there; nothing was decided, and NATS shall bring the events again."""


@dataclass(frozen=True)
class Received:
    """One event as it came: its bytes, and what they say."""

    body: bytes
    envelope: Envelope[Any]


@dataclass(frozen=True)
class Delivery(Generic[S]):
    """How one consumer treats its events."""

    consumer: str
    handlers: Handlers[S]
    refusals: tuple[type[Exception], ...]
    database: Database
    settings: S

    def read(self, body: bytes) -> Received:
        """The event in `body`. Raises Unreadable where it is none this consumer handles."""
        try:
            kind = Envelope[Event].model_validate_json(body).type
            event = {event.type: event for event in self.handlers}[kind]
            return Received(body, Envelope[event].model_validate_json(body))  # type: ignore[valid-type]  # by its type
        except (ValidationError, KeyError) as error:
            raise Unreadable(type(error).__name__) from error

    async def handle(self, bodies: Sequence[bytes]) -> None:
        """Take in a batch: afterwards each event is handled, refused or parked. Raises Outage."""
        events: list[Received] = []
        for body in bodies:
            try:
                events.append(self.read(body))
            except Unreadable as error:
                await self._park_unreadable(body, error)
        if events:
            await self._settle(events)

    async def handle_waiting(self) -> bool:
        """Handle one event that waits and is due; False where none is. Raises Outage."""
        due: waiting.Waiting | None = None
        event: Received | None = None
        try:
            async with self.database.transaction() as session:
                due = await waiting.take(session, self.consumer)
                if due is None:
                    return False
                event = self.read(due.body)
                await self._work(session, [event])
                await waiting.done(session, due)
        except Exception as error:  # every failure has its outcome
            if due is None or event is None:
                await self._park_taken(due, error)
            else:
                await self._settle_one(event, error, due)
        return True

    async def _park_taken(self, due: waiting.Waiting | None, error: Exception) -> None:
        if due is None or _is_outage(error):
            raise Outage from error
        await self._park_unreadable(due.body, error, due.event_id)

    async def _settle(self, events: Sequence[Received]) -> None:
        try:
            async with self.database.transaction() as session:
                await self._work(session, events)
        except Exception as error:  # every failure has its outcome
            if _is_outage(error):
                raise Outage from error
            if len(events) == 1:
                await self._settle_one(events[0], error)
                return
            half = len(events) // 2
            await self._settle(events[:half])
            await self._settle(events[half:])
        else:
            _handled.add(len(events), {"consumer": self.consumer, "outcome": "handled"})

    async def _work(self, session: AsyncSession, events: Sequence[Received]) -> None:
        fresh = await inbox.remember(session, self.consumer, (e.envelope.id for e in events))
        for event in events:
            envelope = event.envelope
            if envelope.id not in fresh:
                continue
            fresh.discard(envelope.id)
            event_in_hand.set(str(envelope.id))
            with span(f"process {envelope.type}", SpanKind.CONSUMER, envelope.traceparent):
                await self.handlers[type(envelope.data)](session, envelope, self.settings)
        event_in_hand.set(None)

    async def _settle_one(
        self, event: Received, error: Exception, due: waiting.Waiting | None = None
    ) -> None:
        if _is_outage(error):
            raise Outage from error
        async with self.database.transaction() as session:
            if isinstance(error, self.refusals):
                outcome = "refused"
                await inbox.refuse(session, self.consumer, event.envelope.id, type(error).__name__)
                if due:
                    await waiting.done(session, due)
            else:
                outcome = await self._park(session, event, error)
        _handled.add(1, {"consumer": self.consumer, "outcome": outcome})

    async def _park(self, session: AsyncSession, event: Received, error: Exception) -> str:
        early = error.key if isinstance(error, waiting.Needs) else None
        if not early:
            log.warning("%s failed", event.envelope.type, exc_info=error)
        await waiting.park(
            session,
            self.consumer,
            event.envelope.id,
            event.body,
            reason=f"waits for {early.partition(':')[0]}" if early else _place(error),
            needs=early,
            persons=persons(event.envelope.data),
            delay=self.settings.retry_seconds,
            limit=waiting.NEVER_DEAD if early else self.settings.max_attempts,
        )
        return "waiting" if early else "failed"

    async def _park_unreadable(self, body: bytes, error: Exception, event_id: UUID | None = None) -> None:
        """What cannot be read will not get better by itself: it is a dead letter at once."""
        log.error("an event could not be read", exc_info=error)
        async with self.database.transaction() as session:
            await waiting.park(
                session, self.consumer, event_id or _id_of(body), body, reason=_place(error), limit=1
            )


def _is_outage(error: Exception) -> bool:
    """Whether the database itself failed, and not this event: then nothing is decided."""
    if isinstance(error, OSError | asyncio.TimeoutError | InterfaceError | PoolTimeout):
        return True
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    gone = state.startswith(("08", "57P"))  # connection exceptions, operator intervention
    return isinstance(error, DBAPIError) and (error.connection_invalidated or gone)


def _place(error: Exception) -> str:
    """Name and place of an exception; its message may quote personal data."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" at {last[0].name}:{last[0].lineno}" if last else ""
    return type(error).__name__ + where


def _id_of(body: bytes) -> UUID:
    """The id an unreadable event claims, so that it is parked once; else a new one."""
    try:
        return Envelope[Event].model_validate_json(body).id
    except ValidationError:
        return uuid7()
