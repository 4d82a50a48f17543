"""One request, one transaction: committed before the answer leaves, rolled back when anything fails.

A request that carries an `Idempotency-Key` is answered once: the answer is stored in the same transaction and
given again to whoever repeats the request.
"""

from collections.abc import Callable, Coroutine
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from .auth import caller
from .database import Database
from .errors import Problem
from .tables import idempotency

_REUSED = "Idempotency-Key was used for another request; take a new one"
Answer = Callable[[Request], Coroutine[Any, Any, Response]]


class Transactional(APIRoute):
    """A route whose handler runs in one transaction. Use it as an APIRouter's `route_class`."""

    def get_route_handler(self) -> Answer:
        """The handler, wrapped: a commit that fails answers an error, never a success."""
        handler = super().get_route_handler()

        async def in_transaction(request: Request) -> Response:
            database: Database = request.app.state.database
            async with database.transaction() as session:
                request.state.session = session
                key = request.headers.get("idempotency-key")
                if key and request.method in ("POST", "PUT", "PATCH", "DELETE"):
                    return await _answer_once(request, session, key, handler)
                return await handler(request)

        return in_transaction


def session_of(request: Request) -> AsyncSession:
    """The request's transaction."""
    session: AsyncSession = request.state.session
    return session


Session = Annotated[AsyncSession, Depends(session_of)]


async def _answer_once(request: Request, session: AsyncSession, key: str, handler: Answer) -> Response:
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise Problem(400, "bad-idempotency-key", "Idempotency-Key: use 1 to 255 printable characters")
    actor = caller(request)
    names = {"caller": actor.name if actor else "visitor", "key": key}
    fingerprint = await _fingerprint(request)
    fresh = insert(idempotency).values(**names, fingerprint=fingerprint).on_conflict_do_nothing()
    row = (idempotency.c.caller == names["caller"]) & (idempotency.c.key == key)
    if not (await session.execute(fresh.returning(idempotency.c.key))).scalar():
        return await _repeat(session, row, fingerprint)
    response = await handler(request)
    stored = {"status": response.status_code, "media_type": response.headers.get("content-type")}
    await session.execute(update(idempotency).where(row).values(**stored, body=bytes(response.body)))
    return response


async def _repeat(session: AsyncSession, row: Any, fingerprint: str) -> Response:
    stored = (await session.execute(select(idempotency).where(row))).one()
    if stored.fingerprint != fingerprint:
        raise Problem(422, "idempotency-key-reused", _REUSED)
    return Response(stored.body, stored.status, {"Idempotent-Replay": "true"}, stored.media_type)


async def _fingerprint(request: Request) -> str:
    address = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return sha256(address + await request.body()).hexdigest()
