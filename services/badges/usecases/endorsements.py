"""Endorsements: one organisation's word for what another offers, once both agree."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import uuid7
from services.chassis.database import wake

from ..domain.addresses import Addresses
from ..domain.award import UnknownAward
from ..domain.badge import Issuer, StatusEntry
from ..domain.did import organisation_did
from ..domain.endorsement import (
    TOKENS,
    EndorsedAlready,
    EndorsesItself,
    Kind,
    State,
    ToSign,
    UnknownEndorsement,
    Word,
    moved,
)
from ..domain.endorsement import Endorsement as Says
from ..domain.issue import Place, after, issuer
from ..domain.text import refuse_empty, refuse_unusable
from ..settings import Settings
from ..storage import carrying, endorsements, held, organisations, statuses
from ..storage.endorsements import Endorsement, Signature
from ..storage.keys import Key
from ..storage.organisations import Organisation
from . import achievements
from .issuing import ISSUING, entries
from .keys import STATUS_LISTS, Make, signing_keys
from .organisations import known as known_organisation
from .organisations import may_award

log = logging.getLogger(__name__)
ENDORSING = "endorsements"
"""The loop that signs endorsements."""
BATCH = 100

Sign = Callable[[Sequence[ToSign]], Awaitable[Sequence[Word | str]]]


@dataclass(frozen=True, slots=True)
class Proposal:
    """An organisation's word for an achievement, an organisation, or the badge at a capability."""

    endorser: UUID
    kind: Kind
    target: UUID | str
    comment: str
    made_by: str


@dataclass(frozen=True, slots=True)
class _Keys:
    """What an endorser signs with: proofs, and tokens."""

    proofs: Key
    tokens: Key


@dataclass(frozen=True, slots=True)
class _Endorsed:
    """What is endorsed: its id and version, whose it is, its address in documents, its title."""

    target: UUID
    version: int
    organisation: UUID
    subject: str
    name: str
    language: str


async def propose(
    session: AsyncSession, proposal: Proposal, settings: Settings, now: datetime
) -> tuple[Endorsement, bool]:
    """Propose an endorsement; answers it, and whether it is new. The same once more changes nothing.

    Raises UnknownOrganisation, NotVerified, UnknownAchievement, UnknownAward, EndorsesItself, Unsignable, and
    EndorsedAlready where other words of that organisation stand.
    """
    endorser = await may_award(session, proposal.endorser, settings.require_verification)
    _issuer(endorser, settings.public_url)  # what could not be signed later is refused now
    refuse_empty("body.comment", proposal.comment)
    refuse_unusable("body.comment", proposal.comment)
    endorsed = await _endorsed(session, proposal, settings.public_url)
    refuse_unusable("endorsed.name", endorsed.name)
    if endorsed.organisation == proposal.endorser:
        raise EndorsesItself
    new = _new(proposal, endorsed, now)
    if await endorsements.propose(session, new):
        return new, True
    found = await endorsements.standing(session, new)
    if found is None or found.comment != proposal.comment:
        raise EndorsedAlready
    return found, False


async def known(session: AsyncSession, endorsement: UUID) -> Endorsement:
    """One endorsement. Raises UnknownEndorsement."""
    found = await endorsements.endorsement(session, endorsement)
    if found is None:
        raise UnknownEndorsement
    return found


async def move(session: AsyncSession, endorsement: UUID, to: State, by: str, now: datetime) -> Endorsement:
    """Accept, refuse or withdraw. Done twice, the second time changes nothing.

    What was signed before is withdrawn in the endorser's status list, and badges carry it no longer.
    Raises UnknownEndorsement and Settled.
    """
    found = await endorsements.endorsement(session, endorsement, lock=True)
    if found is None:
        raise UnknownEndorsement
    if moved(found.state, to) != found.state:
        await endorsements.move(session, endorsement, to, by, now)
        if to == "accepted":
            wake(session, ENDORSING)
        else:
            await _withdraw(session, found, now)
    return await known(session, endorsement)


async def sign_due(
    session: AsyncSession, settings: Settings, sign: Sign, make_key: Make, now: datetime
) -> int:
    """Sign what was accepted; answers how many were looked at. What cannot be signed is tried again later.

    Badges that carry one of them, or that one is about, are issued anew with what is signed now.
    """
    due = await endorsements.take_due(session, BATCH)
    keys = await _keys(session, {each.endorser for each in due}, settings.public_url, make_key, now)
    in_order = sorted(due, key=lambda each: each.endorser)  # as issuing does: neither blocks the other
    places = {each.id: await _place(session, each) for each in in_order}
    drafts = [await _to_sign(session, each, places[each.id], keys, settings.public_url, now) for each in due]
    for draft, outcome in zip(drafts, await sign(drafts) if drafts else (), strict=True):
        if isinstance(outcome, Word):
            made = _signature(draft, outcome, places[draft.endorsement], keys)
            await endorsements.store(session, draft.endorsement, made)
            await _carry_anew(session, draft.endorsement, now)
        else:
            log.error("endorsement %s cannot be signed: %s", draft.endorsement, outcome)
            await endorsements.not_signed(session, draft.endorsement)
    return len(due)


