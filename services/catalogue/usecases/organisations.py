"""Organisations: registering, editing, and an operator's decision about them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalogue import OrganisationRegistered, OrganisationVerified
from services.chassis.journal import emit

from .. import storage
from ..domain.organisation import Organisation, UnknownOrganisation
from ..domain.recipient import Naming
from . import findable, members


async def register(
    session: AsyncSession, told: Organisation, owner: Naming | UUID, actor: str
) -> Organisation:
    """Register an organisation. `owner` is a recipient, or an address that becomes one."""
    await storage.organisations.save(session, told)
    emit(session, _registered(told))
    await members.add(session, told.id, owner, "owner", actor, told.created_at)
    return told


async def edit(session: AsyncSession, id_: UUID, changes: Mapping[str, Any]) -> Organisation:
    """Change what an organisation says of itself. Raises UnknownOrganisation."""
    found = await find(session, id_, lock=True)
    told = replace(found, **changes)
    await storage.organisations.save(session, told)
    if told.name != found.name:
        activities = await storage.activities.of_organisation(session, id_, None, limit=None)
        await findable.index_all(session, told.name, activities)
    return told


async def verify(session: AsyncSession, id_: UUID, now: datetime) -> Organisation:
    """An operator confirms that the organisation is who it says it is. Again, it changes nothing.

    Raises UnknownOrganisation.
    """
    found = await find(session, id_, lock=True)
    if found.state == "verified":
        return found
    told = replace(found, state="verified", reason=None, decided_at=now)
    await storage.organisations.save(session, told)
    emit(session, OrganisationVerified(organisation=id_))
    return told


async def suspend(session: AsyncSession, id_: UUID, reason: str, now: datetime) -> Organisation:
    """An operator stops an organisation from publishing and confirming. Raises UnknownOrganisation."""
    told = replace(await find(session, id_, lock=True), state="suspended", reason=reason, decided_at=now)
    await storage.organisations.save(session, told)
    return told


async def find(session: AsyncSession, id_: UUID, *, lock: bool = False) -> Organisation:
    """The organisation. Raises UnknownOrganisation."""
    found = await storage.organisations.find(session, id_, lock=lock)
    if not found:
        raise UnknownOrganisation
    return found


def _registered(told: Organisation) -> OrganisationRegistered:
    return OrganisationRegistered(
        organisation=told.id,
        name=told.name,
        description=told.description,
        website=told.website,
        language=told.language,
    )
