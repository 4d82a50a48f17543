"""What can be done with pathways. Each function works in its caller's transaction."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts import pathways as events
from contracts.envelope import uuid7
from services.chassis import journal
from services.chassis.journal import emit
from services.chassis.telemetry import counter, current_traceparent, span

from .domain.plan import BadPlan as BadPlan
from .domain.plan import Plan as Plan
from .domain.plan import Step as Step
from .domain.progress import (
    Address,
    Advance,
    Badge,
    Enrolment,
    Progress,
    advance,
    earned_by,
    progress,
    recipients_of,
)
from .storage import enrolments, facts, pathways
from .storage.pathways import Pathway, Version

_steps = counter("col_pathway_steps", "steps of playlists completed")


@dataclass(frozen=True)
class Way:
    """A learner's enrolment, the version they follow, how far they are, and whose badges count for it."""

    enrolment: Enrolment
    version: Version
    progress: Progress
    counting: Collection[UUID]


class UnknownPathway(Exception):
    """There is no such pathway, or it has not been published."""


class UnknownOrganisation(Exception):
    """The organisation is not known here; if it has just registered, try again in a moment."""

    field = "body.organisation"


class UnknownAchievement(Exception):
    """An achievement is not known here; if it has just been published, try again in a moment."""

    def __init__(self, achievement: UUID, field: str) -> None:
        super().__init__(f"achievement {achievement} is not known here; if just published, try again soon")
        self.field = field


class NotVerified(Exception):
    """The organisation has not been verified by the city yet; until then it cannot publish."""


class NotStarted(Exception):
    """You have not started this pathway; start it first."""


class AlreadyCompleted(Exception):
    """You have completed this pathway; there is nothing left to stop."""


async def draft_pathway(session: AsyncSession, organisation: UUID, plan: Plan, by: str) -> Pathway:
    """Begin a pathway of this organisation. Raises UnknownOrganisation, UnknownAchievement, BadPlan."""
    if organisation not in await facts.organisations(session, [organisation]):
        raise UnknownOrganisation
    pathway = Pathway(uuid7(), organisation, plan, version=0)
    await _check_achievements(session, pathway.id, plan)
    await pathways.save_draft(session, pathway.id, organisation, plan, by)
    return pathway


async def change_draft(session: AsyncSession, pathway_id: UUID, plan: Plan, by: str) -> Pathway:
    """Change what is being drafted; what was published stays. Raises as `draft_pathway`, UnknownPathway."""
    pathway = await _locked(session, pathway_id)
    await _check_achievements(session, pathway_id, plan)
    await pathways.save_draft(session, pathway_id, pathway.organisation, plan, by)
    return replace(pathway, draft=plan)


async def publish(
    session: AsyncSession, pathway_id: UUID, by: str, now: datetime, *, require_verification: bool
) -> Version:
    """Publish the draft as a new version; a draft that is published already changes nothing.

    Enrolments keep the version they began with. Raises UnknownPathway, NotVerified.
    """
    pathway = await _locked(session, pathway_id)
    latest = await _latest(session, pathway)
    if latest and latest.plan == pathway.draft:
        return latest
    organisation = (await facts.organisations(session, [pathway.organisation])).get(pathway.organisation)
    if require_verification and not (organisation and organisation.verified):
        raise NotVerified
    version = Version(pathway_id, pathway.organisation, pathway.version + 1, pathway.draft, now)
    await pathways.add_version(session, version, by)
    emit(session, _published(version))
    return version


async def published(session: AsyncSession, pathway_id: UUID, number: int | None = None) -> Version:
    """A published version, the latest unless `number` says which. Raises UnknownPathway."""
    pathway = await pathways.pathway(session, pathway_id)
    wanted = (pathway_id, number or (pathway.version if pathway else 0))
    found = (await pathways.versions(session, [wanted])).get(wanted)
    if found is None:
        raise UnknownPathway
    return found


async def start(
    session: AsyncSession, pathway_id: UUID, learner: UUID, recipient: UUID, now: datetime
) -> tuple[Enrolment, bool]:
    """Enrol a learner in the latest version; the badge will go to `recipient`.

    Answers the enrolment and whether it is new. Raises UnknownPathway.
    """
    version = await published(session, pathway_id)
    await facts.hold_recipient(session, recipient)
    enrolment = Enrolment(uuid7(), pathway_id, version.version, learner, recipient, now)
    if not await enrolments.add(session, enrolment):
        return await following(session, pathway_id, learner), False
    emit(session, events.PathwayStarted(**_of(enrolment, version)))
    facts.touch(session, {learner: current_traceparent()})
    return enrolment, True


async def following(
    session: AsyncSession, pathway_id: UUID, learner: UUID, *, lock: bool = False
) -> Enrolment:
    """The learner's enrolment in a pathway. Raises NotStarted."""
    enrolment = await enrolments.current(session, pathway_id, learner, lock=lock)
    if enrolment is None:
        raise NotStarted
    return enrolment


async def stop(session: AsyncSession, pathway_id: UUID, learner: UUID, now: datetime) -> None:
    """The learner no longer follows the pathway. Raises NotStarted, AlreadyCompleted."""
    enrolment = await following(session, pathway_id, learner, lock=True)
    (way,) = await ways(session, [enrolment])
    if way.progress.completed_at:
        raise AlreadyCompleted
    await enrolments.stop(session, enrolment, now)


