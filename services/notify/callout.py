"""NATS asks who comes in, and is answered: its authorization callout (ADR-26).

Whoever is no service of the city connects with an access token of a client as password (any user name) or as
token, or with an nkey whose public half is registered here. The server asks on AUTH, sealed; the answer is a
signed user who may read the durables of the integration and nothing else. Without an answer nobody comes in;
services and operators are not asked about.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from nats.aio.msg import Msg
from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.auth import Verifier
from services.chassis.database import Database
from services.chassis.errors import Problem
from services.chassis.telemetry import counter

from .domain.integration import EVENTS_SCOPE, NotTheirs
from .domain.nkey import NotOurs
from .nkeys import Issuer, Seal, check_signature, claims_of
from .settings import Settings
from .storage import integrations
from .usecases.admission import Admitted, NoReaders, admit
from .user_jwt import admission, answer

log = logging.getLogger(__name__)
AUTH = "$SYS.REQ.USER.AUTH"
QUEUE = "callout"
_AT_ONCE = 8  # questions in hand; the server waits a few seconds for each
_NOTED_EVERY = 60.0  # seconds between two lines of one integration's log that say the same
_asked = counter("col_nats_admissions", "connections of integrations to NATS, by outcome")


class TooManyConnections(Exception):
    """The integration has as many connections as this city allows."""


class BadCredentials(Exception):
    """Neither a valid access token of a client with the scope events:read nor a good signature of an nkey."""


REFUSALS = (BadCredentials, NotTheirs, NoReaders, TooManyConnections)


@dataclass(frozen=True)
class Proved:
    """Whose credentials were good: a client's or a key's, and until when (seconds since 1970)."""

    client: UUID | None
    key: str | None
    until: int


class Callout:
    """Answers the questions of NATS. `counts` are the connections of each integration as far as known."""

    def __init__(self, database: Database, settings: Settings, issuer: Issuer, seal: Seal) -> None:
        self._database, self._settings = database, settings
        self._issuer, self._seal = issuer, seal
        self._verifier = Verifier(settings)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._noted: dict[tuple[UUID, str], float] = {}
        self.counts: Counter[UUID] = Counter()

    async def on_question(self, message: Msg) -> None:
        """Answer one question; one that is not the server's is left alone."""
        server = (message.headers or {}).get("Nats-Server-Xkey", "")
        try:
            asked = claims_of(self._seal.opened(message.data, server).decode())["nats"]
            user, asking = asked["user_nkey"], asked["server_id"]["id"]
        except (NotOurs, UnicodeDecodeError, KeyError, TypeError):
            log.warning("a question about a connection was not sealed by a server")
            return
        async with self._turns:
            said = await self._said(user, asked)
        told = answer(self._issuer, user, asking, said).encode()
        await message.respond(self._seal.sealed(told, server))

    async def _said(self, user: str, asked: Mapping[str, Any]) -> dict[str, str]:
        try:
            proved = self._proved(asked)
            who = await self._admitted(proved)
        except REFUSALS as refusal:
            kind = type(refusal).__name__
            _asked.add(1, {"outcome": kind})
            log.info("a connection to NATS was refused: %s", kind)
            return {"error": kind}
        _asked.add(1, {"outcome": "admitted"})
        token = admission(self._issuer, self._settings.city, user, who, proved.until)
        return {"jwt": token}

    def _proved(self, asked: Mapping[str, Any]) -> Proved:
        """Whose the credentials are. Raises BadCredentials. Nothing is asked of the database here."""
        given = asked.get("connect_opts", {})
        if key := given.get("nkey"):
            nonce = asked.get("client_info", {}).get("nonce") or ""
            return self._proved_by_key(str(key), str(given.get("sig", "")), str(nonce))
        return self._proved_by_token(str(given.get("pass") or given.get("auth_token") or ""))

    def _proved_by_key(self, key: str, signature: str, nonce: str) -> Proved:
        """The nonce is the server's, another one for every connection, so that no signature serves twice."""
        try:
            if not nonce:
                raise NotOurs
            check_signature(key, signature, nonce)
        except NotOurs as error:
            raise BadCredentials from error
        return Proved(None, key, int(time.time() + self._settings.nats_session_hours * 3600))

    def _proved_by_token(self, token: str) -> Proved:
        try:
            actor = self._verifier.actor(token)
        except Problem as problem:
            raise BadCredentials from problem
        if actor.client is None or EVENTS_SCOPE not in actor.scopes:
            raise BadCredentials
        return Proved(actor.client, None, int(claims_of(token)["exp"]))

    async def _admitted(self, proved: Proved) -> Admitted:
        async with self._database.transaction() as session:
            who = await admit(session, proved.client, proved.key)
            full = self.counts[who.integration] >= self._settings.nats_connections_per_integration
            told = "refused on NATS: too many connections" if full else f"connected to NATS by {who.by}"
            await self._note(session, who, told)
        if full:
            raise TooManyConnections
        self.counts[who.integration] += 1
        return who

    async def _note(self, session: AsyncSession, who: Admitted, what: str) -> None:
        """A line in the integration's log, unless it has said the same a moment ago."""
        now = time.monotonic()
        if now - self._noted.get((who.integration, what), -_NOTED_EVERY) < _NOTED_EVERY:
            return
        self._noted = {key: at for key, at in self._noted.items() if now - at < _NOTED_EVERY}
        self._noted[who.integration, what] = now
        await integrations.log(session, who.integration, "notify", what)
