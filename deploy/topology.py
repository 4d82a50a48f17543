"""The city's stream and durables, declared over the operator's connection to NATS."""

import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib import import_module

import nats
from nats.aio.client import Client
from nats.errors import Error

from services.chassis.topology import Durable, own

from . import streams
from .nats.permissions import OPERATOR


class NatsRefused(Exception):
    """NATS cannot be used as it is; the message says why and what helps."""


def durables(services: Iterable[str]) -> list[Durable]:
    """The consumers of each service that listens to events, as its code declares them."""
    found = {name: import_module(f"services.{name}.consumers") for name in services}
    listening = [own(name, each.HANDLERS, getattr(each, "URGENT", ())) for name, each in found.items()]
    more = [getattr(each, "MORE", ()) for each in found.values()]
    return [durable for each in (*listening, *more) for durable in each]


@asynccontextmanager
async def connected(url: str, password: str) -> AsyncIterator[Client]:
    """The operator's connection. Raises NatsRefused in words for an operator."""
    try:
        client = await nats.connect(
            url,
            allow_reconnect=False,
            max_reconnect_attempts=1,  # without it, connecting for the first time is tried for two minutes
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


async def declare(client: Client, city: str, services: Iterable[str]) -> str:
    """Create or update the stream and the durables; answers what is there now, in words."""
    wanted = durables(services)
    await streams.declare(client.jetstream(), city, wanted, replicas())
    return f"stream and consumers declared: {', '.join(one.name for one in wanted) or 'none'}"


def replicas() -> int:
    """How many servers keep each event: NATS_REPLICAS, 1 if it is not set. Raises NatsRefused."""
    text = os.environ.get("NATS_REPLICAS") or "1"
    if text not in ("1", "3", "5"):
        raise NatsRefused(f"NATS_REPLICAS is {text}: set 1, or 3 or 5 where NATS is a cluster of so many")
    return int(text)


async def _quiet(_: Exception) -> None:
    """Every error reaches the caller as an exception too."""
