"""Integrations over HTTP: an owner sees to those of the organisation, an operator to all."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.auth import Actor, SignedIn
from services.chassis.errors import Problem, responses
from services.chassis.routing import Session, Transactional

from ..domain.integration import Integration, NotForOrganisations, UnknownIntegration
from ..storage import integrations as storage
from ..usecases import integrations as usecases
from .integration_views import Change, Draft, EntryView, IntegrationPage, IntegrationView, LogPage, Pause

router = APIRouter(prefix="/integrations", tags=["integrations"], route_class=Transactional)
IntegrationId = Annotated[UUID, Path(description="the integration's id")]


@router.post("", status_code=201, responses=responses(401, 403, 409, 422))
async def register(request: Request, body: Draft, actor: SignedIn, session: Session) -> IntegrationView:
    """Register an integration that sees one organisation (its owners), or the whole city (operators)."""
    _allow(actor, body.organisation)
    if not actor.operator and not request.app.state.settings.organisations_integrate:
        raise NotForOrganisations
    said = (body.name, body.contact, body.language, body.organisation, body.client)
    told = usecases.new(*said, datetime.now(UTC), actor.name)
    return IntegrationView.of(await usecases.register(session, told))


@router.get("", responses=responses(401, 403))
async def listed(
    session: Session,
    actor: SignedIn,
    organisation: Annotated[UUID | None, Query(description="only those that see this one")] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="how many at most")] = 50,
) -> IntegrationPage:
    """Integrations, newest first. Owners see those of their organisations."""
    found = await storage.listed(session, visible(actor, organisation), after, limit + 1)
    items = [IntegrationView.of(each) for each in found[:limit]]
    return IntegrationPage(items=items, next=items[-1].id if len(found) > limit else None)


@router.get("/{integration}", responses=responses(401, 404))
async def one(integration: IntegrationId, actor: SignedIn, session: Session) -> IntegrationView:
    """One integration. For its owners, operators, and its own client."""
    return IntegrationView.of(await managed(session, actor, integration, itself=True))


@router.put("/{integration}", responses=responses(401, 404, 409, 422))
async def change(
    integration: IntegrationId, body: Change, actor: SignedIn, session: Session
) -> IntegrationView:
    """Change name, contact, language or client. What it may see cannot be changed: register another one."""
    await managed(session, actor, integration)
    said = (body.name, body.contact, body.language, body.client)
    return IntegrationView.of(await usecases.change(session, integration, *said, actor.name))


@router.post("/{integration}/pause", responses=responses(401, 404))
async def pause(
    integration: IntegrationId, body: Pause, actor: SignedIn, session: Session
) -> IntegrationView:
    """Let it hear nothing until it is resumed. Events are kept for it; open connections are cut."""
    await managed(session, actor, integration)
    return IntegrationView.of(await usecases.pause(session, integration, actor.name, body.reason))


@router.post("/{integration}/resume", responses=responses(401, 404, 422))
async def resume(integration: IntegrationId, actor: SignedIn, session: Session) -> IntegrationView:
    """Let it hear again, from where it was."""
    await managed(session, actor, integration)
    return IntegrationView.of(await usecases.resume(session, integration, actor.name))


@router.delete("/{integration}", status_code=204, responses=responses(401, 404))
async def remove(integration: IntegrationId, actor: SignedIn, session: Session) -> None:
    """End it, with its subscriptions and its way into NATS. That cannot be undone."""
    await managed(session, actor, integration)
    await usecases.remove(session, integration, actor.name)


@router.get("/{integration}/log", responses=responses(401, 404))
async def log(
    integration: IntegrationId,
    actor: SignedIn,
    session: Session,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="how many at most")] = 50,
) -> LogPage:
    """What was done to it, its subscriptions and its readers, by whom; newest first."""
    await managed(session, actor, integration)
    found = await storage.entries(session, integration, before, limit + 1)
    items = [EntryView.model_validate(each, from_attributes=True) for each in found[:limit]]
    return LogPage(items=items, next=items[-1].id if len(found) > limit else None)


async def managed(
    session: AsyncSession, actor: Actor, integration: UUID, *, itself: bool = False
) -> Integration:
    """The integration, if the actor sees to it; others are not told whether there is one.

    That is an operator, an owner of the organisation it sees, and with `itself` its own client.
    """
    found = await usecases.find(session, integration)
    owner = found.organisation is not None and actor.has_role(found.organisation, "owner")
    own = itself and actor.client == found.client
    if not (actor.operator or owner or own):
        raise UnknownIntegration
    return found


def _allow(actor: Actor, organisation: UUID | None) -> None:
    if organisation is None:
        actor.require_operator()
    else:
        actor.require_role(organisation, "owner")


def visible(actor: Actor, organisation: UUID | None) -> list[UUID] | None:
    """Whose integrations the actor may see; None for all."""
    if organisation:
        actor.require_role(organisation, "owner")
        return [organisation]
    if actor.operator:
        return None
    own = [id_ for id_ in actor.roles if actor.has_role(id_, "owner")]
    if not own:
        raise Problem(403, "not-yours", "this needs the role owner in an organisation")
    return own
