"""From a durable consumer on JetStream to `Delivery`: fetch a batch, settle it, acknowledge."""

import asyncio
import logging
from typing import Annotated, Any, TypeVar, cast

from faststream import AckPolicy, Context
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.message import NatsBatchMessage
from faststream.security import SASLPlaintext
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as FetchTimeout
from nats.js import JetStreamContext

from contracts import subjects

from .delivery import Delivery
from .settings import Settings
from .topology import ACK_WAIT, Durable, consumer_config

log = logging.getLogger(__name__)
S = TypeVar("S", bound=Settings)
PING = 5.0  # seconds; after two without an answer it connects anew: reading may end unnoticed in a reconnect
MANY = 64  # events in a batch; where so many come, the next batch is let grow: a transaction for 500 costs
GROW = 0.1  # little more than one for 100; seconds
PullSubscription = JetStreamContext.PullSubscription


def connection_options(settings: Settings) -> dict[str, Any]:
    """How every connection of a service reaches NATS: as itself, for ever trying again."""
    options: dict[str, Any] = {
        "max_reconnect_attempts": -1,  # the default gives up after two minutes, for good
        "reconnect_time_wait": 0.5,
        "ping_interval": PING,
        "inbox_prefix": f"_INBOX_{settings.service}",
        "name": settings.service,
    }
    if settings.nats_user and settings.nats_password:
        options |= {"user": settings.nats_user, "password": settings.nats_password.get_secret_value()}
    return options


def subscribe(delivery: Delivery[S]) -> NatsBroker:
    """A broker, not yet started, that feeds the service's durable consumer into `delivery`."""
    settings, broker = delivery.settings, _broker(delivery.settings)
    durable = Durable(delivery.consumer, tuple(delivery.handlers))

    @broker.subscriber(
        stream=JStream(subjects.stream(settings.city), declare=False),
        durable=durable.name,
        config=consumer_config(settings.city, durable, settings.batch_size),
        pull_sub=PullSub(batch_size=settings.batch_size, timeout=0.1, batch=True),
        decoder=_undecoded,
        inbox_prefix=f"_INBOX_{settings.service}.".encode(),
        ack_policy=AckPolicy.MANUAL,
    )
    async def on_batch(bodies: list[bytes], message: Annotated[NatsBatchMessage, Context("message")]) -> None:
        await _take_in(delivery, bodies, message.raw_message)

    return broker


def _broker(settings: Settings) -> NatsBroker:
    options = connection_options(settings) | {"ack_policy": AckPolicy.MANUAL, "logger": None}
    user, password = options.pop("user", None), options.pop("password", None)
    security = SASLPlaintext(user, password) if user else None  # the broker takes no plain `user`
    return NatsBroker(settings.nats_url, graceful_timeout=15, security=security, **options)


async def _undecoded(message: NatsBatchMessage) -> list[bytes]:
    """One message that is no JSON must not fail its batch."""
    return [m.data for m in message.raw_message]


async def start(broker: NatsBroker) -> None:
    """Start fetching. Nothing else may run between the two steps, so that the first fetch is careful too."""
    await broker.start()
    for subscriber in broker.subscribers:
        subscription = cast(PullSubscription, cast(Any, subscriber).subscription)
        read_quickly(subscription)
        _fetch_carefully(subscription)


def read_quickly(subscription: PullSubscription) -> None:
    """Take what is here already as it is; the client would make two tasks and a timer for each message."""
    inside: Any = subscription._sub
    wait, queue = inside.next_msg, inside._pending_queue

    async def next_msg(timeout: float | None = 1.0) -> Msg:  # noqa: ASYNC109 (the client's)
        if queue.empty():
            return cast(Msg, await wait(timeout))
        message: Msg = queue.get_nowait()
        inside._pending_size -= len(message.data)
        queue.task_done()
        return message

    inside.next_msg = next_msg
    cast(Any, subscription)._nc._parse_header_lines = _headers


def _headers(raw: bytes) -> dict[str, str]:
    """Headers as our relay and the server write them; the client's own reading takes four times as long."""
    lines = (line.partition(": ") for line in raw.decode().split("\r\n"))
    return {name: value for name, _, value in lines if name}


def _fetch_carefully(subscription: PullSubscription) -> None:
    """Let a fetch fail by time-out only.

    FastStream collects a batch by several fetches and drops what it has when a later one fails otherwise; the
    dropped events come again only after `ack_wait`. A fetch in the last instant of the batch's time does fail
    so: the client raises Python's own TimeoutError, which is not the one FastStream expects, or asks with an
    expiry below zero, which the server calls a bad request.
    """
    fetch = subscription.fetch

    async def careful(batch: int = 1, timeout: float | None = 5) -> list[Msg]:  # noqa: ASYNC109 (FastStream's)
        if timeout is not None and timeout < 0.005:  # seconds
            raise FetchTimeout
        try:
            return await fetch(batch=batch, timeout=timeout)
        except (NatsError, TimeoutError) as error:
            if not isinstance(error, TimeoutError):
                log.warning("fetching failed", exc_info=error)
                await asyncio.sleep(0.1)
            raise FetchTimeout from error

    cast(Any, subscription).fetch = careful


async def _take_in(delivery: Delivery[S], bodies: list[bytes], messages: list[Msg]) -> None:
    working = asyncio.create_task(_say_working(messages))
    try:
        await delivery.handle(bodies)
    except Exception as error:  # whatever it was, nothing may be acknowledged, and FastStream would be silent
        log.warning("%d events come again", len(messages), exc_info=error)
        await asyncio.gather(*(message.nak(delay=1) for message in messages))
        await asyncio.sleep(1)
    else:
        for message in messages:
            await message.ack()
        if MANY <= len(messages) < delivery.settings.batch_size:
            await asyncio.sleep(GROW)
    finally:
        working.cancel()


async def _say_working(messages: list[Msg]) -> None:
    """Keep a batch that takes long from being given to somebody else."""
    while True:
        await asyncio.sleep(ACK_WAIT / 3)
        for message in messages:
            await message.in_progress()
