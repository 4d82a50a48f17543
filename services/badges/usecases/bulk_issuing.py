"""One batch of a bulk award: its people are named, awarded and given their badges, in one transaction.

A line waits until the transaction that does all this for it commits, so a crash at any moment leaves it
waiting. While one batch is being signed another is stored: two loops work at a time, on lines of their own.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.badges import RecipientNamed
from contracts.envelope import uuid7
from contracts.recipients import normal_address
from services.chassis.journal import emit

from ..domain.issue import Draft, Due, Place
from ..domain.recipient import Named
from ..domain.rows import Row
from ..settings import Settings
from ..storage import bulk, carrying
from ..storage.achievements import Achievement
from ..storage.bulk import Done, Holder
from ..storage.carrying import Badge
from ..storage.jobs import Job
from ..storage.organisations import Organisation
from . import achievements, issuing, organisations, recipients
from .bulk import checked
from .chance import chances
from .issuing import Sign
from .keys import Make, signing_keys

New = Mapping[UUID, tuple[UUID, Row]]
"""Awards that were just made: whose each is, and by which row."""
Entries = Callable[[UUID, int], Awaitable[Sequence[Place]]]
"""Gives out so many entries of an organisation's status lists, in a transaction of its own."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What a batch is made with."""

    settings: Settings
    sign: Sign
    make_key: Make
    entries: Entries


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is awarded by whom, the same for all lines."""

    job: Job
    achievement: Achievement
    organisation: Organisation


@dataclass(frozen=True, slots=True)
class Batch:
    """How many lines were done, how many of them by a badge, and how many badges could not be issued.

    `new_list` says that it may have begun a status list, which has to be signed.
    """

    lines: int = 0
    issued: int = 0
    failed: int = 0
    new_list: bool = False


async def work_on(session: AsyncSession, job: Job, bench: Bench, now: datetime) -> Batch:
    """Do the next lines of a job. Where none was waiting, and none is being done, the job is done."""
    taken = await bulk.take(session, job.id, bench.settings.bulk_batch)
    if not taken:
        await bulk.finish(session, job.id, now)
        return Batch()
    rows: dict[UUID, Row] = {}
    done = []
    for written in taken:
        each, row = checked(written, bench.settings, now)
        if row is None or each.recipient is None:
            done.append(Done(written.line, each.outcome, None, each.detail))
        elif each.recipient in rows:
            done.append(Done(written.line, "duplicate", None, None, each.recipient))
        else:
            rows[each.recipient] = row
    done += await _award(session, job, rows, bench, now)
    await bulk.done(session, job.id, done, now)
    outcomes = [each.outcome for each in done]
    return Batch(len(taken), outcomes.count("awarded"), outcomes.count("failed"))


async def _award(
    session: AsyncSession, job: Job, rows: Mapping[UUID, Row], bench: Bench, now: datetime
) -> list[Done]:
    """Award everybody in these rows; answers what became of each."""
    if not rows:
        return []
    found = await achievements.known(session, job.achievement)
    subject = _Subject(job, found, await organisations.known(session, job.organisation))
    await _name(session, rows, job.made_at)
    decided = {uuid7(): each for each in rows.items()}
    made = await bulk.award(session, job.id, found.version, decided, now)
    new = {award: each for award, each in decided.items() if award in made}
    failures = await _issue(session, subject, new, bench, now)
    mine = {recipient: award for award, (recipient, _) in new.items()}
    before = await bulk.have(session, job.achievement, job.occasion, rows.keys() - mine.keys())
    return [_done(row.line, recipient, mine, before, failures) for recipient, row in rows.items()]


async def _name(session: AsyncSession, rows: Mapping[UUID, Row], at: datetime) -> None:
    """Take in who they are, and tell those services that do not know them yet."""
    named = {
        recipient: Named(normal_address(row.address), row.language, "organiser", at)
        for recipient, row in rows.items()
    }
    for recipient in await recipients.name(session, named):
        said = named[recipient]
        emit(
            session,
            RecipientNamed(
                recipient=recipient,
                address=said.address,
                name=rows[recipient].name,
                language=said.language,
                said_by="organiser",
                at=at,
            ),
        )


async def _issue(
    session: AsyncSession, subject: _Subject, new: New, bench: Bench, now: datetime
) -> dict[UUID, str]:
    """Issue these awards; answers why some could not be, which then are taken back."""
    if not new:
        return {}
    drafts = await _drafts(session, subject, new, bench, now)
    credentials, failures, chance = [], {}, chances()
    for draft, outcome in zip(drafts, await bench.sign(drafts), strict=True):
        if isinstance(outcome, bytes):
            credentials.append(issuing.issued(draft, outcome, chance))
        else:
            issuing.note_failure(draft, outcome)
            failures[draft.due.recipient] = outcome
    await issuing.store(session, credentials, drafts, bench.settings)
    await bulk.take_back(session, [draft.due.id for draft in drafts if draft.due.recipient in failures])
    return failures


async def _drafts(
    session: AsyncSession, subject: _Subject, new: New, bench: Bench, now: datetime
) -> list[Draft]:
    owner, found = subject.organisation.id, subject.achievement
    keys = await signing_keys(session, {owner}, bench.settings.public_url, bench.make_key, now)
    holders = await bulk.holders(session, [recipient for recipient, _ in new.values()])
    any_of_them = Badge(next(iter(new)), found.id, found.version, owner)  # itself it is endorsed later
    carried = await carrying.carried(session, [any_of_them], bench.settings.endorsements_carried)
    places = await bench.entries(owner, len(new))
    naming, chance = bench.settings.naming, chances()
    return [
        issuing.draft(
            _due(award, recipient, row, subject, holders[recipient]),
            place,
            keys[owner],
            carried[any_of_them.award],
            naming,
            chance,
        )
        for (award, (recipient, row)), place in zip(new.items(), places, strict=True)
    ]


def _due(award: UUID, recipient: UUID, row: Row, subject: _Subject, holder: Holder) -> Due:
    return Due(
        id=award,
        organisation=subject.organisation.id,
        achievement=subject.achievement.id,
        version=subject.achievement.version,
        recipient=recipient,
        occasion=subject.job.occasion,
        awarded_at=subject.job.made_at,
        session=None,
        completed_on=row.completed_on,
        shown=subject.achievement.shown,
        name=subject.organisation.name,
        description=subject.organisation.description,
        website=subject.organisation.website,
        address=holder.address,
        evidence=row.evidence,
        expires_at=row.expires_at,
        wallet=holder.wallet,
    )


def _done(
    line: int,
    recipient: UUID,
    new: Mapping[UUID, UUID],
    before: Mapping[UUID, UUID],
    failures: Mapping[UUID, str],
) -> Done:
    if recipient in failures:
        return Done(line, "failed", None, failures[recipient], recipient)
    if recipient in new:
        return Done(line, "awarded", new[recipient], None, recipient)
    if recipient in before:
        return Done(line, "already", before[recipient], None, recipient)
    return Done(line, "forgotten")
