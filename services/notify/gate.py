"""The way into NATS for integrations: one connection of this process, and the loops that work over it."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from nats.aio.client import Client
from nats.aio.msg import Msg

from services.chassis.consumer import connection_options
from services.chassis.database import Database
from services.chassis.work import Loop

from . import callout, cutting, keeper
from .callout import Callout
from .nkeys import Issuer, Seal
from .settings import Settings
from .usecases.integrations import CUT
from .usecases.readers import KEEPER

_WAITING = 1000  # questions; the server gives up on each after some seconds


def loops(database: Database, settings: Settings) -> Sequence[Loop]:
    """Lets integrations in, keeps their consumers, cuts connections. A city without keys for it has none."""
    keys = settings.nats_keys
    if keys is None:
        return ()
    issuer, seal = keys
    gate = Gate(database, settings, Issuer(issuer), Seal(seal))
    return (
        Loop("gate", gate.open),
        Loop(KEEPER, gate.keep, idle=5),
        Loop(CUT, gate.cut, idle=2),
    )


class Gate:
    """What the loops of one process share."""

    def __init__(self, database: Database, settings: Settings, issuer: Issuer, seal: Seal) -> None:
        self._database, self._settings = database, settings
        self._callout = Callout(database, settings, issuer, seal)
        self._client = Client()
        self._answering: set[asyncio.Task[None]] = set()

    async def open(self) -> bool:
        """Answer whoever comes, until cancelled."""
        client = Client()
        try:
            await client.connect(self._settings.nats_url, **connection_options(self._settings))
            await client.subscribe(
                callout.AUTH, callout.QUEUE, self._on_question, pending_msgs_limit=_WAITING
            )
            self._client = client
            await asyncio.Event().wait()
        finally:
            await client.close()
        return False

    async def keep(self) -> bool:
        """See to the readers' consumers once."""
        if self._client.is_connected:
            await keeper.keep(self._database, self._client, self._settings.city)
        return False

    async def cut(self) -> bool:
        """End connections that may not go on, and count the others."""
        if self._client.is_connected:
            staying = await cutting.cut(self._database, self._client, self._settings.city)
            self._callout.counts = Counter(guest.integration for guest in staying if guest.integration)
        return False

    async def _on_question(self, message: Msg) -> None:
        """Each in a task of its own, so that one slow answer holds up nobody."""
        task = asyncio.create_task(self._callout.on_question(message))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
