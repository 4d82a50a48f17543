"""Members: giving and taking roles in an organisation, by address."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalogue import MemberAdded, MemberRemoved, Role
from contracts.envelope import uuid7
from services.chassis.journal import emit

from .. import storage
from ..domain.membership import Member, UnknownMember, may_leave
from ..domain.recipient import Naming
from .naming import take_in


async def add(
    session: AsyncSession, organisation: UUID, who: Naming | UUID, role: Role, actor: str, now: datetime
) -> Member:
    """Give a role to whoever holds an address, whether or not they have signed in yet.

    Who has an account is announced at once, others when they first prove the address. Giving a role again
    changes nothing.
    """
    if isinstance(who, Naming):
        await take_in(session, [who])
    recipient = who.recipient if isinstance(who, Naming) else who
    learner = (await storage.recipients.lock(session, [recipient]))[recipient].learner
    member = Member(id=uuid7(), organisation=organisation, recipient=recipient, role=role, added_at=now)
    async with announced(session, learner):
        if await storage.organisations.add_member(session, member, actor):
            return member
    there = await storage.organisations.members(session, organisation)
    return next(m for m in there if (m.recipient, m.role) == (recipient, role))


async def remove(session: AsyncSession, organisation: UUID, member: UUID) -> None:
    """Take a role away. Raises UnknownMember, LastOwner."""
    await storage.organisations.find(session, organisation, lock=True)  # two owners may leave at once
    there = await storage.organisations.members(session, organisation)
    leaving = [m for m in there if m.id == member]
    if not leaving:
        raise UnknownMember
    may_leave(leaving, there)
    learner = (await storage.recipients.lock(session, [leaving[0].recipient]))[leaving[0].recipient].learner
    async with announced(session, learner):
        await storage.organisations.remove_members(session, leaving)


async def roles(session: AsyncSession, learner: UUID) -> dict[UUID, frozenset[Role]]:
    """The learner's roles in each organisation, by all their addresses."""
    addresses = [recipient.id for recipient in await storage.recipients.of_learner(session, learner)]
    return _by_organisation(await storage.organisations.memberships(session, addresses))


@asynccontextmanager
async def announced(session: AsyncSession, *learners: UUID | None) -> AsyncIterator[None]:
    """Announce what the block changes in these learners' roles. One role may come by several addresses."""
    people = [learner for learner in learners if learner]
    before = {learner: await roles(session, learner) for learner in people}
    yield
    for learner in people:
        _announce(session, learner, before[learner], await roles(session, learner))


def _announce(
    session: AsyncSession,
    learner: UUID,
    before: dict[UUID, frozenset[Role]],
    after: dict[UUID, frozenset[Role]],
) -> None:
    for organisation in sorted({*before, *after}):
        had, has = before.get(organisation, frozenset()), after.get(organisation, frozenset())
        for role in sorted(has - had):
            emit(session, MemberAdded(organisation=organisation, learner=learner, role=role))
        for role in sorted(had - has):
            emit(session, MemberRemoved(organisation=organisation, learner=learner, role=role))


def _by_organisation(members: Sequence[Member]) -> dict[UUID, frozenset[Role]]:
    there = {m.organisation for m in members}
    return {id_: frozenset(m.role for m in members if m.organisation == id_) for id_ in there}
