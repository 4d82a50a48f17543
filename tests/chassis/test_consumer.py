"""Fetching: a batch that is being collected is never dropped, and grows where much comes."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as FetchTimeout
from nats.js.errors import BadRequestError, ServiceUnavailableError

from contracts import subjects
from deploy import streams
from deploy.onemachine.testbed import RunningNats
from services.chassis import consumer
from services.chassis.testing import CITY
from services.chassis.topology import Durable


class Subscription:
    """A pull subscription whose fetch fails as told."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    async def fetch(self, batch: int, timeout: float | None) -> list[str]:  # noqa: ASYNC109 (as the library)
        """Fail, or answer."""
        if self.error:
            raise self.error
        return ["event"] * batch


@pytest.mark.parametrize(
    "error", [TimeoutError(), FetchTimeout(), BadRequestError(), ServiceUnavailableError()]
)
async def test_whatever_a_fetch_fails_with_faststream_sees_the_time_out_it_expects(error: Exception) -> None:
    subscription = cast(Any, Subscription(error))
    consumer._fetch_carefully(subscription)
    with pytest.raises(FetchTimeout):
        await subscription.fetch(batch=2, timeout=0.1)


async def test_a_fetch_in_the_last_instant_is_not_even_made() -> None:
    subscription = cast(Any, Subscription(None))
    consumer._fetch_carefully(subscription)
    assert await subscription.fetch(batch=2, timeout=0.1) == ["event", "event"]
    with pytest.raises(FetchTimeout):
        await subscription.fetch(batch=2, timeout=0.0001)


class Message:
    """A message that notes that it was acknowledged."""

    acknowledged = False

    async def ack(self) -> None:
        """Note it."""
        self.acknowledged = True


@pytest.mark.parametrize(
    ("number", "waits"),
    [(1, False), (consumer.MANY - 1, False), (consumer.MANY, True), (499, True), (500, False)],
)
async def test_the_batch_after_a_large_one_is_let_grow_and_nothing_acknowledged_late_for_it(
    number: int, waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handle(_bodies: list[bytes]) -> None:
        pass

    monkeypatch.setattr(consumer, "GROW", 3600)
    delivery = SimpleNamespace(handle=handle, settings=SimpleNamespace(batch_size=500))
    messages = [Message() for _ in range(number)]
    taking = asyncio.create_task(consumer._take_in(cast(Any, delivery), [b""] * number, cast(Any, messages)))
    _, pending = await asyncio.wait({taking}, timeout=0.5)
    assert bool(pending) == waits
    assert all(message.acknowledged for message in messages)
    taking.cancel()


def test_headers_are_read_as_the_client_reads_them() -> None:
    lines = b"Nats-Msg-Id: 0199\r\nContent-Type: application/cloudevents+json\r\nEmpty: \r\n\r\n"
    assert consumer._headers(lines) == Client._parse_header_lines(lines)


async def test_what_is_here_is_taken_at_once_and_in_order(nats_server: RunningNats) -> None:
    client = await nats.connect(nats_server.url)
    js, kind = client.jetstream(), Durable("reader", ())
    await streams.declare(js, CITY, [kind])
    subscription = await js.pull_subscribe_bind(kind.name, subjects.stream(CITY))
    consumer.read_quickly(subscription)
    for number in range(300):
        await js.publish(f"evt.{CITY}.pub._.x.y.z.v1", b"%d" % number)
    found: list[Msg] = []
    while len(found) < 300:
        found += await subscription.fetch(500, timeout=1)
    assert [int(message.data) for message in found] == list(range(300))
    assert subscription.pending_msgs == 0
    assert subscription.pending_bytes == 0
    with pytest.raises(FetchTimeout):
        await subscription.fetch(500, timeout=0.1)
    await client.close()
