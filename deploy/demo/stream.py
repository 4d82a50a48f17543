"""The demo city's whole stream, read from its first message to its last."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig

from contracts import subjects

from ..nats.permissions import OPERATOR

BATCH = 500


@dataclass(frozen=True)
class Message:
    """One message: its subject, and the bytes that everybody who may read it is given."""

    subject: str
    body: bytes

    @property
    def plane(self) -> str:
        """`pub` or `int`."""
        return self.subject.split(".")[2]

    @property
    def envelope(self) -> dict[str, Any]:
        """The event."""
        envelope: dict[str, Any] = orjson.loads(self.body)
        return envelope


async def messages(client: Client, city: str) -> AsyncIterator[Message]:
    """Every message that the stream has at this moment, in order. Needs the operator's connection."""
    js, stream = client.jetstream(), subjects.stream(city)
    left = (await js.stream_info(stream)).state.messages
    consumer = await js.pull_subscribe(
        subjects.stream_subjects(city),
        stream=stream,
        config=ConsumerConfig(ack_policy=AckPolicy.NONE, inactive_threshold=30),
        inbox_prefix=f"_INBOX_{OPERATOR}.".encode(),
    )
    while left > 0:
        for message in await consumer.fetch(min(BATCH, left), timeout=10):
            left -= 1
            yield Message(message.subject, message.data)
    await consumer.unsubscribe()


async def pending(client: Client, city: str) -> int:
    """How many events the services have not yet handled."""
    infos = await client.jetstream().consumers_info(subjects.stream(city))
    return sum((info.num_pending or 0) + (info.num_ack_pending or 0) for info in infos)
