"""The delivery log over HTTP, test events and replays."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request

from services.chassis.auth import SignedIn
from services.chassis.errors import responses
from services.chassis.routing import Session, Transactional

from ..domain.delivery import State
from ..domain.subscription import UnknownDelivery
from ..storage import deliveries as storage
from ..storage import replays as kept
from ..usecases import replays, trials
from .delivery_views import AttemptView, DeliveryPage, DeliveryView, WholeDelivery
from .subscription_views import Replays, ReplayView, ReplayWish, TestEvent
from .subscriptions import SubscriptionId, theirs

router = APIRouter(prefix="/subscriptions", tags=["subscriptions"], route_class=Transactional)
DeliveryId = Annotated[UUID, Path(description="the delivery's id")]
_MOST_REPLAYS = 50


@router.post("/{subscription}/test", status_code=202, responses=responses(401, 404, 422))
async def test(
    request: Request, subscription: SubscriptionId, body: TestEvent, actor: SignedIn, session: Session
) -> DeliveryView:
    """Send a test event of any public type, once. Its CloudEvents attribute `test` is true."""
    found, integration = await theirs(session, actor, subscription)
    now, city = datetime.now(UTC), request.app.state.settings.city
    return DeliveryView.of(await trials.send(session, found, integration, body.type, city, now, actor.name))


@router.get("/{subscription}/deliveries", responses=responses(401, 404))
async def listed(
    subscription: SubscriptionId,
    actor: SignedIn,
    session: Session,
    state: Annotated[State | None, Query(description="only those in this state")] = None,
    type_: Annotated[
        str | None, Query(alias="type", max_length=200, description="only of this whole type, col. and all")
    ] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="how many at most")] = 50,
) -> DeliveryPage:
    """The delivery log, newest first, each with its last attempt."""
    await theirs(session, actor, subscription)
    found = await storage.listed(session, subscription, state, type_, after, limit + 1)
    items = [DeliveryView.of(*each) for each in found[:limit]]
    return DeliveryPage(items=items, next=items[-1].id if len(found) > limit else None)


@router.get("/{subscription}/deliveries/{delivery}", responses=responses(401, 404))
async def one(
    subscription: SubscriptionId, delivery: DeliveryId, actor: SignedIn, session: Session
) -> WholeDelivery:
    """One delivery with every attempt that is still kept."""
    await theirs(session, actor, subscription)
    found = await storage.one(session, subscription, delivery)
    if found is None:
        raise UnknownDelivery
    tries = await storage.attempts(session, delivery)
    said = DeliveryView.of(found, tries[0] if tries else None).model_dump()
    return WholeDelivery(**said, tries=[AttemptView(**vars(each)) for each in tries])


@router.post(
    "/{subscription}/deliveries/{delivery}/replay", status_code=202, responses=responses(401, 404, 409)
)
async def again(
    subscription: SubscriptionId, delivery: DeliveryId, actor: SignedIn, session: Session
) -> DeliveryView:
    """Send one settled delivery again, with the whole schedule of retries and the same webhook-id."""
    found, _ = await theirs(session, actor, subscription)
    return DeliveryView.of(await replays.again(session, found, delivery, actor.name))


@router.post("/{subscription}/replay", status_code=202, responses=responses(401, 404, 409, 422))
async def replay(
    subscription: SubscriptionId, body: ReplayWish, actor: SignedIn, session: Session
) -> ReplayView:
    """Send again what failed, or all that matches since a time or after a position of the feed.

    Events from before the subscription was made are among them. Watch it under `replays`; pausing the
    subscription halts it.
    """
    found, _ = await theirs(session, actor, subscription)
    wanted = {"failed": body.failed, "since": body.since, "after": body.after}
    begun = await replays.begin(session, found, **wanted, at=datetime.now(UTC), by=actor.name)  # type: ignore[arg-type]  # as they are declared
    return ReplayView.of(begun)


@router.get("/{subscription}/replays", responses=responses(401, 404))
async def replaying(subscription: SubscriptionId, actor: SignedIn, session: Session) -> Replays:
    """The latest replays and how far each has got, newest first."""
    await theirs(session, actor, subscription)
    found = await kept.listed(session, subscription, _MOST_REPLAYS)
    return Replays(items=[ReplayView.of(each) for each in found])
