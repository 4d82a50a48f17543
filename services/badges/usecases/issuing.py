"""Issuing: credentials for the awards that are due, a batch at a time."""

import hashlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.badges import BadgeAwarded
from services.chassis.database import wake
from services.chassis.journal import emit
from services.chassis.telemetry import meter, span

from ..domain.issue import Carried, Draft, Due, Issued, Naming, Place, Signed, free_places, holder, valid_from
from ..settings import Settings
from ..storage import awards, carrying, statuses
from ..storage.carrying import Badge
from ..storage.keys import Key
from .chance import Chance, below, chances
from .chance import text as random_text
from .keys import STATUS_LISTS, Make, signing_keys

log = logging.getLogger(__name__)
requested = meter.create_counter("col_badges_requested", description="awards asked for")
_issued_count = meter.create_counter("col_badges_issued", description="credentials issued")
_failed = meter.create_counter("col_badges_not_issued", description="failed attempts to issue one")
ISSUING = "issuing"
"""The loop that issues credentials."""
MOST_LINKS = 100  # of a batch to the traces of its awards
EMPTY_LIST = bytes(131_072 // 8)
FULL = 100_000  # entries given out of a list's 131,072 before the next begins: free ones stay quick to find

Sign = Callable[[Sequence[Draft]], Awaitable[Sequence[Signed]]]


async def issue_due(
    session: AsyncSession, settings: Settings, sign: Sign, make_key: Make, now: datetime
) -> int:
    """Issue the credentials that have been due longest, and tell; answers how many were looked at.

    What cannot be signed is tried again later and keeps nobody else waiting.
    """
    due = await awards.take_due(session, settings.issue_batch)
    if not due:
        return 0
    keys = await signing_keys(
        session, {each.organisation for each in due}, settings.public_url, make_key, now
    )
    places = await _places(session, due)
    badges = [Badge(each.id, each.achievement, each.version, each.organisation) for each in due]
    carried = await carrying.carried(session, badges, settings.endorsements_carried)
    naming, chance = settings.naming, chances()
    drafts = [
        draft(each, places[each.id], keys[each.organisation], carried[each.id], naming, chance)
        for each in due
    ]
    with span("issue badges", links={each.traceparent for each in due[:MOST_LINKS] if each.traceparent}):
        signed = await sign(drafts)
    credentials = []
    for each, outcome in zip(drafts, signed, strict=True):
        if isinstance(outcome, bytes):
            credentials.append(issued(each, outcome, chance))
        else:
            note_failure(each, outcome)
            await awards.not_issued(session, each.due.id)
    await store(session, credentials, drafts, settings)
    await awards.issued(session, credentials, now)
    return len(due)


async def store(
    session: AsyncSession, credentials: Sequence[Issued], drafts: Sequence[Draft], settings: Settings
) -> None:
    """Store signed credentials of these drafts, and tell of them."""
    await awards.store(session, credentials)
    by_award = {each.due.id: each for each in drafts}
    for each in credentials:
        if each.carried:
            await carrying.note(session, each.award, each.carried)
        about = by_award[each.award]
        trace = about.due.traceparent  # without one it goes on with the trace of the batch
        with span("issue badge", traceparent=trace) if trace else nullcontext():
            emit(session, _awarded(about, settings.public_url))
    count(len(credentials), len(drafts) - len(credentials))


def count(issued: int, failed: int) -> None:
    """Count in this process' metrics what was issued and what could not be."""
    _issued_count.add(issued)
    _failed.add(failed)


def note_failure(draft: Draft, reason: str) -> None:
    """Say that an award could not be issued."""
    log.error("award %s cannot be issued: %s", draft.due.id, reason)


async def _places(session: AsyncSession, due: Sequence[Due]) -> dict[UUID, Place]:
    """An entry of its organisation's status list for every award."""
    places: dict[UUID, Place] = {}
    for organisation, count in sorted(Counter(each.organisation for each in due).items()):
        number, indexes = await entries(session, organisation, count)
        mine = (each.id for each in due if each.organisation == organisation)
        places |= {award: Place(number, index) for award, index in zip(mine, indexes, strict=True)}
    return places


async def entries(session: AsyncSession, organisation: UUID, count: int) -> tuple[int, list[int]]:
    """Entries of the organisation's newest list, or of the next one where that is full."""
    newest = await statuses.newest(session, organisation)
    if newest is None or newest.used + count > FULL:
        await statuses.open_list(session, organisation, newest.number + 1 if newest else 1, EMPTY_LIST)
        wake(session, STATUS_LISTS)
        newest = await statuses.newest(session, organisation)
        assert newest is not None, "it was opened here or by another process"
    indexes, taken = free_places(newest.taken, count, below(chances()))
    await statuses.give_out(session, organisation, newest.number, taken, count)
    return newest.number, indexes


def draft(
    due: Due, place: Place, key: Key, carried: tuple[Carried, ...], naming: Naming, chance: Chance
) -> Draft:
    """What is to be signed, under addresses that nobody can guess."""
    return Draft(
        due=due,
        place=place,
        capability=random_text(chance),
        claim=random_text(chance),
        recipient=holder(naming, due.address, due.wallet, next(chance), UUID(bytes=next(chance), version=4)),
        sealed_key=key.sealed,
        key=key.name,
        endorsements=carried,
    )


def issued(draft: Draft, body: bytes, chance: Chance) -> Issued:
    """A signed credential as it is stored."""
    return Issued(
        award=draft.due.id,
        version=draft.due.version,
        organisation=draft.due.organisation,
        capability=draft.capability,
        claim=draft.claim,
        body=body,
        etag=hashlib.sha256(body).hexdigest(),
        list_number=draft.place.list_number,
        list_index=draft.place.list_index,
        signed_by=draft.key,
        signed_at=valid_from(body),
        assertion=random_text(chance),
        carried=tuple(each.endorsement for each in draft.endorsements),
    )


def _awarded(draft: Draft, public_url: str) -> BadgeAwarded:
    due = draft.due
    return BadgeAwarded(
        award=due.id,
        achievement=due.achievement,
        version=due.version,
        organisation=due.organisation,
        occasion=due.occasion,
        awarded_at=due.awarded_at,
        recipient=due.recipient,
        claim=f"{public_url}/claims/{draft.claim}",
    )
