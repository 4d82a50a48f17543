"""Integrations, the clients that speak for them, and what was done to them."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ..domain.integration import Client, Integration, State
from .integration_tables import ClientRow, IntegrationLogRow, IntegrationRow

_NAMES = tuple(Integration.__dataclass_fields__)


@dataclass(frozen=True)
class Entry:
    """A line of an integration's log."""

    id: int
    at: datetime
    by: str
    what: str
    about: UUID | None


async def note_client(session: AsyncSession, client: Client) -> None:
    """A client was registered; one that was revoked stays so, whichever came first."""
    row = insert(ClientRow).values(**asdict(client) | {"scopes": list(client.scopes)})
    told = {name: row.excluded[name] for name in ("organisation", "name", "scopes")}
    await session.execute(row.on_conflict_do_update(index_elements=["id"], set_=told))


async def revoke_client(session: AsyncSession, client: UUID) -> None:
    """A client was revoked, whether or not it has been heard of yet."""
    row = insert(ClientRow).values(id=client, name="", revoked=True)
    await session.execute(row.on_conflict_do_update(index_elements=["id"], set_={"revoked": True}))


async def client(session: AsyncSession, id_: UUID) -> Client | None:
    """The client, held until the transaction ends so that it cannot be revoked meanwhile; or None."""
    row = await session.get(ClientRow, id_, with_for_update={"read": True}, populate_existing=True)
    if row is None:
        return None
    return Client(row.id, row.organisation, row.name, tuple(row.scopes), row.revoked)


async def add(session: AsyncSession, integration: Integration) -> bool:
    """Store a new integration; False where its client speaks for another one already."""
    row = insert(IntegrationRow).values(**asdict(integration)).on_conflict_do_nothing()
    return (await session.execute(row.returning(col(IntegrationRow.id)))).scalar() is not None


async def one(session: AsyncSession, id_: UUID, *, lock: bool = False) -> Integration | None:
    """An integration that has not been removed, or None."""
    row = await session.get(IntegrationRow, id_, with_for_update=lock or None, populate_existing=True)
    return as_integration(row) if row and row.state != "removed" else None


async def of_client(session: AsyncSession, client: UUID) -> Integration | None:
    """The integration a client speaks for, or None."""
    mine = (col(IntegrationRow.client) == client, col(IntegrationRow.state) != "removed")
    row = (await session.scalars(select(IntegrationRow).where(*mine))).one_or_none()
    return as_integration(row) if row else None


async def listed(
    session: AsyncSession, organisations: Collection[UUID] | None, after: UUID | None, limit: int
) -> list[Integration]:
    """Integrations, newest first: those that see one of these organisations, or all where it is None."""
    query = select(IntegrationRow).where(col(IntegrationRow.state) != "removed")
    if organisations is not None:
        query = query.where(col(IntegrationRow.organisation).in_(organisations))
    if after:
        query = query.where(col(IntegrationRow.id) < after)
    rows = await session.scalars(query.order_by(col(IntegrationRow.id).desc()).limit(limit))
    return [as_integration(row) for row in rows]


async def active_clients(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The clients of those of these integrations that are active."""
    here = (col(IntegrationRow.id).in_(ids), col(IntegrationRow.state) == "active")
    rows = await session.execute(select(col(IntegrationRow.id), col(IntegrationRow.client)).where(*here))
    return {row.id: row.client for row in rows}


async def taken(session: AsyncSession, client: UUID, by_other_than: UUID) -> bool:
    """Whether another integration has this client."""
    found = await of_client(session, client)
    return found is not None and found.id != by_other_than


async def change(
    session: AsyncSession, id_: UUID, name: str, contact: str, language: str | None, client: UUID
) -> None:
    """Give an integration another name, contact or client."""
    values = {"name": name, "contact": contact, "language": language, "client": client}
    await session.execute(update(IntegrationRow).where(col(IntegrationRow.id) == id_).values(**values))


async def set_state(session: AsyncSession, id_: UUID, state: State, reason: str | None) -> None:
    """Pause, resume or remove an integration."""
    values = {"state": state, "reason": reason}
    await session.execute(update(IntegrationRow).where(col(IntegrationRow.id) == id_).values(**values))


async def log(
    session: AsyncSession, integration: UUID, by: str, what: str, about: UUID | None = None
) -> None:
    """Write down what was done. `what` never holds a secret or anything about a person."""
    values = {"integration": integration, "by": by, "what": what, "about": about, "at": func.now()}
    await session.execute(insert(IntegrationLogRow).values(**values))


async def entries(session: AsyncSession, integration: UUID, before: int | None, limit: int) -> list[Entry]:
    """What was done to an integration, newest first."""
    query = select(IntegrationLogRow).where(col(IntegrationLogRow.integration) == integration)
    if before is not None:
        query = query.where(col(IntegrationLogRow.id) < before)
    rows = await session.scalars(query.order_by(col(IntegrationLogRow.id).desc()).limit(limit))
    return [Entry(row.id, row.at, row.by, row.what, row.about) for row in rows]


def as_integration(row: IntegrationRow) -> Integration:
    """The integration of a row."""
    return Integration(**{name: getattr(row, name) for name in _NAMES})
