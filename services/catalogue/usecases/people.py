"""Learners: proving and giving up addresses, saying who one is, being forgotten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalogue import AddressProven, AddressRemoved, RecipientForgotten
from contracts.envelope import uuid7
from services.chassis import journal
from services.chassis.journal import emit
from services.chassis.tables import idempotency

from .. import storage
from ..domain.learner import LastAddress, Learner, NotYourAddress, UnknownLearner
from ..domain.membership import may_leave
from ..domain.recipient import Naming, Recipient
from . import members
from .naming import take_in


@dataclass(frozen=True)
class Proof:
    """Somebody showed that they read the mail of an address. `language` is the one they named, if any."""

    recipient: UUID
    address: str
    language: str | None
    at: datetime


async def find(session: AsyncSession, id_: UUID, *, lock: bool = False) -> Learner:
    """The learner. Raises UnknownLearner."""
    found = await storage.learners.find(session, id_, lock=lock)
    if not found:
        raise UnknownLearner
    return found


async def prove(session: AsyncSession, proof: Proof, by: UUID | None) -> UUID:
    """Note a proven address; answers the learner who holds it now.

    The first proof of an address makes an account. One that another account held moves to `by`, who reads its
    mail now; an account left without an address is deleted. Raises UnknownLearner.
    """
    held_by = (await storage.recipients.lock(session, [proof.recipient]))[proof.recipient].learner
    if held_by and by in (None, held_by):
        return held_by
    holder = await find(session, by, lock=True) if by else await _new_learner(session, proof)
    async with members.announced(session, held_by, holder.id):
        named = Naming(proof.recipient, proof.address, True, proof.at, holder.name, holder.language)
        known = (await take_in(session, [named]))[proof.recipient]
        await storage.recipients.save(session, [replace(known, learner=holder.id, proven_at=proof.at)])
    if held_by:
        emit(session, AddressRemoved(learner=held_by, recipient=proof.recipient, at=proof.at))
        await _delete_if_empty(session, held_by)
    emit(session, AddressProven(learner=holder.id, recipient=proof.recipient, at=proof.at))
    return holder.id


async def remove_address(session: AsyncSession, learner: UUID, recipient: UUID, now: datetime) -> None:
    """Give up an address, and the roles that came by it. Raises NotYourAddress, LastAddress, LastOwner."""
    await find(session, learner, lock=True)
    held = await storage.recipients.of_learner(session, learner)
    if recipient not in {one.id for one in held}:
        raise NotYourAddress
    if len(held) == 1:
        raise LastAddress
    async with members.announced(session, learner):
        await _leave_organisations(session, [recipient], force=False)
        known = (await storage.recipients.lock(session, [recipient]))[recipient]
        await storage.recipients.save(session, [replace(known, learner=None, proven_at=None)])
    emit(session, AddressRemoved(learner=learner, recipient=recipient, at=now))


async def edit(session: AsyncSession, id_: UUID, changes: Mapping[str, Any], now: datetime) -> Learner:
    """Say what one is called and which language letters shall have. Raises UnknownLearner."""
    told = replace(await find(session, id_, lock=True), **changes)
    await storage.learners.save(session, told)
    held = await storage.recipients.of_learner(session, id_)
    said = (changes.get("name"), changes.get("language"))  # what was not said now is not said anew
    await take_in(session, [Naming(r.id, r.address or "", True, now, *said) for r in held])
    return told


async def forget(session: AsyncSession, recipient: UUID, now: datetime, *, force: bool) -> None:
    """Forget a person: addresses, names, account, roles and sessions go; who completed becomes nobody.

    Whoever holds the address is forgotten with all their others. Tombstones stay, so that what was said
    before `now` is not heard again. Where an organisation would lose its last owner it raises LastOwner,
    unless `force`.
    """
    learner = (await storage.recipients.lock(session, [recipient]))[recipient].learner
    held = await storage.recipients.of_learner(session, learner) if learner else []
    everything = [recipient, *(one.id for one in held if one.id != recipient)]
    await storage.recipients.lock(session, everything)
    async with members.announced(session, learner):
        await _leave_organisations(session, everything, force=force)
    for one in everything:
        await journal.forget(session, one, now)
        await storage.sign_ins.forget(session, one)
        await storage.completions.forget(session, one)
        await storage.participations.forget(session, one)
        emit(session, RecipientForgotten(recipient=one, at=now))
    await storage.recipients.save(session, [Recipient(id_, forgotten_at=now) for id_ in everything])
    if learner:
        await journal.forget(session, learner, now)
        await session.execute(idempotency.delete().where(idempotency.c.caller == f"learner:{learner}"))
        await _delete_if_empty(session, learner)


async def _new_learner(session: AsyncSession, proof: Proof) -> Learner:
    made = Learner(id=uuid7(), created_at=proof.at, language=proof.language)
    await storage.learners.save(session, made)
    return made


async def _leave_organisations(session: AsyncSession, recipients: Sequence[UUID], *, force: bool) -> None:
    leaving = await storage.organisations.memberships(session, recipients)
    for organisation in sorted({m.organisation for m in leaving}):
        await storage.organisations.find(session, organisation, lock=True)
        if not force:
            may_leave(
                [m for m in leaving if m.organisation == organisation],
                await storage.organisations.members(session, organisation),
            )
    await storage.organisations.remove_members(session, leaving)


async def _delete_if_empty(session: AsyncSession, learner: UUID) -> None:
    if not await storage.recipients.of_learner(session, learner):
        await storage.learners.delete_(session, learner)
