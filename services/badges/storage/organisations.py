"""Organisations as badges knows them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from .tables import OrganisationRow


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation that has registered."""

    id: UUID
    name: str
    description: str
    website: str | None
    verified: bool


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