async def _carry_anew(session: AsyncSession, endorsement: UUID, now: datetime) -> None:
    """Have the badges issued anew that carry it, or that it is about."""
    if await carrying.order(session, endorsement, now):
        wake(session, ISSUING)


async def _keys(
    session: AsyncSession, endorsers: set[UUID], public_url: str, make_key: Make, now: datetime
) -> dict[UUID, _Keys]:
    proofs = await signing_keys(session, endorsers, public_url, make_key, now)
    tokens = await signing_keys(session, endorsers, public_url, make_key, now, TOKENS)
    return {each: _Keys(proofs[each], tokens[each]) for each in endorsers}


def _signature(draft: ToSign, made: Word, place: Place, keys: Mapping[UUID, _Keys]) -> Signature:
    document = endorsements.Signed(made.body, sha256(made.body).hexdigest())
    used = keys[draft.endorser]
    at = draft.says.valid_from
    return Signature(document, made.token, used.proofs.name, used.tokens.name, place, at)


async def _endorsed(session: AsyncSession, proposal: Proposal, public_url: str) -> _Endorsed:
    addresses = Addresses(public_url)
    if isinstance(proposal.target, str):
        badge = await held.at(session, proposal.target)
        if badge is None:
            raise UnknownAward
        home, shown = addresses.credential(proposal.target), badge.shown
        return _Endorsed(badge.award, 0, badge.organisation, home, shown.name, shown.language)
    if proposal.kind == "organisation":
        named = await known_organisation(session, proposal.target)
        return _Endorsed(named.id, 0, named.id, organisation_did(public_url, str(named.id)), named.name, "en")
    found = await achievements.known(session, proposal.target)
    home = addresses.achievement(str(found.id), found.version)
    return _Endorsed(
        found.id, found.version, found.organisation, home, found.shown.name, found.shown.language
    )


def _new(proposal: Proposal, endorsed: _Endorsed, now: datetime) -> Endorsement:
    return Endorsement(
        id=uuid7(),
        endorser=proposal.endorser,
        kind=proposal.kind,
        target=endorsed.target,
        version=endorsed.version,
        organisation=endorsed.organisation,
        subject=endorsed.subject,
        name=endorsed.name,
        language=endorsed.language,
        comment=proposal.comment,
        state="proposed",
        proposed_by=proposal.made_by,
        proposed_at=now,
        moved_at=None,
        capability=secrets.token_urlsafe(16),
        signed_at=None,
    )


async def _withdraw(session: AsyncSession, found: Endorsement, now: datetime) -> None:
    place = await endorsements.place(session, found.id)
    if place:
        await statuses.set_bit(session, found.endorser, place.list_number, place.list_index)
        wake(session, STATUS_LISTS)
        await _carry_anew(session, found.id, now)


async def _place(session: AsyncSession, found: Endorsement) -> Place:
    """The entry that it has, where it was signed before; else a new one."""
    before = await endorsements.place(session, found.id)
    if before is not None:
        return before
    number, indexes = await entries(session, found.endorser, 1)
    return Place(number, indexes[0])


def _issuer(endorser: Organisation, public_url: str) -> Issuer:
    return issuer(public_url, endorser.id, endorser.name, endorser.description, endorser.website)


async def _to_sign(
    session: AsyncSession,
    found: Endorsement,
    place: Place,
    keys: Mapping[UUID, _Keys],
    public_url: str,
    now: datetime,
) -> ToSign:
    addresses = Addresses(public_url)
    endorser = await organisations.organisation(session, found.endorser)
    assert endorser is not None, "it was known when it proposed, and organisations do not go"
    says = Says(
        id=addresses.endorsement(found.capability),
        issuer=_issuer(endorser, public_url),
        subject=found.subject,
        name=found.name,
        language=found.language,
        comment=found.comment,
        valid_from=after(found.signed_at, now) if found.signed_at else now,
        status=StatusEntry(addresses.status_list(str(endorser.id), place.list_number), place.list_index),
    )
    used = keys[endorser.id]
    return ToSign(found.id, endorser.id, says, used.proofs.sealed, used.tokens.name, used.tokens.sealed)
