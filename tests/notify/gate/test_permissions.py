"""What somebody from outside may do on NATS, all of it tried: their own reader, and nothing else."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from contracts import subjects
from contracts.catalogue import ActivityJoined
from contracts.envelope import Event
from contracts.events import EVENTS
from services.chassis.testing import CITY

from .door import STREAM, Door, Outsider, came_in, example_of, fetched

API = "$JS.API"


async def refusals(client: Client, errors: list[str]) -> list[str]:
    """The permission errors so far. What is surely refused is sent last, and its error waited for."""
    await client.publish("surely.refused", b"")
    async with asyncio.timeout(5):
        while not any("surely.refused" in error for error in errors):
            await client.flush()
    return [error for error in errors if "surely.refused" not in error]


def forbidden_publishes(own: str, other: str, service: str = "notify") -> list[str]:
    """Subjects that are not for an outsider whose reader is `own`."""
    evil = f"evt.{CITY}.pub._.badges.badge.awarded.v1"
    return [
        evil,
        f"evt.{CITY}.int._.badges.badge.awarded.v1",
        "anything",
        *(f"{API}.CONSUMER.CREATE.{STREAM}{end}" for end in ("", ".x-new", f".{own}")),
        f"{API}.CONSUMER.CREATE.{STREAM}.x-new.evt.{CITY}.pub.>",
        f"{API}.CONSUMER.CREATE.{STREAM}.{own}.evt.{CITY}.int.>",
        *(f"{API}.CONSUMER.DURABLE.CREATE.{STREAM}.{name}" for name in ("x-new", own)),
        *(
            f"{API}.CONSUMER.{verb}.{STREAM}.{name}"
            for verb in ("INFO", "MSG.NEXT", "RESET")
            for name in (other, service, "badges")
        ),
        *(
            f"{API}.CONSUMER.{verb}.{STREAM}.{name}"
            for verb in ("DELETE", "PAUSE", "UNPIN", "LEADER.STEPDOWN")
            for name in (own, other, service)
        ),
        *(f"{API}.CONSUMER.{verb}.{STREAM}" for verb in ("NAMES", "LIST")),
        *(f"{API}.STREAM.{verb}" for verb in ("NAMES", "LIST")),
        *(
            f"{API}.STREAM.{verb}.{STREAM}"
            for verb in ("INFO", "CREATE", "UPDATE", "DELETE", "PURGE", "MSG.GET", "MSG.DELETE", "SNAPSHOT")
        ),
        f"{API}.DIRECT.GET.{STREAM}",
        f"{API}.DIRECT.GET.{STREAM}.{evil}",
        f"{API}.INFO",
        f"outside.info.{other}",
        f"{API}.STREAM.CREATE.KV_mine",
        "$KV.mine.key",
        "$O.mine.C.chunk",
        f"$JS.ACK.{STREAM}.{other}.1.1.1.1.0",
        f"$JS.ACK.{STREAM}.{service}.1.1.1.1.0",
        "$JS.FC.x",
        "$SYS.REQ.SERVER.PING",
        "$SYS.REQ.USER.INFO",
        f"$SYS.REQ.ACCOUNT.{subjects.outside_account(CITY)}.CONNZ",
        "$SYS.REQ.SERVER.x.KICK",
        "$SYS.REQ.USER.AUTH",
        "_INBOX_notify.x",
        "_INBOX.x",
        "_R_.x",
    ]


def forbidden_subscriptions(own: Outsider, other: Outsider) -> list[str]:
    """Subjects an outsider must not hear."""
    return [
        ">",
        "*",
        "*.>",
        "evt.>",
        f"evt.{CITY}.>",
        f"evt.{CITY}.pub.>",
        f"evt.{CITY}.int.>",
        "_INBOX.>",
        f"{subjects.reader_inbox(other.integration)}.>",
        "_INBOX_notify.>",
        "_INBOX_operator.>",
        "$JS.>",
        f"$JS.ACK.{STREAM}.{own.durable}.>",
        "$JS.EVENT.ADVISORY.>",
        "$SYS.>",
        "$SYS.REQ.USER.AUTH",
        "_R_.>",
    ]


async def test_an_outsider_reads_acknowledges_and_rewinds_the_own_reader(door: Door) -> None:
    own = await door.outsider()
    ids = await door.publish(*(example_of("col.catalogue.organisation.registered.v1") for _ in range(3)))
    async with came_in(door, own) as (client, errors):
        js = client.jetstream()
        assert (await js.consumer_info(STREAM, own.durable)).num_pending == 3
        reader = await js.pull_subscribe_bind(own.durable, STREAM)
        first, second, third = await reader.fetch(3, timeout=2)
        await first.ack_sync()
        await second.in_progress()
        await second.nak()
        await third.term()
        (again,) = await reader.fetch(1, timeout=2)
        assert again.data == second.data
        await again.ack_sync()
        told = await js.consumer_info(STREAM, own.durable)
        assert (told.num_pending, told.num_ack_pending) == (0, 0)
        await js.reset_consumer(STREAM, own.durable, 1)
        assert [each["id"] for each in await fetched(client, own.durable)] == ids
        assert await refusals(client, errors) == []


async def test_an_outsider_may_say_nothing_else_to_nats(door: Door) -> None:
    own, other = await door.outsider(), await door.outsider()
    async with came_in(door, own) as (client, errors):
        tried = forbidden_publishes(own.durable, other.durable)
        before = await state(door)
        for subject in tried:
            await client.publish(subject, b"{}")
        refused = await refusals(client, errors)
        named = [each.replace(f"{API}.CONSUMER.INFO.{STREAM}.", "outside.info.").lower() for each in tried]
        assert refused == [f'nats: permissions violation for publish to "{each}"' for each in named]
        assert await state(door) == before


async def test_an_outsider_hears_nothing_but_answers_to_its_own_questions(door: Door) -> None:
    own, other = await door.outsider(), await door.outsider()
    async with came_in(door, own) as (client, errors):
        tried = forbidden_subscriptions(own, other)
        for subject in tried:
            await client.subscribe(subject)
        refused = await refusals(client, errors)
        expected = [f'nats: permissions violation for subscription to "{each.lower()}"' for each in tried]
        assert refused == expected


async def test_an_answer_cannot_be_sent_where_it_does_harm(door: Door) -> None:
    """Whoever asks names where the answer goes, and NATS does not ask whether they may write there."""
    own, other = await door.outsider(), await door.outsider()
    await door.publish(*(example_of("col.catalogue.organisation.registered.v1") for _ in range(5)))
    async with came_in(door, other) as (client, _):
        reader = await client.jetstream().pull_subscribe_bind(other.durable, STREAM)
        held = await reader.fetch(2, timeout=2)
        before = await state(door)
        places = [
            f"evt.{CITY}.int._.badges.badge.awarded.v1",
            f"evt.{CITY}.pub._.badges.badge.awarded.v1",
            f"{API}.CONSUMER.RESET.{STREAM}.{other.durable}",
            f"{API}.CONSUMER.DELETE.{STREAM}.{other.durable}",
            f"{API}.CONSUMER.DELETE.{STREAM}.notify",
            f"{API}.STREAM.PURGE.{STREAM}",
            held[0].reply,
        ]
        await misdirect(door, own, places)
        after = await state(door)
        assert after["messages"] == before["messages"]
        assert after["consumers"][other.durable] == before["consumers"][other.durable]
        assert after["consumers"].keys() == before["consumers"].keys()


async def misdirect(door: Door, own: Outsider, places: list[str]) -> None:
    """Ask for messages, for nothing, and for the reader's state, and have the answers sent there."""
    async with came_in(door, own) as (client, _):
        for place in places:
            for body in (b'{"batch":1,"no_wait":true}', b"not a request"):
                await client.publish(f"{API}.CONSUMER.MSG.NEXT.{STREAM}.{own.durable}", body, reply=place)
            await client.publish(f"{API}.CONSUMER.INFO.{STREAM}.{own.durable}", b"", reply=place)
        await client.flush()
        await client.jetstream().consumer_info(STREAM, own.durable)  # answered in order: the others were too


