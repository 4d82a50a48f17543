"""From a durable consumer on JetStream to `Delivery`: fetch a batch, settle it, acknowledge."""

import asyncio
import logging
from typing import Annotated, Any, TypeVar

from faststream import AckPolicy, Context
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.message import NatsBatchMessage
from nats.aio.msg import Msg

from contracts import subjects

from .delivery import Delivery, Outage
from .settings import Settings
from .topology import Durable, consumer_config

log = logging.getLogger(__name__)
S = TypeVar("S", bound=Settings)


def connection_options(settings: Settings) -> dict[str, Any]:
    """How every connection of a service reaches NATS: as itself, for ever trying again."""
    options: dict[str, Any] = {
        "max_reconnect_attempts": -1,  # the default gives up after two minutes, for good
        "reconnect_time_wait": 0.5,
        "inbox_prefix": f"_INBOX_{settings.service}",
        "name": settings.service,
    }
    if settings.nats_user and settings.nats_password:
        options |= {"user": settings.nats_user, "password": settings.nats_password.get_secret_value()}
    return options


def subscribe(delivery: Delivery[S]) -> NatsBroker:
    """A broker, not yet started, that feeds the service's durable consumer into `delivery`."""
    settings = delivery.settings
    broker = NatsBroker(
        settings.nats_url,
        ack_policy=AckPolicy.MANUAL,
        logger=None,
        graceful_timeout=15,
        **connection_options(settings),
    )

    durable = Durable(delivery.consumer, tuple(delivery.handlers))

    async def raw(message: NatsBatchMessage) -> list[bytes]:
        """Undecoded: one message that is no JSON must not fail its batch."""
        return [m.data for m in message.raw_message]

    @broker.subscriber(
        stream=JStream(subjects.stream(settings.city), declare=False),
        durable=delivery.consumer,
        config=consumer_config(settings.city, durable, settings.batch_size),
        pull_sub=PullSub(batch_size=settings.batch_size, timeout=0.1, batch=True),
        decoder=raw,
        inbox_prefix=f"_INBOX_{settings.service}.".encode(),
        ack_policy=AckPolicy.MANUAL,
    )
    async def on_batch(bodies: list[bytes], message: Annotated[NatsBatchMessage, Context("message")]) -> None:
        await _take_in(delivery, bodies, message.raw_message)

    return broker


async def _take_in(delivery: Delivery[S], bodies: list[bytes], messages: list[Msg]) -> None:
    try:
        await delivery.handle(bodies)
    except Outage as outage:
        log.warning("the database does not answer; %d events come again", len(messages), exc_info=outage)
        await asyncio.gather(*(message.nak(delay=1) for message in messages))
        await asyncio.sleep(1)
        return
    for message in messages:
        await message.ack()
