"""Subscriptions at work: events put into the feed, and the loops that send them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import text

from contracts.catalogue import ActivityJoined
from contracts.envelope import Event
from services.chassis.database import Database
from services.chassis.testing import Keyring, until
from services.chassis.work import run
from services.notify.delivering import loops
from services.notify.domain.feed import Cursor
from services.notify.settings import Settings
from services.notify.usecases import feed

from .conftest import City
from .outside import integrated
from .public import public
from .receiver import Receiver


@dataclass
class Hooks:
    """The city's notify, an operator's hands, and one integration that sees the whole city."""

    city: City
    http: httpx.AsyncClient
    keyring: Keyring
    settings: Settings
    integration: str = ""
    machine: dict[str, str] = field(default_factory=dict)
    cursor: Cursor = field(default_factory=lambda: Cursor(datetime.now(UTC), 0, 0))

    @property
    def database(self) -> Database:
        """Notify's database."""
        return self.city.database

    @property
    def operator(self) -> dict[str, str]:
        """An operator's credentials."""
        return self.keyring.headers(operator=True)

    async def begin(self, organisation: UUID | None = None) -> None:
        """Register an integration; what follows is about it."""
        self.integration, self.machine = await integrated(self.city, self.http, self.keyring, organisation)

    def draft(self, url: str, **more: Any) -> dict[str, Any]:
        """What is asked for when somebody subscribes."""
        return {"integration": self.integration, "name": "HR", "url": url, "types": ["*"], **more}

    async def subscribe(self, receiver: Receiver | str, **more: Any) -> dict[str, Any]:
        """A new subscription that goes to the receiver."""
        url = receiver if isinstance(receiver, str) else receiver.url()
        return await self.post("/subscriptions", self.draft(url, **more), 201)

    async def post(self, path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
        """What the operator is answered."""
        answer = await self.http.post(path, json=body, headers=self.operator)
        assert answer.status_code == status, answer.text
        read: dict[str, Any] = answer.json()
        return read

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        """What the operator is shown."""
        answer = await self.http.get(path, params=params, headers=self.operator)
        assert answer.status_code == 200, answer.text
        read: dict[str, Any] = answer.json()
        return read

    async def happen(self, *events: Event) -> list[str]:
        """These become public: they stand in the feed, and what is due by them is due. Answers their ids."""
        return await self.arrive([public(event) for event in events])

    async def arrive(self, bodies: Sequence[bytes]) -> list[str]:
        """As above, by their bytes."""
        if self.cursor.position == 0:
            async with self.database.transaction() as session:
                self.cursor = await feed.resume(session, self.cursor.stream_created, 0)
        before, sequence = self.cursor.position, self.cursor.sequence + len(bodies)
        async with self.database.transaction() as session:
            self.cursor = await feed.take_in(session, self.cursor, sequence, bodies, None)
        found = await self.rows(f"SELECT event FROM feed WHERE position > {before} ORDER BY position")
        return [str(event) for (event,) in found]

    async def join(self, times: int = 1, organisation: UUID | None = None) -> list[str]:
        """So many events of one kind happen."""
        events = (
            ActivityJoined(activity=uuid4(), organisation=organisation or uuid4(), recipient=uuid4())
            for _ in range(times)
        )
        return await self.happen(*events)

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What the database says."""
        async with self.database.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(statement))]

    async def change(self, statement: str) -> None:
        """Do something to the database behind the service's back."""
        async with self.database.transaction() as session:
            await session.execute(text(statement))

    async def states(self, subscription: dict[str, Any]) -> list[str]:
        """The states of its deliveries, in the order they were made."""
        found = await self.rows(
            f"SELECT state FROM delivery WHERE subscription = '{subscription['id']}' ORDER BY id"
        )
        return [state for (state,) in found]

    async def reach(self, subscription: dict[str, Any], *states: str) -> None:
        """Wait until its deliveries are in these states."""

        async def reached() -> bool:
            return await self.states(subscription) == list(states)

        try:
            await until(reached, 10)
        except TimeoutError:
            raise AssertionError(await self.states(subscription)) from None

    async def log(self, subscription: dict[str, Any], **params: Any) -> list[dict[str, Any]]:
        """Its delivery log, newest first."""
        found = await self.get(f"/subscriptions/{subscription['id']}/deliveries", **params)
        items: list[dict[str, Any]] = found["items"]
        return items

    @asynccontextmanager
    async def sending(self, **settings: Any) -> AsyncIterator[None]:
        """The loops run for the length of the block, with these settings changed."""
        changed = self.settings.model_copy(update=settings)
        tasks = [asyncio.create_task(run(loop, self.database)) for loop in loops(self.database, changed)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def another(self) -> "Hooks":
        """The same city; `begin` makes another integration."""
        return replace(self, integration="", machine={})


async def came(receiver: Receiver, number: int, seconds: float = 10) -> None:
    """Wait until so many requests have been answered."""

    async def there() -> bool:
        return len(receiver.answered) >= number

    try:
        await until(there, seconds)
    except TimeoutError:
        raise AssertionError(f"{len(receiver.answered)} of {number}") from None