async def ways(session: AsyncSession, followed: Sequence[Enrolment]) -> list[Way]:
    """How far each of these enrolments is, from the facts as they are now."""
    versions = await pathways.versions(session, {(e.pathway, e.version) for e in followed})
    heard = await facts.addresses(session, {e.learner for e in followed})
    counting = {e.id: recipients_of(e, heard.get(e.learner, ())) for e in followed}
    badges = await facts.badges(session, set[UUID]().union(*counting.values()))
    return [_way(e, versions[e.pathway, e.version], counting[e.id], badges) for e in followed]


async def work_out(session: AsyncSession, limit: int = 500) -> bool:
    """Bring the enrolments up to date of whom facts have changed; False where no more are due.

    The enrolments are locked before facts are read, so that of two transactions the later sees what the
    earlier told, and completion is told once.
    """
    due = await facts.take_due(session, limit)
    if not due:
        return False
    persons = dict(due)
    changed: defaultdict[str | None, list[tuple[Way, Advance]]] = defaultdict(list)
    for way in await ways(session, await enrolments.lock_touched(session, persons.keys())):
        change = advance(way.enrolment, way.progress)
        if change.enrolment != way.enrolment:
            traces = (persons.get(person) for person in (way.enrolment.learner, *way.counting))
            changed[next(filter(None, traces), None)].append((way, change))
    for trace, changes in changed.items():
        with span("work out enrolment", traceparent=trace):
            for way, change in changes:
                _tell(session, way, change)
    saved = [change for changes in changed.values() for _, change in changes]
    _steps.add(sum(len(change.steps) for change in saved))
    await enrolments.save(session, [change.enrolment for change in saved])
    return len(due) == limit


def _tell(session: AsyncSession, way: Way, change: Advance) -> None:
    facts_of = _of(way.enrolment, way.version)
    for step in change.steps:
        emit(session, events.PathwayStepCompleted(**facts_of, step=step))
    if change.completed:
        emit(session, events.PathwayCompleted(**facts_of, completed_at=change.enrolment.completed_at))
    if change.reopened:
        emit(session, events.PathwayReopened(**facts_of))


async def note_awards(session: AsyncSession, awards: Sequence[tuple[UUID, Badge, str | None]]) -> None:
    """Badges were awarded, each in a trace; those of before their recipient was forgotten are left out."""
    noted = await facts.note_awards(session, {award: badge for award, badge, _ in awards})
    traces = {badge.recipient: trace for _, badge, trace in awards}
    facts.touch(session, {recipient: traces[recipient] for recipient in noted})


async def note_withdrawal(session: AsyncSession, award: UUID, recipient: UUID) -> None:
    """A badge was withdrawn; it may be that its award has not been heard of yet."""
    await facts.note_withdrawal(session, award)
    facts.touch(session, {recipient: current_traceparent()})


async def note_address(
    session: AsyncSession, learner: UUID, recipient: UUID, at: datetime, *, held: bool
) -> None:
    """A learner proved an address or gave it up; news from before it was forgotten is not taken in."""
    forgotten = await facts.hold_recipient(session, recipient)
    if forgotten is None or at > forgotten:
        await facts.note_address(session, learner, Address(recipient, held, at))
        facts.touch(session, {learner: current_traceparent()})


async def forget(session: AsyncSession, recipient: UUID, at: datetime) -> None:
    """Delete what links anything to a recipient; their enrolments only count from now on."""
    await facts.hold_recipient(session, recipient, alone=True)
    await facts.forget(session, recipient, at)
    await journal.forget(session, recipient, at)


async def _check_achievements(session: AsyncSession, pathway: UUID, plan: Plan) -> None:
    known = await facts.achievements(session, {achievement for _, achievement in plan.achievements()})
    for field, achievement in plan.achievements():
        if achievement not in known:
            raise UnknownAchievement(achievement, field)
        if known[achievement].source_id == pathway:
            raise BadPlan("this badge is given for completing this very pathway; take another", field)


async def _locked(session: AsyncSession, pathway_id: UUID) -> Pathway:
    pathway = await pathways.pathway(session, pathway_id, lock=True)
    if pathway is None:
        raise UnknownPathway
    return pathway


async def _latest(session: AsyncSession, pathway: Pathway) -> Version | None:
    wanted = (pathway.id, pathway.version)
    return (await pathways.versions(session, [wanted])).get(wanted)


def _published(version: Version) -> events.PathwayPublished:
    plan = version.plan
    return events.PathwayPublished(
        pathway=version.pathway,
        version=version.version,
        organisation=version.organisation,
        name=plan.name,
        description=plan.description,
        language=plan.language,
        steps=tuple(events.StepNamed(**vars(step)) for step in plan.steps),
    )


def _of(enrolment: Enrolment, version: Version) -> dict[str, Any]:
    """What every event about an enrolment says."""
    return {
        "enrolment": enrolment.id,
        "pathway": enrolment.pathway,
        "version": enrolment.version,
        "organisation": version.organisation,
        "recipient": enrolment.recipient,
    }


def _way(
    enrolment: Enrolment,
    version: Version,
    counting: Collection[UUID],
    badges: Mapping[UUID, Sequence[Badge]],
) -> Way:
    earned = earned_by(counting, badges)
    return Way(enrolment, version, progress(version.plan, earned, enrolment.started_at), counting)
