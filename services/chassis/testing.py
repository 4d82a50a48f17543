"""What tests of every service need: fresh databases, tokens, a client. Not used by a running city."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import orjson
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import OKPKey
from sqlalchemy import select
from sqlalchemy.engine import make_url

from contracts import subjects
from contracts.envelope import Envelope, Event, seal, uuid7

from . import migrate
from .database import Database
from .tables import journal

CITY = "testville"
ORIGIN = "https://city.test"
SECRET = "a recipient secret for tests"  # noqa: S105 (of the test city)


class Databases:
    """Fresh, migrated databases on one cluster: each service is migrated once, then cloned (about 50 ms)."""

    def __init__(self, admin_url: str) -> None:
        self._admin = make_url(admin_url)
        self._templates: set[str] = set()

    async def fresh(self, service: str) -> str:
        """The URL of a new database with the tables of `service`."""
        template = f"template_{service}"
        if service not in self._templates:
            await self._run(f"CREATE DATABASE {template}")
            for extension in ("pg_trgm", "unaccent", "cube"):
                await self._run(f"CREATE EXTENSION IF NOT EXISTS {extension}", template)
            await migrate.upgrade(self._url(template), service)
            self._templates.add(service)
        name = f"{service}_{uuid4().hex[:12]}"
        await self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._url(name)

    def _url(self, name: str) -> str:
        return self._admin.set(database=name).render_as_string(hide_password=False)

    async def _run(self, statement: str, database: str | None = None) -> None:
        url = self._url(database or self._admin.database or "postgres")
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


class Keyring:
    """The city's token keys for tests: writes the JWKS file and issues access tokens."""

    def __init__(self, folder: Path) -> None:
        self._key = OKPKey.generate_key("Ed25519", {"kid": "test", "use": "sig", "alg": "Ed25519"})
        self.jwks_file = folder / "jwks.json"
        self.jwks_file.write_bytes(orjson.dumps({"keys": [self._key.as_dict(private=False)]}))

    def token(
        self,
        learner: UUID | None = None,
        *,
        recipients: Sequence[UUID] = (),
        roles: dict[UUID, list[str]] | None = None,
        operator: bool = False,
        expires_in: int = 600,
        **claims: Any,
    ) -> str:
        """An access token for a learner with these roles; `expires_in` in seconds, negative for expired."""
        now = int(time.time())
        body = {"iss": ORIGIN, "aud": CITY, "iat": now, "exp": now + expires_in, "operator": operator}
        body |= {"sub": str(learner or uuid4()), "recipients": [str(r) for r in recipients], **claims}
        body["roles"] = {str(organisation): names for organisation, names in (roles or {}).items()}
        return jwt.encode({"alg": "Ed25519", "kid": "test"}, body, self._key, algorithms=["Ed25519"])

    def headers(self, learner: UUID | None = None, **claims: Any) -> dict[str, str]:
        """The Authorization header with such a token."""
        return {"Authorization": f"Bearer {self.token(learner, **claims)}"}


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that speaks to the application in process, whether or not its loops run."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield client
    if not hasattr(app.state, "nats"):  # else its lifespan closes the database
        await app.state.database.close()


async def until(condition: Callable[[], Awaitable[object]], seconds: float = 10) -> None:
    """Wait until `condition` answers something true; raises TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)  # a state of other processes, which no event of ours announces


def sealed(event: Event, event_id: UUID | None = None) -> bytes:
    """The bytes of an event as a consumer gets them, on its fullest plane."""
    plane: subjects.Plane = "int" if "int" in event.planes() else "pub"
    envelope = orjson.loads(seal(event, plane, CITY, event_id or uuid7()))
    return orjson.dumps({"sequence": "0" * 20, **envelope})


async def journaled(database: Database) -> list[dict[str, Any]]:
    """The envelopes in the journal, in order of writing."""
    async with database.engine.connect() as connection:
        rows = await connection.execute(select(journal.c.body).order_by(journal.c.id))
        return [orjson.loads(row.body) for row in rows]


def envelope(event: Event) -> Envelope[Any]:
    """The event in a new envelope, for calling a handler directly."""
    kind: Any = Envelope[type(event)]  # type: ignore[misc]  # by its own type
    read: Envelope[Any] = kind.model_validate_json(sealed(event))
    return read
