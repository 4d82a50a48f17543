"""Machines that may call."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.client import Client
from .tables import ClientRow, core

client = core(ClientRow)


async def find(session: AsyncSession, id_: UUID, *, lock: bool = False) -> Client | None:
    """The client, or None; with `lock` nobody else changes it until the transaction ends."""
    query = select(client).where(client.c.id == id_)
    row = (await session.execute(query.with_for_update() if lock else query)).one_or_none()
    return _of_row(row) if row else None


async def save(session: AsyncSession, told: Client) -> None:
    """Store the client as it is now."""
    values = asdict(told)
    row = insert(client).values(values)
    await session.execute(row.on_conflict_do_update(index_elements=["id"], set_=values))


async def listed(session: AsyncSession, organisation: UUID | None) -> list[Client]:
    """The clients of an organisation, or (None) of the whole city, oldest first."""
    query = select(client).where(client.c.organisation.is_not_distinct_from(organisation))
    return [_of_row(row) for row in await session.execute(query.order_by(client.c.id))]


def _of_row(row: Row[Any]) -> Client:
    return Client(**{**row._mapping, "scopes": tuple(row.scopes)})
