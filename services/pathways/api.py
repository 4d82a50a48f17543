"""Pathways over HTTP."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.auth import Actor, Caller, SignedIn
from services.chassis.errors import Problem, Statuses, responses
from services.chassis.routing import Session, Transactional

from . import usecases
from .storage import enrolments, facts, pathways
from .storage.pathways import Pathway, Version
from .usecases import Plan, Way
from .views import (
    NewPathway,
    PathwayPage,
    PathwayView,
    PlanInput,
    ProgressList,
    ProgressView,
    Started,
    StartInput,
)

router = APIRouter(prefix="/pathways", tags=["pathways"], route_class=Transactional)
STATUSES: Statuses = {
    usecases.UnknownPathway: 404,
    usecases.NotStarted: 404,
    usecases.UnknownOrganisation: 422,
    usecases.UnknownAchievement: 422,
    usecases.BadPlan: 422,
    usecases.NotVerified: 403,
    usecases.AlreadyCompleted: 409,
}
PathwayId = Annotated[UUID, Path(description="the pathway's id")]
Limit = Annotated[int, Query(ge=1, le=100, description="how many at most")]
After = Annotated[UUID | None, Query(description="`next` of the page before")]


@router.post("", summary="Draft a pathway", status_code=201, responses=responses(401, 403))
async def draft(session: Session, actor: SignedIn, body: NewPathway) -> PathwayView:
    """Draft a pathway for an organisation. Nobody else sees it until it is published.

    Needs the role editor there. Every achievement must have been published.
    """
    actor.require_role(body.organisation, "editor")
    pathway = await usecases.draft_pathway(session, body.organisation, body.plan(), actor.name)
    return await _one(session, pathway)


@router.get("", summary="List pathways", responses=responses(401, 403))
async def listed(
    session: Session,
    actor: Caller,
    organisation: Annotated[UUID | None, Query(description="only this organisation's")] = None,
    drafts: Annotated[bool, Query(description="as they are being drafted; needs the role editor")] = False,
    after: After = None,
    limit: Limit = 20,
) -> PathwayPage:
    """Published pathways, newest first; an organisation's drafts for its editors."""
    found: Sequence[Pathway | Version]
    if drafts:
        found = await pathways.drafts(session, _whose_drafts(actor, organisation), after, limit + 1)
    else:
        found = await pathways.published(session, organisation, after, limit + 1)
    items = await _views(session, found[:limit])
    return PathwayPage(items=items, next=items[-1].id if len(found) > limit else None)


@router.get("/mine", summary="List what I follow", responses=responses(401, 403))
async def mine(session: Session, actor: SignedIn) -> ProgressList:
    """Every pathway the caller has started and not stopped, newest first, at most 100."""
    followed = await enrolments.of_learner(session, actor.require_learner(), limit=100)
    return ProgressList(items=await _progress(session, await usecases.ways(session, followed)))


@router.get("/{pathway_id}", summary="Show a pathway", responses=responses(404))
async def published(
    session: Session,
    pathway_id: PathwayId,
    version: Annotated[
        int | None, Query(ge=1, le=1_000_000, description="an earlier version; the latest if left out")
    ] = None,
) -> PathwayView:
    """A published pathway with its steps."""
    return await _one(session, await usecases.published(session, pathway_id, version))


@router.get("/{pathway_id}/draft", summary="Show a draft", responses=responses(401, 403, 404))
async def drafted(session: Session, actor: SignedIn, pathway_id: PathwayId) -> PathwayView:
    """A pathway as it is being drafted. Needs the role editor in its organisation."""
    return await _one(session, await _to_edit(session, actor, pathway_id))


@router.put("/{pathway_id}", summary="Change a draft", responses=responses(401, 403, 404))
async def change(session: Session, actor: SignedIn, pathway_id: PathwayId, body: PlanInput) -> PathwayView:
    """Change the draft; what is published stays as it is until the next `publish`.

    Needs the role editor in its organisation.
    """
    await _to_edit(session, actor, pathway_id)
    return await _one(session, await usecases.change_draft(session, pathway_id, body.plan(), actor.name))


