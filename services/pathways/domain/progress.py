"""How far somebody has come, worked out anew from the facts each time one of them changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from .plan import Plan, Step

TOKEN_LIFE = timedelta(minutes=10)
"""How old an access token can be: what it says about addresses was true this long ago at the latest."""


@dataclass(frozen=True)
class Badge:
    """An award that stands: what was earned, by whom, when."""

    achievement: UUID
    recipient: UUID
    awarded_at: datetime


@dataclass(frozen=True)
class Address:
    """What was last heard of a learner and an address: whether they hold it, and since when."""

    recipient: UUID
    held: bool
    at: datetime


@dataclass(frozen=True)
class Enrolment:
    """A learner's way through one version of a pathway. `told` are the steps announced as completed."""

    id: UUID
    pathway: UUID
    version: int
    learner: UUID
    recipient: UUID
    started_at: datetime
    completed_at: datetime | None = None
    told: frozenset[UUID] = field(default_factory=frozenset)


@dataclass(frozen=True)
class StepProgress:
    """One step: which of its achievements are earned, and since when that is enough."""

    step: Step
    earned: tuple[UUID, ...]
    completed_at: datetime | None


@dataclass(frozen=True)
class Progress:
    """The whole way: complete when every mandatory step is."""

    steps: tuple[StepProgress, ...]
    completed_at: datetime | None


@dataclass(frozen=True)
class Advance:
    """An enrolment as it is now, and what has to be told about the change."""

    enrolment: Enrolment
    steps: tuple[UUID, ...]
    completed: bool
    reopened: bool


def recipients_of(enrolment: Enrolment, addresses: Iterable[Address]) -> set[UUID]:
    """The recipients whose badges count: every address the learner holds, and the one they started with.

    The one they started with came from their access token, so it counts until a removal is heard that the
    token could not have known of.
    """
    held = {enrolment.recipient}
    for address in addresses:
        if address.held:
            held.add(address.recipient)
        elif address.at > enrolment.started_at - TOKEN_LIFE:
            held.discard(address.recipient)
    return held


def earned_by(recipients: Iterable[UUID], badges: Mapping[UUID, Iterable[Badge]]) -> dict[UUID, datetime]:
    """Which achievements these recipients have, each since its earliest award. `badges` are by recipient."""
    earned: dict[UUID, datetime] = {}
    for recipient in recipients:
        for badge in badges.get(recipient, ()):
            known = earned.get(badge.achievement, badge.awarded_at)
            earned[badge.achievement] = min(known, badge.awarded_at)
    return earned


def progress(plan: Plan, earned: Mapping[UUID, datetime], started_at: datetime) -> Progress:
    """How far somebody is who started then and has earned this. Badges from before the start count."""
    steps = tuple(_step_progress(step, earned, started_at) for step in plan.steps)
    ends = [step.completed_at for step in steps if step.step.mandatory]
    done = [end for end in ends if end is not None]
    return Progress(steps, max(done) if len(done) == len(ends) else None)


def _step_progress(step: Step, earned: Mapping[UUID, datetime], started_at: datetime) -> StepProgress:
    have = tuple(achievement for achievement in step.achievements if achievement in earned)
    times = sorted(earned[achievement] for achievement in have)
    completed = max(started_at, times[step.need - 1]) if len(times) >= step.need else None
    return StepProgress(step, have, completed)


def advance(enrolment: Enrolment, now: Progress) -> Advance:
    """Bring an enrolment up to `now`. Each step is told once, completion once until it is undone."""
    steps = tuple(
        step.step.id for step in now.steps if step.completed_at and step.step.id not in enrolment.told
    )
    return Advance(
        replace(enrolment, told=enrolment.told.union(steps), completed_at=now.completed_at),
        steps,
        completed=enrolment.completed_at is None and now.completed_at is not None,
        reopened=enrolment.completed_at is not None and now.completed_at is None,
    )
