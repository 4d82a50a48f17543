"""The application factory: everything a service is made of, put together in one place."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic

import orjson
from fastapi import APIRouter, FastAPI
from nats.aio.client import Client
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from starlette.responses import Response

from . import consumer, errors, health, measuring, relay, telemetry, work
from .auth import Verifier
from .database import Database, Measure
from .delivery import Delivery, Handlers, S
from .guard import Guard
from .journal import redact_before
from .settings import Settings
from .topology import Durable, check, own

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
AGAIN = 16.0  # seconds, longer than a consumer takes to finish what it has in hand
_FORGET_KEYS = text("DELETE FROM idempotency WHERE created_at < now() - interval '7 days'")


@dataclass
class Service(Generic[S]):
    """One service, as its `app.py` describes it."""

    settings: S
    title: str
    routers: Sequence[APIRouter]
    handlers: Handlers[S]
    statuses: errors.Statuses = field(default_factory=dict)
    loops: Callable[[Database, S], Sequence[work.Loop]] = lambda _database, _settings: ()
    more: Sequence[Durable] = ()  # consumers that its own loops read
    urgent: Handlers[S] = field(default_factory=dict)  # of events that must not stand behind others
    checks: Sequence[Callable[[Database, S], Awaitable[health.Check]]] = ()  # beside the chassis' own
    measures: Sequence[Measure] = ()  # the same

    @property
    def durables(self) -> list[Durable]:
        """The consumers that bring this service its events."""
        return [*own(self.settings.service, self.handlers, self.urgent), *self.more]

    def deliveries(self, database: Database) -> list[Delivery[S]]:
        """How the events of each are treated, those of `more` left out."""
        settings, refusals = self.settings, tuple(self.statuses)
        handlers = {**self.handlers, **self.urgent}
        return [
            Delivery(each.name, {one: handlers[one] for one in each.events}, refusals, database, settings)
            for each in own(settings.service, self.handlers, self.urgent)
        ]


def create_app(service: Service[S]) -> FastAPI:
    """The service's application. Nothing connects before it starts."""
    settings = service.settings
    database = Database(settings.database_url, settings.city, settings.database_pool)
    app = FastAPI(
        title=service.title,
        version="0.1.0",
        lifespan=_lifespan(service, database),
        openapi_url=f"/{settings.service}/openapi.json",
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # it tells addresses; see guard.py
    )
    app.state.database, app.state.settings = database, settings
    app.state.verifier = Verifier(settings)
    app.add_middleware(Guard, max_body=settings.max_body)
    errors.install(app, service.statuses)
    for router in (_own_routes(service, app, database), *service.routers):
        app.include_router(router)
    return app


def process(service: Service[S]) -> FastAPI:
    """The application for a process of its own: what has been loaded is no longer searched for garbage."""
    app = create_app(service)
    gc.collect()
    gc.freeze()  # a search took up to half a second, during which nobody was answered
    gc.set_threshold(50_000, 20, 20)  # a batch of events is many small things that end with it
    return app


def _lifespan(service: Service[S], database: Database) -> Lifespan:
    settings, deliveries = service.settings, service.deliveries(database)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        telemetry.set_up(settings)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(database.close)
            client = app.state.nats = await stack.enter_async_context(_connection(settings))
            loops = (*_own_loops(service, database, client), *service.loops(database, settings))
            jobs = [work.run(loop, database) for loop in loops]
            jobs.append(work.forever("relay", lambda: relay.run(database, client)))
            for delivery in deliveries:
                jobs.append(_consume(delivery, client))
                jobs.append(work.run(work.Loop("waiting", delivery.handle_waiting, idle=0.5), database))
            tasks = [asyncio.create_task(job) for job in jobs]
            stack.push_async_callback(_cancel, tasks)
            yield

    return lifespan


@asynccontextmanager
async def _connection(settings: Settings) -> AsyncIterator[Client]:
    """A client that keeps trying to connect, in the background, and may not be connected yet."""
    client = Client()
    trying = asyncio.create_task(work.forever("nats", lambda: _connect(client, settings)))
    try:
        yield client
    finally:
        await _cancel([trying])
        await client.close()


async def _connect(client: Client, settings: Settings) -> None:
    if not client.is_connected and not client.is_reconnecting:
        await client.connect(settings.nats_url, **consumer.connection_options(settings))
        _mend_inbox(client)
    await asyncio.sleep(1)


def _mend_inbox(client: Client) -> None:
    """Forget an inbox that a request noted while there was no connection: it is not subscribed, or under
    another name, and the client would never hear an answer again."""
    inbox = bytes(client._resp_sub_prefix or b"")
    heard = {sub.subject.encode() for sub in client._subs.values()}
    if inbox + b"*" not in heard or not inbox.startswith(bytes(client._inbox_prefix) + b"."):
        client._resp_sub_prefix = None


async def _consume(delivery: Delivery[S], client: Client) -> None:
    """Feed events into `delivery` once the durable is there, until cancelled; finish the batch in hand."""
    durable = Durable(delivery.consumer, tuple(delivery.handlers))
    broker = consumer.subscribe(delivery)

    async def run() -> None:
        await check(client.jetstream(), delivery.settings.city, durable)
        await consumer.start(broker)
        await asyncio.Event().wait()

    try:
        await work.forever("consumer", run)
    finally:
        await broker.stop()


async def _cancel(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel until all have ended: in the client of NATS an answer may swallow what came with it."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN)
    await asyncio.gather(*tasks, return_exceptions=True)


def _own_loops(service: Service[S], database: Database, client: Client) -> list[work.Loop]:
    settings = service.settings

    async def tidy() -> bool:
        async with database.transaction() as session:
            await redact_before(session, datetime.now(UTC) - timedelta(days=settings.keep_personal_days))
            await session.execute(_FORGET_KEYS)
        return False

    async def measure() -> bool:
        await _consumer_checks(service, database, client)
        await measuring.take(database, settings.service, service.measures)
        return False

    return [work.Loop("tidy", tidy, idle=3600), work.Loop("measure", measure, idle=10)]


async def _consumer_checks(
    service: Service[S], database: Database, client: Client | None
) -> list[health.Check]:
    """How each of the service's consumers is. On the way it is written down how far they have come."""
    if client is None:
        return []
    city = service.settings.city
    return [await health.consumer_check(database, client, city, each) for each in service.durables]


def _own_routes(service: Service[S], app: FastAPI, database: Database) -> APIRouter:
    """Health and metrics, the same in every service."""
    settings = service.settings
    router = APIRouter(prefix=f"/{settings.service}", tags=["health"])

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        """Whether the process answers at all."""
        return {"status": "live"}

    @router.get("/health/ready", responses={503: {"description": "not ready; says what is wrong"}})
    async def ready() -> Response:
        """Whether the service can do its work; what is wrong and the remedy where it cannot."""
        checks = [await health.database_check(database)]
        if checks[0].ok:
            checks += await _consumer_checks(service, database, app.state.nats)
            checks += [await look(database, settings) for look in service.checks]
        ok = all(check.ok for check in checks)
        body = {"status": "ready" if ok else "not ready", "checks": [asdict(check) for check in checks]}
        return Response(orjson.dumps(body), 200 if ok else 503, media_type="application/json")

    @router.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        """Metrics in Prometheus' text format; what waits, as it is now."""
        await _consumer_checks(service, database, getattr(app.state, "nats", None))
        await measuring.take(database, settings.service, service.measures)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
