"""Organisations: heard of, verified, and asked whether they may award."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis import waiting

from ..domain.award import NotVerified, UnknownOrganisation
from ..storage import organisations
from ..storage.organisations import Organisation


async def register(
    session: AsyncSession, organisation: UUID, name: str, description: str, website: str | None
) -> None:
    """An organisation has registered; what waited for its name goes on."""
    await organisations.register(session, organisation, name, description, website)
    await _release(session, organisation)


async def verify(session: AsyncSession, organisation: UUID) -> None:
    """An operator has verified an organisation; what waited for that goes on."""
    await organisations.verify(session, organisation)
    await _release(session, organisation)


async def known(session: AsyncSession, organisation: UUID) -> Organisation:
    """The organisation. Raises UnknownOrganisation."""
    found = await organisations.organisation(session, organisation)
    if found is None:
        raise UnknownOrganisation
    return found


async def may_award(session: AsyncSession, organisation: UUID, needs_verification: bool) -> Organisation:
    """The organisation, if it may award. Raises UnknownOrganisation and NotVerified."""
    found = await known(session, organisation)
    if needs_verification and not found.verified:
        raise NotVerified
    return found


async def _release(session: AsyncSession, organisation: UUID) -> None:
    for key in (f"organisation:{organisation}", f"verified:{organisation}"):
        await waiting.release(session, key)
