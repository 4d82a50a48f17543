"""Organisations and their members."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.membership import Member
from ..domain.organisation import Organisation
from .tables import MemberRow, OrganisationRow, core

organisation = core(OrganisationRow)
member = core(MemberRow)
_MEMBER = [member.c[name] for name in Member.__dataclass_fields__]


async def find(session: AsyncSession, id_: UUID, *, lock: bool = False) -> Organisation | None:
    """The organisation, or None; with `lock` nobody else changes it until the transaction ends."""
    query = select(organisation).where(organisation.c.id == id_)
    row = (await session.execute(query.with_for_update() if lock else query)).one_or_none()
    return Organisation(**row._mapping) if row else None


async def save(session: AsyncSession, told: Organisation) -> None:
    """Store the organisation as it is now."""
    values = asdict(told)
    row = insert(organisation).values(values)
    await session.execute(row.on_conflict_do_update(index_elements=["id"], set_=values))


async def names(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, str]:
    """What these organisations are called."""
    query = select(organisation.c.id, organisation.c.name).where(organisation.c.id.in_(ids))
    return {row.id: row.name for row in await session.execute(query)}


async def listed(
    session: AsyncSession, states: Iterable[str], after: tuple[str, UUID] | None, limit: int
) -> list[Organisation]:
    """Organisations in these states by name, after the given (name, id); at most `limit`."""
    query = select(organisation).where(organisation.c.state.in_(list(states)))
    if after:
        query = query.where(tuple_(organisation.c.name, organisation.c.id) > tuple_(*after))
    rows = await session.execute(query.order_by(organisation.c.name, organisation.c.id).limit(limit))
    return [Organisation(**row._mapping) for row in rows]


async def members(session: AsyncSession, id_: UUID) -> list[Member]:
    """Every role given in the organisation, oldest first."""
    query = select(*_MEMBER).where(member.c.organisation == id_)
    return await _members(session, query.order_by(member.c.added_at, member.c.id))


async def memberships(session: AsyncSession, recipients: Sequence[UUID]) -> list[Member]:
    """Every role that these recipients have anywhere."""
    return await _members(session, select(*_MEMBER).where(member.c.recipient.in_(recipients)))


async def add_member(session: AsyncSession, told: Member, added_by: str) -> bool:
    """Give the role; False where the recipient has it already."""
    row = insert(member).values(**asdict(told), added_by=added_by).on_conflict_do_nothing()
    return (await session.execute(row.returning(member.c.id))).scalar() is not None


async def remove_members(session: AsyncSession, told: Iterable[Member]) -> None:
    """Take these roles away."""
    await session.execute(delete(member).where(member.c.id.in_([m.id for m in told])))


async def _members(session: AsyncSession, query: Select[Any]) -> list[Member]:
    return [Member(**row._mapping) for row in await session.execute(query)]
