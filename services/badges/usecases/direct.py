"""Direct awards: an organiser names an achievement and a list of people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.badges import RecipientNamed
from contracts.envelope import uuid7
from contracts.recipients import BadAddress, normal_address, recipient_id
from services.chassis.database import wake
from services.chassis.journal import emit
from services.chassis.telemetry import current_traceparent

from ..domain.award import (
    Award,
    EvidenceOfMinors,
    ExpiresAlready,
    TooManyLines,
    UnknownJob,
    direct_occasion,
)
from ..domain.badge import Evidence
from ..domain.lines import Line
from ..domain.recipient import Named
from ..domain.shown import is_web_address
from ..domain.text import Unsignable, refuse_contested_order
from ..settings import Settings
from ..storage import awards, jobs
from ..storage.jobs import Job
from . import achievements, organisations, recipients
from .issuing import ISSUING, requested

LONGEST = timedelta(days=36_525)


@dataclass(frozen=True, slots=True)
class Order:
    """An achievement for all these people, on one occasion."""

    achievement: UUID
    occasion: str | None
    lines: Sequence[Line]
    made_by: str
    evidence: tuple[Evidence, ...] = ()
    expires_at: datetime | None = None


async def award_all(session: AsyncSession, order: Order, settings: Settings, now: datetime) -> Job:
    """Award everybody on the list who has not been awarded this yet, and keep what became of each.

    Raises UnknownAchievement, NotVerified, NotAnOccasion, TooManyLines, EvidenceOfMinors, ExpiresAlready and
    Unsignable.
    """
    _check(order, settings, now)
    found = await achievements.known(session, order.achievement)
    await organisations.may_award(session, found.organisation, settings.require_verification)
    occasion = direct_occasion(order.occasion)
    people = [_recipient(line, settings.recipient_key) for line in order.lines]
    await _name(session, dict(zip(people, order.lines, strict=True)), now)
    decided = {
        uuid7(): _award(order, found.organisation, each, occasion, now)
        for each in dict.fromkeys(people)
        if each
    }
    new = await awards.add(session, decided, current_traceparent())
    requested.add(len(new))
    wake(session, ISSUING)
    known = await awards.find(session, found.id, occasion, {each for each in people if each})
    job = Job(uuid7(), found.organisation, found.id, occasion, order.made_by, now)
    await jobs.add(session, job, _outcomes(people, known, new))
    return job


async def job(session: AsyncSession, job: UUID) -> Job:
    """A job. Raises UnknownJob."""
    found = await jobs.job(session, job)
    if found is None:
        raise UnknownJob
    return found


def _award(order: Order, organisation: UUID, recipient: UUID, occasion: str, now: datetime) -> Award:
    return Award(
        organisation=organisation,
        achievement=order.achievement,
        recipient=recipient,
        occasion=occasion,
        awarded_at=now,
        awarded_by=order.made_by,
        evidence=order.evidence,
        expires_at=order.expires_at,
    )


def _check(order: Order, settings: Settings, now: datetime) -> None:
    """Refuse what cannot be awarded to anybody."""
    if len(order.lines) > settings.max_rows:
        raise TooManyLines(f"at most {settings.max_rows} people in one call; send them in several")
    if order.evidence and settings.learners_are_minors and not settings.evidence_of_minors:
        raise EvidenceOfMinors
    for number, each in enumerate(order.evidence):
        if not is_web_address(each.url):
            raise Unsignable(f"body.evidence.{number}.url", "is not a web address", "Write it with https://.")
    refuse_contested_order("body.evidence", (each.url for each in order.evidence))
    if order.expires_at and not now < order.expires_at < now + LONGEST:
        raise ExpiresAlready("a badge expires in the future, and within a hundred years")


def _recipient(line: Line, secret: bytes) -> UUID | None:
    try:
        return recipient_id(line.address, secret)
    except BadAddress:
        return None


async def _name(session: AsyncSession, lines: Mapping[UUID | None, Line], now: datetime) -> None:
    """Take in who they are, and tell those services that do not know them yet."""
    named = {
        each: Named(normal_address(line.address), line.language, "organiser", now)
        for each, line in lines.items()
        if each
    }
    for each in sorted(await recipients.name(session, named)):
        line = lines[each]
        emit(
            session,
            RecipientNamed(
                recipient=each,
                address=named[each].address,
                name=line.name,
                language=line.language,
                said_by="organiser",
                at=now,
            ),
        )


def _outcomes(people: Sequence[UUID | None], known: Mapping[UUID, UUID], new: set[UUID]) -> list[jobs.Line]:
    """What became of every line; a person's second line finds them awarded already by the first."""
    left, outcomes = set(new), []
    for number, each in enumerate(people, 1):
        award = known.get(each) if each else None
        if each is None:
            outcomes.append(jobs.Line(number, "bad_address", None))
        elif award is None:
            outcomes.append(jobs.Line(number, "forgotten", None))
        else:
            outcomes.append(jobs.Line(number, "awarded" if award in left else "already", award))
            left.discard(award)
    return outcomes
