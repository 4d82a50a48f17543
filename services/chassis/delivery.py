"""What becomes of an event: handled, refused for good, parked to be tried again.

A batch is handled in one transaction. Where that fails it is halved until the events at fault stand alone,
so one bad event costs its neighbours a few transactions and nothing else.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import NAMESPACE_OID, UUID, uuid5

import orjson
from opentelemetry.trace import SpanKind
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import Envelope, Event

from . import inbox, waiting
from .database import Database, is_outage
from .journal import persons
from .settings import Settings
from .telemetry import counter, event_in_hand, span, where

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
    """One event as it came: its bytes, its id, and what it says where it can be read."""

    body: bytes
    id: UUID
    envelope: Envelope[Any] | None


@dataclass(frozen=True)
class Delivery(Generic[S]):
    """How one consumer treats its events."""

    consumer: str
    handlers: Handlers[S]
    refusals: tuple[type[Exception], ...]
    database: Database
    settings: S

    @cached_property
    def _forms(self) -> dict[str, type[Envelope[Any]]]:
        return {event.type: Envelope[event] for event in self.handlers}  # type: ignore[valid-type]  # a type each

    async def handle(self, bodies: Sequence[bytes]) -> None:
        """Take in a batch: afterwards each event is handled, refused or parked. Raises Outage."""
        await self._settle([self._read(body) for body in bodies])

    async def handle_waiting(self) -> bool:
        """Handle one event that waits and is due; False where none is. Raises Outage."""
        due: waiting.Waiting | None = None
        try:
            async with self.database.transaction() as session:
                due = await waiting.take(session, self.consumer)
                if due is None:
                    return False
                await self._work(session, [self._read(due.body)])
                await waiting.done(session, self.consumer, due.event_id)
        except Exception as error:  # every failure has its outcome
            if due is None or is_outage(error):
                raise Outage from error
            await self._settle_one(self._read(due.body), error)
        return True

    def _read(self, body: bytes) -> Received:
        try:
            envelope = self._forms[orjson.loads(body)["type"]].model_validate_json(body)
            return Received(body, envelope.id, envelope)
        except (ValidationError, orjson.JSONDecodeError, LookupError, TypeError):
            return Received(body, uuid5(NAMESPACE_OID, body.hex()), None)

    async def _settle(self, events: Sequence[Received]) -> None:
        try:
            async with self.database.transaction() as session:
                await self._work(session, events)
        except Exception as error:  # every failure has its outcome
            if is_outage(error):
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
        fresh = await inbox.remember(session, self.consumer, (event.id for event in events))
        for event in events:
            if event.id not in fresh:
                continue
            fresh.discard(event.id)
            if event.envelope is None:
                raise Unreadable
            event_in_hand.set(str(event.id))
            told = {"messaging.consumer.group.name": self.consumer, "messaging.message.id": str(event.id)}
            with span(f"process {event.envelope.type}", SpanKind.CONSUMER, event.envelope.traceparent, told):
                await self.handlers[type(event.envelope.data)](session, event.envelope, self.settings)
        event_in_hand.set(None)

    async def _settle_one(self, event: Received, error: Exception) -> None:
        async with self.database.transaction() as session:
            if isinstance(error, self.refusals):
                outcome = "refused"
                await inbox.refuse(session, self.consumer, event.id, type(error).__name__)
                await waiting.done(session, self.consumer, event.id)
            else:
                outcome = "waiting" if isinstance(error, waiting.Needs) else "failed"
                await self._park(session, event, error)
        _handled.add(1, {"consumer": self.consumer, "outcome": outcome})

    async def _park(self, session: AsyncSession, event: Received, error: Exception) -> None:
        """Keep the event for later. What cannot be read will not get better by itself: it is dead at once."""
        reason, needs, limit = " ".join(where(error, most=1)), None, self.settings.max_attempts
        if isinstance(error, waiting.Needs):
            reason, needs, limit = f"waits for {error.key.partition(':')[0]}", error.key, waiting.NEVER_DEAD
        else:
            log.warning("an event failed", exc_info=error)
        await waiting.park(
            session,
            waiting.Waiting(self.consumer, event.id, event.body),
            reason=reason,
            needs=needs,
            persons=persons(event.envelope.data) if event.envelope else [],
            delay=self.settings.retry_seconds,
            limit=limit if event.envelope else 1,
        )
