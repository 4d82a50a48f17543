"""Bulk awards: a list of many thousand people is looked at first, then awarded batch by batch by a loop."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import uuid7
from contracts.recipients import BadAddress, recipient_id
from services.chassis.database import wake
from services.chassis.telemetry import current_traceparent

from ..domain.award import UnknownJob, direct_occasion
from ..domain.rows import BadRow, Row, Written, read_row
from ..settings import Settings
from ..storage import bulk, jobs
from ..storage.bulk import Count, State
from ..storage.jobs import Job
from . import achievements, organisations
from .issuing import requested

BULK = "bulk awards"
"""The loops that work on bulk awards."""
PAGE = 1000
LATELY = 10.0  # seconds over which the rate of a job is taken

_GOES_TO: Mapping[State, Sequence[State]] = {
    "paused": ("running",),
    "running": ("paused",),
    "cancelled": ("running", "paused"),
}


class NotPossible(Exception):
    """The job is over, or stands so already; look at its state."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A row, and what would become of it: `valid`, or what is in the way and what helps."""

    written: Written
    outcome: str
    detail: str | None = None
    recipient: UUID | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: lines by outcome, badges per second lately, seconds to go where that can be told."""

    job: Job
    outcomes: Mapping[str, int]
    per_second: float
    seconds_left: float | None

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return sum(self.outcomes.values())

    @property
    def waiting(self) -> int:
        """How many lines are still to be worked on."""
        return self.outcomes.get("waiting", 0)


def checked(written: Written, settings: Settings, now: datetime) -> tuple[Checked, Row | None]:
    """One row looked at by itself."""
    allowed = settings.evidence_of_minors or not settings.learners_are_minors
    try:
        row = read_row(written, now, allowed)
        return Checked(written, "valid", None, recipient_id(row.address, settings.recipient_key)), row
    except BadRow as bad:
        return Checked(written, bad.fault, str(bad)), None
    except BadAddress as bad:
        return Checked(written, "bad_address", f"address: {bad}"), None


def check_all(rows: Iterable[Written], settings: Settings, now: datetime) -> list[Checked]:
    """Every row by itself, and whether the same person stands above."""
    first: dict[UUID, int] = {}
    found = []
    for written in rows:
        each, _ = checked(written, settings, now)
        if each.recipient is not None:
            above = first.setdefault(each.recipient, written.line)
            if above != written.line:
                each = Checked(written, "duplicate", f"address: the same person as on line {above}")
        found.append(each)
    return found


async def dry_run(
    session: AsyncSession, achievement: UUID, occasion: str | None, rows: Sequence[Checked]
) -> list[Checked]:
    """The same with those who have the badge already. Raises UnknownAchievement and NotAnOccasion."""
    people = {each.recipient for each in rows if each.recipient}
    have = await bulk.have(session, achievement, direct_occasion(occasion), people)
    said = "has been awarded this on this occasion already"
    return [
        Checked(each.written, "already", said, each.recipient) if each.recipient in have else each
        for each in rows
    ]


@dataclass(frozen=True, slots=True)
class BulkOrder:
    """An achievement for everybody on a list, on one occasion."""

    achievement: UUID
    occasion: str | None
    made_by: str


async def start(
    session: AsyncSession, order: BulkOrder, rows: Iterable[Written], settings: Settings, now: datetime
) -> Job:
    """Take in a list, whose people a loop awards. Raises UnknownAchievement, NotVerified, NotAnOccasion."""
    found = await achievements.known(session, order.achievement)
    await organisations.may_award(session, found.organisation, settings.require_verification)
    occasion = direct_occasion(order.occasion)
    trace = current_traceparent()
    job = Job(uuid7(), found.organisation, found.id, occasion, order.made_by, now, "running", None, trace)
    await bulk.add(session, job, _first_outcomes(rows))
    wake(session, BULK)
    return job


async def progress(session: AsyncSession, job: Job) -> Progress:
    """How far a job is."""
    counts = await bulk.progress(session, job.id, LATELY)
    outcomes = {outcome: count.lines for outcome, count in sorted(counts.items())}
    rate = sum(count.lately for count in counts.values()) / LATELY if job.state == "running" else 0.0
    return Progress(job, outcomes, rate, _seconds_left(counts, rate))


async def change(session: AsyncSession, job: Job, to: State) -> None:
    """Pause, resume or cancel a job; what has been issued stays. Raises NotPossible where it is over."""
    if not await bulk.set_state(session, job.id, to, _GOES_TO[to]):
        raise NotPossible
    if to == "cancelled":
        await bulk.cancel_waiting(session, job.id)
    wake(session, BULK)


async def retry(session: AsyncSession, job: Job) -> int:
    """Have a job's failed lines tried again; answers how many. Raises NotPossible where it was cancelled."""
    again = await bulk.retry_failed(session, job.id)
    if again and not await bulk.set_state(session, job.id, "running", ("done", "running", "paused")):
        raise NotPossible
    wake(session, BULK)
    return again


async def job(session: AsyncSession, job: UUID) -> Job:
    """A job. Raises UnknownJob."""
    found = await jobs.job(session, job)
    if found is None:
        raise UnknownJob
    return found


async def forget_waiting(session: AsyncSession, recipient: UUID, at: datetime, secret: bytes) -> None:
    """Drop lines that wait and are about somebody, which only their addresses tell."""
    after = UUID(int=0), 0
    while page := await bulk.waiting(session, at, after, PAGE):
        theirs = [(job, line) for job, line, address in page if _recipient(address, secret) == recipient]
        await bulk.drop(session, theirs)
        after = page[-1][:2]
        await asyncio.sleep(0)


def _recipient(address: str | None, secret: bytes) -> UUID | None:
    try:
        return recipient_id(address or "", secret)
    except BadAddress:
        return None


def _first_outcomes(rows: Iterable[Written]) -> Iterator[tuple[Written, str]]:
    """Whoever plainly stands above already is told so; all else is looked at when it is the line's turn."""
    seen: set[str] = set()
    waiting = 0
    for written in rows:
        address = written.cells.get("address", "").casefold()
        outcome = "bad_row" if written.fault else "duplicate" if address in seen else "waiting"
        yield written, outcome
        waiting += outcome == "waiting"
        if not written.fault and address:
            seen.add(address)
    requested.add(waiting)


def _seconds_left(counts: Mapping[str, Count], rate: float) -> float | None:
    waiting = counts["waiting"].lines if "waiting" in counts else 0
    return waiting / rate if rate else (None if waiting else 0.0)
