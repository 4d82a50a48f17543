"""Who from outside is connected to NATS, as its servers say, and the end of connections that may not go on.

The servers are asked, and nothing is remembered here: so a connection that came in while its integration was
being paused is found a moment later, and so is one that another process let in.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from contracts.subjects import outside_account
from services.chassis.database import Database
from services.chassis.telemetry import counter

from .storage import integrations
from .usecases.admission import Guest, unwelcome

_PAGE = 1000  # connections a server tells of at once
_FIRST, _MORE = 2.0, 0.3  # seconds to wait for the first server's answer, and for each further one
_cut = counter("col_nats_connections_cut", "connections of integrations to NATS that were ended by the city")


async def cut(database: Database, client: Client, city: str) -> list[Guest]:
    """End every connection whose integration is not active, or has another client, or lost its key.

    Answers those that may stay.
    """
    guests = await connected(client, city)
    if not guests:
        return []
    async with database.transaction() as session:
        gone = await unwelcome(session, guests)
        for whose in {guest.integration for guest in gone if guest.integration}:
            await integrations.log(session, whose, "notify", "cut off from NATS")
    for guest in gone:
        subject, told = f"$SYS.REQ.SERVER.{guest.server}.KICK", orjson.dumps({"cid": guest.number})
        await client.publish(subject, told, reply=client.new_inbox())  # without it, nothing happens
        _cut.add(1)
    return [guest for guest in guests if guest not in gone]


async def connected(client: Client, city: str) -> list[Guest]:
    """Every connection from outside, on all servers."""
    found: list[Guest] = []
    offset, more = 0, True
    while more:
        more = False
        async for server in _servers(client, city, offset):
            told = server["data"]
            for each in told.get("connections") or []:
                found.append(Guest.named(told["server_id"], each["cid"], each.get("authorized_user", "")))
            more = more or told["total"] > offset + _PAGE
        offset += _PAGE
    return found


async def _servers(client: Client, city: str, offset: int) -> AsyncIterator[dict[str, Any]]:
    """One page of connections from each server. How many servers there are nobody says: one waits."""
    told: asyncio.Queue[bytes] = asyncio.Queue()  # a subscription's own would hide that we are cancelled

    async def note(message: Msg) -> None:
        told.put_nowait(message.data)

    inbox = client.new_inbox()
    answers = await client.subscribe(inbox, cb=note)
    try:
        ask = orjson.dumps({"auth": True, "limit": _PAGE, "offset": offset})
        subject = f"$SYS.REQ.ACCOUNT.{outside_account(city)}.CONNZ"
        await client.publish(subject, ask, reply=inbox)
        yield orjson.loads(await _within(_FIRST, told))
        with suppress(TimeoutError):
            while True:
                yield orjson.loads(await _within(_MORE, told))
    finally:
        with suppress(NatsError):  # raised while we are being cancelled, it would hide that, too
            await answers.unsubscribe()


async def _within(seconds: float, told: asyncio.Queue[bytes]) -> bytes:
    """The next answer. Unlike `wait_for` in Python 3.11, this hides no cancelling when both come at once."""
    async with asyncio.timeout(seconds):
        return await told.get()