async def state(door: Door) -> dict[str, Any]:
    """The stream and its consumers, as far as anybody could have meddled with them."""
    stream = await door.js.stream_info(STREAM)
    consumers = await door.js.consumers_info(STREAM)
    told = {
        each.name: (each.num_ack_pending, each.delivered, each.ack_floor)
        for each in consumers
        if each.name.startswith("x-")
    }
    return {"messages": stream.state.messages, "config": stream.config, "consumers": told}


async def test_an_integration_of_one_organisation_is_given_nothing_of_another(door: Door) -> None:
    """Tried for every event there is, on both planes."""
    ours, theirs = await door.outsider(door.city.organisation), await door.outsider(uuid4())
    everything = await door.outsider()
    assert theirs.organisation
    published = {ours.organisation: [], theirs.organisation: [], None: []}  # type: dict[UUID | None, list[str]]
    for type_, kind in EVENTS.items():
        for organisation in (ours.organisation, theirs.organisation):
            event = owned(example_of(type_), organisation)
            if "int" in kind.planes():
                await door.publish(event, plane="int")
            if "pub" in kind.planes():
                published[event.owner] += await door.publish(event)
    for whose, expected in (
        (ours, published[ours.organisation]),
        (theirs, published[theirs.organisation]),
        (everything, [each for some in published.values() for each in some]),
    ):
        async with came_in(door, whose) as (client, _):
            given = await fetched(client, whose.durable, 200)
        assert sorted(each["id"] for each in given) == sorted(expected)
    assert published[ours.organisation]


def owned(event: Event, organisation: UUID | None) -> Event:
    """The event as if that organisation had made it, if it is of events that organisations make."""
    if "organisation" not in type(event).model_fields:
        return event
    return event.model_copy(update={"organisation": organisation})


async def test_a_reader_is_given_the_types_it_asked_for(door: Door) -> None:
    badges = await door.outsider(types="badges.>")
    one = await door.outsider(types="catalogue.organisation.registered")
    published = [example_of(type_) for type_, kind in EVENTS.items() if "pub" in kind.planes()]
    await door.publish(*published)
    async with came_in(door, badges) as (client, _):
        given = {each["type"] for each in await fetched(client, badges.durable)}
    assert given == {each.type for each in published if each.type.startswith("col.badges.")}
    async with came_in(door, one) as (client, _):
        given = {each["type"] for each in await fetched(client, one.durable)}
    assert given == {"col.catalogue.organisation.registered.v1"}


async def test_the_internal_plane_is_out_of_reach_though_its_events_are_there(door: Door) -> None:
    own = await door.outsider()
    joined = ActivityJoined(activity=uuid4(), organisation=uuid4(), recipient=uuid4())
    await door.publish(joined, plane="int")
    async with came_in(door, own) as (client, _):
        with pytest.raises((NatsError, TimeoutError)):
            await fetched(client, own.durable)


async def test_outsiders_share_nothing_with_the_services(door: Door) -> None:
    own = await door.outsider()
    async with came_in(door, own) as (client, errors):
        with pytest.raises((NatsError, TimeoutError)):
            await client.request(f"{API}.CONSUMER.INFO.{STREAM}.notify", b"", timeout=0.3)
        assert errors, "a refusal shows as a time-out, and on the error callback"
