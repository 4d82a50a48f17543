"""Subscriptions over HTTP: for who manages the integration, and for its own client."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.auth import Actor, SignedIn
from services.chassis.errors import Problem, responses
from services.chassis.routing import Session, Transactional

from ..domain.integration import EVENTS_SCOPE, Integration, UnknownIntegration
from ..domain.subscription import Subscription, UnknownSubscription
from ..signing import public_key, shared_secret
from ..storage import deliveries, integrations
from ..storage import subscriptions as storage
from ..usecases import subscriptions as usecases
from ..webhooks import check
from .integration_views import Pause
from .integrations import managed, visible
from .subscription_views import (
    Rotation,
    SubscriptionChange,
    SubscriptionDraft,
    SubscriptionPage,
    SubscriptionView,
)

router = APIRouter(prefix="/subscriptions", tags=["subscriptions"], route_class=Transactional)
SubscriptionId = Annotated[UUID, Path(description="the subscription's id")]
_MOST_INTEGRATIONS = 1000


def unrepeatable(request: Request) -> None:
    """Refuse an Idempotency-Key where the answer may hold a secret, which must not be kept to be repeated."""
    if "idempotency-key" in request.headers:
        raise Problem(
            400, "not-repeatable", "the answer holds a secret and is not kept; send no Idempotency-Key"
        )


Unrepeatable = Depends(unrepeatable)


@router.post("", status_code=201, responses=responses(401, 404, 409, 422), dependencies=[Unrepeatable])
async def subscribe(
    request: Request, body: SubscriptionDraft, actor: SignedIn, session: Session
) -> SubscriptionView:
    """Have events posted to an address from now on. Keep the secret in the answer: it is shown only here."""
    integration = await managed(session, actor, body.integration, itself=reads(actor))
    settings = request.app.state.settings
    await check(body.url, settings.webhook_hosts)
    now, most = datetime.now(UTC), settings.subscriptions_per_integration
    return _fresh(request, await usecases.subscribe(session, integration, body.wish(), now, actor.name, most))


@router.get("", responses=responses(401, 403, 404))
async def listed(
    request: Request,
    session: Session,
    actor: SignedIn,
    integration: Annotated[UUID | None, Query(description="only those of this one")] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="how many at most")] = 50,
) -> SubscriptionPage:
    """Subscriptions, newest first: those of every integration that the caller sees to, or is."""
    found = await storage.listed(session, await _whose(session, actor, integration), after, limit + 1)
    items = [_view(request, each) for each in found[:limit]]
    return SubscriptionPage(items=items, next=items[-1].id if len(found) > limit else None)


@router.get("/{subscription}", responses=responses(401, 404))
async def one(
    request: Request, subscription: SubscriptionId, actor: SignedIn, session: Session
) -> SubscriptionView:
    """One subscription, and how many deliveries wait."""
    found, _ = await theirs(session, actor, subscription)
    return _view(request, found, waiting=await deliveries.waiting(session, subscription))


@router.put("/{subscription}", responses=responses(401, 404, 422), dependencies=[Unrepeatable])
async def change(
    request: Request,
    subscription: SubscriptionId,
    body: SubscriptionChange,
    actor: SignedIn,
    session: Session,
) -> SubscriptionView:
    """Change name, address, filter, order or kind of signature. What is due already stays due.

    Another kind of signature comes with a new secret at once, shown here.
    """
    before, _ = await theirs(session, actor, subscription)
    if body.url != before.url:
        await check(body.url, request.app.state.settings.webhook_hosts)
    changed = await usecases.change(session, subscription, body.wish(), actor.name)
    return (_fresh if changed.signature != before.signature else _view)(request, changed)


@router.delete("/{subscription}", status_code=204, responses=responses(401, 404))
async def remove(subscription: SubscriptionId, actor: SignedIn, session: Session) -> None:
    """End it, with all that is due to it. That cannot be undone."""
    await theirs(session, actor, subscription)
    await usecases.remove(session, subscription, actor.name)


@router.post("/{subscription}/pause", responses=responses(401, 404))
async def pause(
    request: Request, subscription: SubscriptionId, body: Pause, actor: SignedIn, session: Session
) -> SubscriptionView:
    """Send nothing until it is resumed. Events are kept for it, and replays wait."""
    await theirs(session, actor, subscription)
    return _view(request, await usecases.pause(session, subscription, actor.name, body.reason))


@router.post("/{subscription}/resume", responses=responses(401, 404))
async def resume(
    request: Request, subscription: SubscriptionId, actor: SignedIn, session: Session
) -> SubscriptionView:
    """Send what was kept, at once, and what comes; also after it was disabled."""
    await theirs(session, actor, subscription)
    return _view(request, await usecases.resume(session, subscription, actor.name))


@router.post("/{subscription}/rotate", responses=responses(401, 404), dependencies=[Unrepeatable])
async def rotate(
    request: Request, subscription: SubscriptionId, body: Rotation, actor: SignedIn, session: Session
) -> SubscriptionView:
    """Sign by a new secret, shown here once. For `keep_hours` the old one signs too, in the same header."""
    await theirs(session, actor, subscription)
    return _fresh(request, await usecases.rotate(session, subscription, body.keep_hours, actor.name))


async def theirs(session: AsyncSession, actor: Actor, subscription: UUID) -> tuple[Subscription, Integration]:
    """A subscription and its integration, if the actor sees to it; others are not told if there is one."""
    found = await usecases.find(session, subscription)
    try:
        return found, await managed(session, actor, found.integration, itself=reads(actor))
    except UnknownIntegration:
        raise UnknownSubscription from None


def reads(actor: Actor) -> bool:
    """Whether a machine's token lets it see to its own subscriptions."""
    return EVENTS_SCOPE in actor.scopes


async def _whose(session: AsyncSession, actor: Actor, integration: UUID | None) -> list[UUID] | None:
    if integration:
        return [(await managed(session, actor, integration, itself=reads(actor))).id]
    if actor.client and reads(actor):
        own = await integrations.of_client(session, actor.client)
        return [own.id] if own else []
    organisations = visible(actor, None)
    if organisations is None:
        return None
    return [one.id for one in await integrations.listed(session, organisations, None, _MOST_INTEGRATIONS)]


def _view(request: Request, told: Subscription, **more: int | str | None) -> SubscriptionView:
    secret = request.app.state.settings.webhook_key
    public = public_key(secret, told.id, told.secret_version) if told.signature == "ed25519" else None
    return SubscriptionView.of(told, public, **more)


def _fresh(request: Request, told: Subscription) -> SubscriptionView:
    secret = request.app.state.settings.webhook_key
    shared = shared_secret(secret, told.id, told.secret_version) if told.signature == "hmac" else None
    return _view(request, told, secret=shared)
