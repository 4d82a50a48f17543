"""The feed of public events over HTTP: page by page, or as they come."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from services.chassis.auth import Actor, SignedIn
from services.chassis.database import Database
from services.chassis.errors import Problem, responses

from ..domain.filter import Filter, check_type_pattern
from ..listeners import Listeners
from ..settings import Settings
from ..usecases import reading
from ..usecases.reading import Hearer, Page
from .event_stream import MEDIA_TYPE, EventStream, Source

_MOST = 2**63 - 1
Position = Annotated[int, Field(ge=0, le=_MOST)]
_DESCRIBED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "a page, or with `Accept: text/event-stream` events as they come",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}


class Ask(BaseModel):
    """What is asked of the feed."""

    model_config = ConfigDict(extra="forbid")

    after: Position = Field(default=0, description="`next` of the page before, or 0 from the beginning")
    types: str = Field(
        default="",
        max_length=2000,
        description="only these types, separated by commas; `*` stands for one name, at the end for all that "
        "follow: `badges.badge.awarded,pathways.*`",
    )
    organisation: list[UUID] = Field(
        default=[], max_length=20, description="only events of these organisations"
    )
    achievement: list[UUID] = Field(default=[], max_length=20, description="only about these achievements")
    pathway: list[UUID] = Field(default=[], max_length=20, description="only about these pathways")
    skill: list[Annotated[str, Field(max_length=500)]] = Field(
        default=[], max_length=20, description="only about one of these skills, by concept URI"
    )
    limit: int = Field(default=100, ge=1, le=1000, description="how many events at most; for pages alone")

    def filter(self) -> Filter:
        """What is wanted. Raises UnknownTypePattern."""
        types = [check_type_pattern(one.strip(), "query.types") for one in self.types.split(",") if one]
        return Filter(
            tuple(types),
            tuple(self.organisation),
            tuple(self.achievement),
            tuple(self.pathway),
            tuple(self.skill),
        )


class FeedEvent(BaseModel):
    """One event and its place in the feed."""

    position: int = Field(description="gapless over all events of the city; it never changes")
    event: dict[str, Any] = Field(description="the CloudEvent, byte for byte as it travelled on NATS")


class FeedPage(BaseModel):
    """Events in the order of the city's stream."""

    events: list[FeedEvent]
    first: int = Field(description="the first position that the city keeps; earlier ones have been dropped")
    next: int = Field(description="give it as `after` to go on, also where the page is empty")
    last: int = Field(description="where the feed ends now; at `next` = `last` there is nothing more")


def routes(listeners: Listeners) -> APIRouter:
    """The route of the feed. It holds no transaction while it answers, so it is not Transactional."""
    router = APIRouter(tags=["events"], route_class=APIRoute)

    @router.get("/events", response_model=FeedPage, responses=_DESCRIBED | responses(401, 403, 429))
    async def events(
        request: Request,
        ask: Annotated[Ask, Query()],
        actor: SignedIn,
        last_event_id: Annotated[
            Position | None,
            Header(description="for streams, instead of `after`: the last `id` received"),
        ] = None,
    ) -> Response:
        """Every public event of the city, in order, from the first day the city keeps.

        For operators (the whole city) and for the clients of active integrations with the scope events:read
        (what their integration sees). With `Accept: text/event-stream` the answer stays open and events are
        sent as they come.
        """
        streamed = MEDIA_TYPE in request.headers.get("accept", "")
        after = last_event_id if streamed and last_event_id is not None else ask.after
        database: Database = request.app.state.database
        async with database.transaction() as session:
            hearer = await _hearer(session, actor, ask.filter())
            page = await reading.page(session, hearer, after, 1 if streamed else ask.limit)
        return _stream(request, listeners, hearer, actor, after, page.first) if streamed else _page(page)

    return router


async def _hearer(session: AsyncSession, actor: Actor, wanted: Filter) -> Hearer:
    if actor.operator:
        return Hearer(None, None, None, wanted)
    if actor.client is None:
        raise Problem(403, "not-yours", "this is for operators and integrations: register an integration")
    return await reading.integration(session, actor.client, actor.scopes, wanted)


def _page(page: Page) -> Response:
    """The page with each event's own bytes in it."""
    events = b",".join(b'{"position":%d,"event":%b}' % (each.position, each.body) for each in page.items)
    ends = b'"first":%d,"next":%d,"last":%d' % (page.first, page.next, page.last)
    headers = {"Cache-Control": "no-store"}
    return Response(b'{"events":[%b],%b}' % (events, ends), headers=headers, media_type="application/json")


def _stream(
    request: Request, listeners: Listeners, hearer: Hearer, actor: Actor, after: int, first: int
) -> EventStream:
    settings: Settings = request.app.state.settings
    holder = str(hearer.integration or actor.name)
    listeners.check(holder)
    database: Database = request.app.state.database
    source = Source(database, listeners, hearer, after, settings.stream_heartbeat_seconds, first)
    return EventStream(source, holder, actor.expires)