@router.post("/{pathway_id}/publish", summary="Publish a draft", responses=responses(401, 403, 404))
async def publish(session: Session, request: Request, actor: SignedIn, pathway_id: PathwayId) -> PathwayView:
    """Publish the draft as a new version. Whoever started before keeps their version.

    Publishing a draft that is published already changes nothing. Needs the role editor, and an organisation
    that the city has verified.
    """
    await _to_edit(session, actor, pathway_id)
    version = await usecases.publish(
        session,
        pathway_id,
        actor.name,
        datetime.now(UTC),
        require_verification=request.app.state.settings.require_verification,
    )
    return await _one(session, version)


@router.post(
    "/{pathway_id}/start", summary="Start a pathway", status_code=201, responses=responses(401, 403, 404, 409)
)
async def start(
    session: Session,
    actor: SignedIn,
    pathway_id: PathwayId,
    response: Response,
    body: Annotated[StartInput, Body()] = StartInput(),
) -> Started:
    """Start a pathway. Badges earned before count. Starting again changes nothing and answers 200.

    For a signed-in learner, in the latest version; the badge goes to one of their proven addresses.
    """
    learner, recipient = actor.require_learner(), _recipient(actor, body.recipient)
    enrolment, new = await usecases.start(session, pathway_id, learner, recipient, datetime.now(UTC))
    response.status_code = 201 if new else 200
    (view,) = await _progress(session, await usecases.ways(session, [enrolment]))
    return Started(**view.model_dump(), already=not new)


@router.get("/{pathway_id}/progress", summary="Show my progress", responses=responses(401, 403, 404))
async def progress(session: Session, actor: SignedIn, pathway_id: PathwayId) -> ProgressView:
    """How far the caller is on a pathway they have started."""
    enrolment = await usecases.following(session, pathway_id, actor.require_learner())
    (view,) = await _progress(session, await usecases.ways(session, [enrolment]))
    return view


@router.post(
    "/{pathway_id}/stop", summary="Stop a pathway", status_code=204, responses=responses(401, 403, 404, 409)
)
async def stop(session: Session, actor: SignedIn, pathway_id: PathwayId) -> None:
    """Stop following a pathway. Badges stay; starting again begins a new enrolment in the latest version."""
    await usecases.stop(session, pathway_id, actor.require_learner(), datetime.now(UTC))


def _recipient(actor: Actor, wanted: UUID | None) -> UUID:
    if not actor.recipients:
        raise Problem(409, "no-address", "the badge goes to an address of yours; prove one, then start")
    if wanted is not None and wanted not in actor.recipients:
        raise Problem(
            403, "not-your-address", "take one of the recipients in your access token", "body.recipient"
        )
    return wanted or actor.recipients[0]


def _whose_drafts(actor: Actor | None, organisation: UUID | None) -> UUID:
    if actor is None:
        raise Problem(401, "sign-in", "send an access token: Authorization: Bearer <token>")
    if organisation is None:
        raise Problem(422, "invalid-input", "say whose drafts", "query.organisation")
    actor.require_role(organisation, "editor")
    return organisation


async def _to_edit(session: AsyncSession, actor: Actor, pathway_id: UUID) -> Pathway:
    """The pathway, for whoever may edit it; others are not told whether there is a draft."""
    pathway = await pathways.pathway(session, pathway_id)
    if pathway is None:
        raise usecases.UnknownPathway
    if pathway.version == 0 and not actor.operator and not actor.has_role(pathway.organisation, "editor"):
        raise usecases.UnknownPathway
    actor.require_role(pathway.organisation, "editor")
    return pathway


async def _one(session: AsyncSession, shown: Version | Pathway) -> PathwayView:
    (view,) = await _views(session, [shown])
    return view


async def _views(session: AsyncSession, shown: Sequence[Version | Pathway]) -> list[PathwayView]:
    plans = [one.plan if isinstance(one, Version) else one.draft for one in shown]
    known = await facts.achievements(session, _asked(plans))
    organisations = await facts.organisations(session, {one.organisation for one in shown})
    return [PathwayView.of(one, organisations, known) for one in shown]


async def _progress(session: AsyncSession, followed: Sequence[Way]) -> list[ProgressView]:
    known = await facts.achievements(session, _asked(way.version.plan for way in followed))
    return [ProgressView.of(way, known) for way in followed]


def _asked(plans: Iterable[Plan]) -> set[UUID]:
    return {achievement for plan in plans for _, achievement in plan.achievements()}
