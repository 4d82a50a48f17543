"""Dead letters and journals of all services."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from .. import parked, topology
from ..databases import connected
from ..nats.permissions import OPERATOR
from ..parked import DeadLetter
from .place import City


@asynccontextmanager
async def transaction(url: str) -> AsyncIterator[AsyncConnection]:
    """A connection of a service's own role whose work is committed when the block ends."""
    async with connected(url):
        pass  # says in an operator's words what is wrong where nothing answers
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


async def dead_letters(urls: Mapping[str, str]) -> list[DeadLetter]:
    """The dead letters of every service, oldest first."""
    found: list[DeadLetter] = []
    for url in urls.values():
        async with transaction(url) as connection:
            found += await parked.dead_letters(connection)
    return sorted(found, key=lambda letter: letter.since)


async def retry(urls: Mapping[str, str], event: UUID | None) -> int:
    """Have one dead letter, or all, handled again within a second; answers how many."""
    tried = 0
    for url in urls.values():
        async with transaction(url) as connection:
            tried += await parked.retry(connection, event)
    return tried


async def republish(city: City, since: datetime | None) -> dict[str, int]:
    """Have every service send again what it has sent since then, or ever; answers how many, by service.

    The stream and its consumers are declared first: they may be what was lost. Consumers drop what they
    have had already.
    """
    addresses, urls = city.addresses, city.database_urls()
    async with topology.connected(addresses.nats_url, addresses.nats_password(OPERATOR)) as client:
        await topology.declare(client, city.name, urls)
    counts: dict[str, int] = {}
    for service, url in urls.items():
        async with transaction(url) as connection:
            counts[service] = await parked.republish(connection, since)
    return counts


def write_out(letters: list[DeadLetter], as_json: bool) -> None:
    """Print dead letters, one a line."""
    if as_json:
        print(json.dumps([asdict(letter) for letter in letters], default=str, indent=2))
        return
    for one in letters:
        since = f"{one.since:%Y-%m-%d %H:%M} UTC"
        print(f"{one.event_id}  {one.consumer}  since {since}  {one.attempts} tries  {one.reason}")
    if not letters:
        print("no dead letters")
