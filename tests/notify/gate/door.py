"""The way into NATS, with a real server: a city that lets integrations in, and clients from outside."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import nats
import orjson
from nats.aio.client import Client
from nats.js import JetStreamContext
from pydantic import SecretStr

from contracts import subjects
from contracts.envelope import Event, seal, uuid7
from contracts.events import EVENTS
from deploy import streams
from deploy.nats import permissions
from deploy.nats.outside import Callout
from deploy.onemachine.testbed import RunningNats
from deploy.topology import durables
from services.chassis.testing import CITY, Keyring, until
from services.notify.nkeys import Issuer, Seal, base64url

from ..conftest import City
from ..outside import integrated

EXAMPLES = Path(subjects.__file__).parent / "examples"
STREAM = subjects.stream(CITY)
_SEEDS = {"nats_issuer_key": secrets.token_bytes(32), "nats_callout_key": secrets.token_bytes(32)}
PASSWORDS = {name: f"secret-{name}" for name in ("operator", "catalogue", "badges", "pathways", "notify")}
SETTINGS = {
    "nats_user": "notify",
    "nats_password": SecretStr(PASSWORDS["notify"]),
    **{name: SecretStr(base64url(seed)) for name, seed in _SEEDS.items()},
}


def example_of(event_type: str) -> Event:
    """An event of that type, whole."""
    told = orjson.loads((EXAMPLES / f"{event_type}.json").read_bytes())
    return EVENTS[event_type].model_validate(told["data"])


def configuration() -> str:
    """What the server is configured with."""
    issuer, sealing = _SEEDS.values()
    callout = Callout(Issuer(issuer).public, Seal(sealing).public)
    return permissions.render(CITY, PASSWORDS, callout=callout)


@dataclass
class Outsider:
    """An integration with one reader, and what its client has as credentials."""

    integration: UUID
    client: UUID
    organisation: UUID | None
    headers: dict[str, str]
    reader: dict[str, Any] = field(default_factory=dict)

    @property
    def durable(self) -> str:
        """The consumer on NATS."""
        durable: str = self.reader["durable"]
        return durable

    @property
    def token(self) -> str:
        """The access token."""
        return self.headers["Authorization"].removeprefix("Bearer ")


@dataclass
class Door:
    """A running city, as far as NATS and notify go."""

    server: RunningNats
    city: City
    http: httpx.AsyncClient
    keyring: Keyring
    operator: Client

    @property
    def js(self) -> JetStreamContext:
        """The operator's view of the stream."""
        return self.operator.jetstream()

    async def outsider(self, organisation: UUID | None = None, types: str = "*", **claims: Any) -> Outsider:
        """A new integration with a reader that is ready."""
        integration, headers = await integrated(self.city, self.http, self.keyring, organisation)
        shown = await self.http.get(f"/integrations/{integration}", headers=headers)
        client = UUID(shown.json()["client"])
        made = Outsider(UUID(integration), client, organisation, headers)
        await self.add_reader(made, types)
        return made

    async def add_reader(self, whose: Outsider, types: str = "*") -> None:
        """One more reader of it, ready to be read."""
        body = {"name": f"reader {uuid4().hex[:6]}", "types": types}
        path = f"/integrations/{whose.integration}/readers"
        answer = await self.http.post(path, json=body, headers=whose.headers)
        assert answer.status_code == 201, answer.text
        whose.reader = answer.json()
        await until(lambda: self.is_ready(whose))

    async def is_ready(self, whose: Outsider) -> bool:
        """Whether its newest reader is there."""
        answer = await self.http.get(f"/integrations/{whose.integration}/readers", headers=whose.headers)
        states = {each["durable"]: each["state"] for each in answer.json()["items"]}
        return states.get(whose.durable) == "ready"

    async def publish(self, *events: Event, plane: subjects.Plane = "pub") -> list[str]:
        """Have events in the stream, as their services publish them; answers their ids."""
        ids = []
        for event in events:
            envelope = seal(event, plane, CITY, event_id := uuid7())
            name = event.service()
            async with inside(self.server, name) as client:
                subject = subjects.subject(CITY, plane, event)
                await client.jetstream().publish(subject, envelope.encode())
            ids.append(str(event_id))
        return ids


@asynccontextmanager
async def inside(server: RunningNats, user: str) -> AsyncIterator[Client]:
    """The connection of a service or the operator."""
    client = await nats.connect(
        server.url, user=user, password=PASSWORDS[user], inbox_prefix=f"_INBOX_{user}", allow_reconnect=False
    )
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def came_in(door: Door, whose: Outsider, **options: Any) -> AsyncIterator[tuple[Client, list[str]]]:
    """A client of an integration, connected by its token unless told otherwise, and its errors so far."""
    errors: list[str] = []

    async def note(error: Exception) -> None:
        errors.append(str(error))

    given: dict[str, Any] = {"user": "anybody", "password": whose.token}
    given |= {"inbox_prefix": subjects.reader_inbox(whose.integration), "error_cb": note}
    given |= {"allow_reconnect": False, "max_reconnect_attempts": 1, "connect_timeout": 10}
    client = Client()
    try:
        await client.connect(**{"servers": [door.server.url], **given, **options})
        yield client, errors
    finally:
        await closed(client)


async def closed(client: Client) -> None:
    """Close a client; it leaves its socket open where the server ended or refused the connection."""
    await client.close()
    if client._transport:
        client._transport.close()  # type: ignore[no-untyped-call]  # the client has no types there


async def fetched(client: Client, durable: str, most: int = 100, wait: float = 0.3) -> list[dict[str, Any]]:
    """What a reader is given next, acknowledged."""
    messages = await (await client.jetstream().pull_subscribe_bind(durable, STREAM)).fetch(most, timeout=wait)
    for message in messages:
        await message.ack_sync()
    return [orjson.loads(message.data) for message in messages]


async def declare(operator: Client, services: Sequence[str] = ("notify",)) -> None:
    """The stream and the services' consumers."""
    await streams.declare(operator.jetstream(), CITY, durables(services))
