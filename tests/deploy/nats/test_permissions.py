"""What each NATS user may and may not do, asked of a real server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import chain

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error

from contracts import subjects
from deploy.nats import permissions
from deploy.onemachine import testbed
from deploy.onemachine.nats import RunningNats
from deploy.services import SERVICES
from deploy.topology import durables

CITY = "helsinki"
STREAM = "EVT_HELSINKI"
PASSWORDS = {name: f"secret-{name}" for name in ("operator", "catalogue", "badges", "notify")}
DURABLES = {
    "badges": ["badges", "badges-import"],
    "notify": ["notify", "notify-urgent", "notify-feed"],
    "catalogue": ["catalogue"],
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNats]:
    config = permissions.render(CITY, PASSWORDS, DURABLES)
    server = testbed.start_nats(tmp_path_factory.mktemp("nats"), permissions=config)
    yield server
    server.kill()


@asynccontextmanager
async def connected(running: RunningNats, name: str) -> AsyncIterator[tuple[Client, list[str]]]:
    """A client of that user and the list in which its permission errors gather."""
    errors: list[str] = []

    async def note(error: Exception) -> None:
        errors.append(str(error))

    client = await nats.connect(
        running.url,
        user=name,
        password=PASSWORDS[name],
        inbox_prefix=f"_INBOX_{name}",
        error_cb=note,
        allow_reconnect=False,
    )
    try:
        yield client, errors
    finally:
        await client.close()


@pytest.fixture(scope="module")
async def topology(running: RunningNats) -> None:
    async with connected(running, "operator") as (client, _):
        js = client.jetstream()
        await js.add_stream(
            name=STREAM, subjects=[subjects.stream_subjects(CITY)], allow_atomic=True, allow_msg_ttl=True
        )
        for durable in chain.from_iterable(DURABLES.values()):
            await js.add_consumer(STREAM, durable_name=durable, ack_policy="explicit")


async def refusals(client: Client, errors: list[str]) -> list[str]:
    """The permission errors so far, in lower case as nats-py has them.

    Something that is surely refused is sent last, and its error waited for.
    """
    await client.publish("surely.refused", b"")
    async with asyncio.timeout(5):
        while not any("surely.refused" in error for error in errors):
            await client.flush()
    return [error for error in errors if "surely.refused" not in error]


PUBLISH = [
    ("badges", "evt.helsinki.int._.badges.badge.awarded.v1", True),
    ("badges", "evt.helsinki.pub.0198a-org.badges.badge.awarded.v1", True),
    ("badges", f"$JS.API.STREAM.INFO.{STREAM}", True),
    ("badges", f"$JS.API.CONSUMER.INFO.{STREAM}.badges", True),
    ("badges", f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.badges-import", True),
    ("badges", f"$JS.ACK.{STREAM}.badges.1.1.1.1.0", True),
    ("badges", "evt.helsinki.pub._.catalogue.activity.published.v1", False),
    ("badges", "evt.espoo.pub._.badges.badge.awarded.v1", False),
    ("badges", "evt.helsinki.pub.badges.badge.awarded.v1", False),
    ("badges", f"$JS.API.CONSUMER.INFO.{STREAM}.notify", False),
    ("badges", f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.notify", False),
    ("badges", f"$JS.ACK.{STREAM}.notify.1.1.1.1.0", False),
    ("badges", f"$JS.API.CONSUMER.CREATE.{STREAM}.badges", False),
    ("badges", f"$JS.API.CONSUMER.DURABLE.CREATE.{STREAM}.badges", False),
    ("badges", f"$JS.API.CONSUMER.DELETE.{STREAM}.badges", False),
    ("badges", f"$JS.API.STREAM.MSG.GET.{STREAM}", False),
    ("badges", f"$JS.API.DIRECT.GET.{STREAM}", False),
    ("badges", f"$JS.API.STREAM.DELETE.{STREAM}", False),
    ("badges", f"$JS.API.STREAM.PURGE.{STREAM}", False),
    ("badges", f"$JS.API.STREAM.UPDATE.{STREAM}", False),
    ("badges", "$JS.API.STREAM.CREATE.OTHER", False),
    ("badges", "$JS.API.STREAM.LIST", False),
    ("badges", "$SYS.REQ.SERVER.PING", False),
    ("badges", "_INBOX_notify.answer", False),
    ("badges", f"$JS.API.CONSUMER.RESET.{STREAM}.badges", False),
    ("badges", f"$JS.API.CONSUMER.RESET.{STREAM}.notify-feed", False),
    ("notify", f"$JS.API.CONSUMER.RESET.{STREAM}.notify-feed", True),
    ("notify", f"$JS.API.CONSUMER.RESET.{STREAM}.notify", False),
    ("notify", f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.notify-feed", True),
    ("operator", "$JS.API.STREAM.LIST", True),
    ("operator", f"$JS.API.CONSUMER.DELETE.{STREAM}.no-such", True),
    ("operator", "evt.helsinki.pub._.badges.badge.awarded.v1", False),
    ("operator", "_INBOX_badges.answer", False),
]
SUBSCRIBE = [
    ("badges", "_INBOX_badges.>", True),
    ("badges", "_INBOX_notify.>", False),
    ("badges", "_INBOX.>", False),
    ("badges", "evt.>", False),
    ("badges", "evt.helsinki.pub.>", False),
    ("badges", "$JS.EVENT.ADVISORY.>", False),
    ("badges", ">", False),
    ("operator", "_INBOX_operator.>", True),
    ("operator", "$JS.EVENT.ADVISORY.>", True),
    ("operator", "_INBOX_badges.>", False),
    ("operator", "evt.>", False),
]


@pytest.mark.usefixtures("topology")
@pytest.mark.parametrize(("name", "subject", "allowed"), PUBLISH)
async def test_who_may_publish(running: RunningNats, name: str, subject: str, allowed: bool) -> None:
    async with connected(running, name) as (client, errors):
        await client.publish(subject, b"{}")
        refused = await refusals(client, errors)
        assert refused == (
            [] if allowed else [f'nats: permissions violation for publish to "{subject.lower()}"']
        )


@pytest.mark.parametrize(("name", "subject", "allowed"), SUBSCRIBE)
async def test_who_may_subscribe(running: RunningNats, name: str, subject: str, allowed: bool) -> None:
    async with connected(running, name) as (client, errors):
        await client.subscribe(subject)
        refused = await refusals(client, errors)
        assert refused == (
            [] if allowed else [f'nats: permissions violation for subscription to "{subject.lower()}"']
        )


@pytest.mark.usefixtures("topology")
async def test_a_service_publishes_and_another_consumes_as_the_relay_and_the_consumers_do(
    running: RunningNats,
) -> None:
    async with connected(running, "catalogue") as (client, errors):
        await publish_batch(client, "evt.helsinki.int._.catalogue.activity.completed.v1")
        assert await refusals(client, errors) == []
    async with connected(running, "notify") as (client, errors):
        js = client.jetstream()
        messages = await (await js.pull_subscribe_bind("notify", STREAM)).fetch(10, timeout=2)
        await asyncio.gather(*(message.ack_sync() for message in messages))
        assert (await js.consumer_info(STREAM, "notify")).num_ack_pending == 0
        assert {"one", "two"} <= {message.data.decode() for message in messages}
        assert await refusals(client, errors) == []


async def publish_batch(client: Client, subject: str) -> None:
    """Two messages as one atomic batch, each with an id and a lifetime."""
    for number, body in ((1, b"one"), (2, b"two")):
        headers = {"Nats-Batch-Id": "b", "Nats-Batch-Sequence": str(number), "Nats-Msg-Id": str(number)}
        headers |= {"Nats-TTL": "720h"} | ({"Nats-Batch-Commit": "1"} if number == 2 else {})
        answer = await client.request(subject, body, timeout=5, headers=headers)
        assert b"error" not in answer.data


@pytest.mark.parametrize(("user", "password"), [(None, None), ("badges", "guess"), ("nobody", "x")])
async def test_without_the_right_password_nobody_gets_in(
    running: RunningNats, user: str | None, password: str | None
) -> None:
    client = Client()
    with pytest.raises(Error, match=r"(?i)authorization"):
        await client.connect(
            running.url, allow_reconnect=False, error_cb=ignore, user=user, password=password
        )
    await client.close()


async def ignore(error: Exception) -> None:
    """The refusal is raised as well."""


def test_every_consumer_of_the_city_is_granted_to_its_service() -> None:
    config = permissions.render(CITY, dict.fromkeys((*SERVICES, "operator"), "secret"))
    for durable in durables(SERVICES):
        assert f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{durable.name}" in config


def test_a_durable_of_another_service_cannot_be_granted() -> None:
    with pytest.raises(ValueError, match="does not belong to badges"):
        permissions.render(CITY, PASSWORDS, {"badges": ["notify"]})


@pytest.mark.parametrize("durable", ["badges-*", "badges->", "badges-a.b", "badges- x"])
def test_a_durable_with_a_wildcard_cannot_be_granted(durable: str) -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        permissions.render(CITY, PASSWORDS, {"badges": [durable]})
