"""Machines: registering, giving a new secret, revoking, and the token they call with."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalogue import ClientRegistered
from contracts.catalogue import ClientRevoked as ClientRevokedEvent
from services.chassis.journal import emit

from .. import storage
from ..domain.client import Client, ClientRevoked, Scope, UnknownClient, check_secret, granted
from ..domain.sign_in import hash_secret
from . import organisations


async def register(session: AsyncSession, told: Client) -> Client:
    """Register a client. Raises UnknownOrganisation."""
    if told.organisation:
        await organisations.find(session, told.organisation)
    await storage.clients.save(session, told)
    emit(
        session,
        ClientRegistered(client=told.id, organisation=told.organisation, name=told.name, scopes=told.scopes),
    )
    return told


async def rotate(session: AsyncSession, id_: UUID, secret: str, keep: timedelta, now: datetime) -> Client:
    """A new secret for a client; the old one works for `keep` longer. Raises UnknownClient, ClientRevoked."""
    found = await find(session, id_, lock=True)
    if found.revoked_at:
        raise ClientRevoked
    told = replace(
        found,
        secret_hash=hash_secret(secret),
        previous_hash=found.secret_hash if keep else None,
        previous_until=now + keep if keep else None,
    )
    await storage.clients.save(session, told)
    return told


async def revoke(session: AsyncSession, id_: UUID, now: datetime) -> None:
    """Let a client call no more, but for the minutes its last token lives. Raises UnknownClient."""
    found = await find(session, id_, lock=True)
    if not found.revoked_at:
        await storage.clients.save(session, replace(found, revoked_at=now))
        emit(session, ClientRevokedEvent(client=id_, organisation=found.organisation))


async def token_scopes(
    session: AsyncSession, id_: UUID | None, secret: str, asked: Iterable[str], now: datetime
) -> tuple[Client, tuple[Scope, ...]]:
    """Who calls with this id and secret, and the scopes its token gets. Raises BadClient, BadScope."""
    found = await storage.clients.find(session, id_) if id_ else None
    client = check_secret(found, secret, now)
    return client, granted(client, asked)


async def find(session: AsyncSession, id_: UUID, *, lock: bool = False) -> Client:
    """The client. Raises UnknownClient."""
    found = await storage.clients.find(session, id_, lock=lock)
    if not found:
        raise UnknownClient
    return found
