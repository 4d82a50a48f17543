"""The city's stream and durables, declared over the operator's connection to NATS."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib import import_module

import nats
from nats.aio.client import Client
from nats.errors import Error

from services.chassis import topology
from services.chassis.topology import Durable

from .nats.permissions import OPERATOR


class NatsRefused(Exception):
    """NATS cannot be used as it is; the message says why and what helps."""


def durables(services: Iterable[str]) -> list[Durable]:
    """The consumer of each service that listens to events, as its code declares it."""
    handlers = {name: import_module(f"services.{name}.consumers").HANDLERS for name in services}
    return [Durable(name, tuple(events)) for name, events in handlers.items() if events]


@asynccontextmanager
async def connected(url: str, password: str) -> AsyncIterator[Client]:
    """The operator's connection. Raises NatsRefused in words for an operator."""
    try:
        client = await nats.connect(
            url,
            allow_reconnect=False,
            connect_timeout=5,
            inbox_prefix=f"_INBOX_{OPERATOR}",
            user=OPERATOR,
            password=password,
            error_cb=_quiet,
        )
    except (OSError, TimeoutError, Error) as error:
        raise NatsRefused(f"NATS at {url} cannot be used ({error}): start it, or correct NATS_URL") from error
    try:
        yield client
    finally:
        await client.close()


async def declare(client: Client, city: str, services: Iterable[str], replicas: int = 1) -> str:
    """Create or update the stream and the durables; answers what is there now, in words."""
    wanted = durables(services)
    await topology.declare(client.jetstream(), city, wanted, replicas)
    return f"stream and consumers declared: {', '.join(one.name for one in wanted) or 'none'}"


async def _quiet(_: Exception) -> None:
    """Every error reaches the caller as an exception too."""
