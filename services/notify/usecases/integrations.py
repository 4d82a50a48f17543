"""Integrations: registered, changed, paused, resumed and removed; every such act is logged."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import uuid7
from services.chassis.database import wake

from ..domain.integration import (
    Client,
    ClientTaken,
    Integration,
    NotTheirs,
    UnknownIntegration,
    check_client,
)
from ..storage import integrations as storage

CUT = "cut"  # the loop that takes away what a paused or removed integration still holds open
REVOKED = "its client was revoked"


async def register(session: AsyncSession, told: Integration) -> Integration:
    """Store a new integration. Raises UnknownClient, UnsuitableClient, ClientTaken."""
    check_client(await storage.client(session, told.client), told.organisation)
    if not await storage.add(session, told):
        raise ClientTaken
    await storage.log(session, told.id, told.created_by, "registered")
    return told


def new(
    name: str,
    contact: str,
    language: str | None,
    organisation: UUID | None,
    client: UUID,
    at: datetime,
    by: str,
) -> Integration:
    """An integration that was not there before."""
    return Integration(uuid7(), name, contact, language, organisation, client, "active", None, at, by)


async def find(session: AsyncSession, id_: UUID, *, lock: bool = False) -> Integration:
    """The integration. Raises UnknownIntegration."""
    found = await storage.one(session, id_, lock=lock)
    if found is None:
        raise UnknownIntegration
    return found


async def change(
    session: AsyncSession,
    id_: UUID,
    name: str,
    contact: str,
    language: str | None,
    client: UUID,
    by: str,
) -> Integration:
    """Another name, contact or client. A new client ends what the old one holds open.

    Raises UnknownIntegration, UnknownClient, UnsuitableClient, ClientTaken.
    """
    found = await find(session, id_, lock=True)
    if client != found.client:
        check_client(await storage.client(session, client), found.organisation)
        if await storage.taken(session, client, id_):
            raise ClientTaken
        wake(session, CUT)
    await storage.change(session, id_, name, contact, language, client)
    await storage.log(session, id_, by, "changed" if client == found.client else f"client {client}")
    return await find(session, id_)


async def pause(session: AsyncSession, id_: UUID, by: str, reason: str | None = None) -> Integration:
    """Let it hear nothing until it is resumed; what happens meanwhile is kept for it."""
    await find(session, id_, lock=True)
    await storage.set_state(session, id_, "paused", reason)
    await storage.log(session, id_, by, f"paused: {reason}" if reason else "paused")
    wake(session, CUT)
    return await find(session, id_)


async def resume(session: AsyncSession, id_: UUID, by: str) -> Integration:
    """Let it hear again. Raises UnsuitableClient where its client was revoked: give it another one first."""
    found = await find(session, id_, lock=True)
    check_client(await storage.client(session, found.client), found.organisation)
    await storage.set_state(session, id_, "active", None)
    await storage.log(session, id_, by, "resumed")
    return await find(session, id_)


async def remove(session: AsyncSession, id_: UUID, by: str) -> None:
    """End an integration with all it subscribed to. Raises UnknownIntegration."""
    await find(session, id_, lock=True)
    await storage.set_state(session, id_, "removed", None)
    await storage.log(session, id_, by, "removed")
    wake(session, CUT)


async def note_client(session: AsyncSession, client: Client) -> None:
    """A client was registered at catalogue."""
    await storage.note_client(session, client)


async def revoke_client(session: AsyncSession, client: UUID) -> None:
    """A client was revoked at catalogue: its integration is paused, and what it holds open is cut."""
    await storage.revoke_client(session, client)
    found = await storage.of_client(session, client)
    if found and found.state == "active":
        await pause(session, found.id, "catalogue", REVOKED)


async def speaking(session: AsyncSession, client: UUID | None) -> Integration:
    """The active integration a client speaks for. Raises NotTheirs."""
    found = await storage.of_client(session, client) if client else None
    if found is None or found.state != "active":
        raise NotTheirs
    return found
