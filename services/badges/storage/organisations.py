"""Organisations, and the keys they sign with."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from .tables import KeyRow, OrganisationRow


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation that has registered."""

    id: UUID
    name: str
    description: str
    website: str | None
    verified: bool


@dataclass(frozen=True, slots=True)
class Key:
    """A key pair of an organisation; the private half is sealed."""

    organisation: UUID
    public_multibase: str
    did: str
    sealed: bytes
    created_at: datetime
    compromised_at: datetime | None = None


async def register(
    session: AsyncSession, organisation: UUID, name: str, description: str, website: str | None
) -> None:
    """Note what an organisation says of itself."""
    told = {"name": name, "description": description, "website": website}
    new = insert(OrganisationRow).values(id=organisation, **told)
    await session.execute(new.on_conflict_do_update(index_elements=["id"], set_=told))


async def verify(session: AsyncSession, organisation: UUID) -> None:
    """Note that an operator verified it, whether or not it has been heard of."""
    new = insert(OrganisationRow).values(id=organisation, verified=True)
    await session.execute(new.on_conflict_do_update(index_elements=["id"], set_={"verified": True}))


async def organisation(session: AsyncSession, organisation: UUID) -> Organisation | None:
    """The organisation, or None where it has not registered."""
    row = await session.get(OrganisationRow, organisation, populate_existing=True)
    if row is None or row.name is None:
        return None
    return Organisation(row.id, row.name, row.description, row.website, row.verified)


async def current_keys(session: AsyncSession, organisations: Collection[UUID]) -> dict[UUID, Key]:
    """The key that each of them signs with now; those without one are missing."""
    found = select(KeyRow).where(
        col(KeyRow.organisation).in_(organisations), col(KeyRow.retired_at).is_(None)
    )
    return {row.organisation: _key(row) for row in (await session.scalars(found))}


async def keys(session: AsyncSession, organisation: UUID) -> Sequence[Key]:
    """Every key an organisation ever had, oldest first."""
    of = select(KeyRow).where(col(KeyRow.organisation) == organisation).order_by(col(KeyRow.created_at))
    return [_key(row) for row in await session.scalars(of)]


async def add_keys(session: AsyncSession, made: Sequence[Key]) -> None:
    """Store new keys; one that another process made first stays, and this one is dropped."""
    if made:
        rows = [
            {
                "public_multibase": key.public_multibase,
                "organisation": key.organisation,
                "did": key.did,
                "sealed": key.sealed,
                "created_at": key.created_at,
            }
            for key in made
        ]
        await session.execute(insert(KeyRow).values(rows).on_conflict_do_nothing())


def _key(row: KeyRow) -> Key:
    return Key(
        row.organisation, row.public_multibase, row.did, row.sealed, row.created_at, row.compromised_at
    )
