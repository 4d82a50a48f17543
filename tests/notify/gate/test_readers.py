"""Readers and keys: asked for over HTTP, there on NATS a moment later, gone when given up."""

from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nats.errors import Error as NatsError
from nats.js import api

from services.chassis.testing import CITY, Keyring, until
from services.notify import keeper
from services.notify.domain.nkey import USER, written

from ..conftest import City
from ..outside import integrated
from . import door as parts
from .door import STREAM, Door, came_in, example_of, fetched, inside

PUBLIC = written(USER, bytes(range(32)))
REGISTERED = "col.catalogue.organisation.registered.v1"


async def readers(
    http: httpx.AsyncClient, integration: str, headers: dict[str, str]
) -> list[dict[str, object]]:
    answer = await http.get(f"/integrations/{integration}/readers", headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["items"]
    return found


async def test_a_reader_says_how_to_connect_and_how_far_it_has_come(door: Door) -> None:
    own = await door.outsider(types="catalogue.*")
    await door.publish(*(example_of(REGISTERED) for _ in range(4)))
    async with came_in(door, own) as (client, _):
        await fetched(client, own.durable, 3)
    (shown,) = await readers(door.http, str(own.integration), own.headers)
    assert shown["progress"] == {"pending": 1, "unacknowledged": 0, "delivered": 3, "acknowledged": 3}
    assert shown["connect"] == {
        "server": door.server.url,
        "websocket": "wss://city.test/nats",
        "stream": STREAM,
        "inbox_prefix": f"_INBOX_{own.integration.hex}",
    }


async def test_a_reader_given_up_is_taken_from_nats_and_its_name_is_free(door: Door) -> None:
    own = await door.outsider()
    path = f"/integrations/{own.integration}/readers"
    gone = await door.http.delete(f"{path}/{own.reader['id']}", headers=own.headers)
    assert gone.status_code == 204
    again = {"name": own.reader["name"], "types": "*"}
    assert (await door.http.post(path, json=again, headers=own.headers)).status_code == 201

    async def taken_away() -> bool:
        return own.durable not in {each.name for each in await door.js.consumers_info(STREAM)}

    await until(taken_away)


async def test_a_removed_integration_leaves_no_consumer_behind(door: Door) -> None:
    own = await door.outsider()
    headers = door.keyring.headers(operator=True)
    assert (await door.http.delete(f"/integrations/{own.integration}", headers=headers)).status_code == 204

    async def taken_away() -> bool:
        return own.durable not in {each.name for each in await door.js.consumers_info(STREAM)}

    await until(taken_away)


async def test_a_reader_that_nats_has_lost_comes_back_from_the_first_event(door: Door) -> None:
    own = await door.outsider()
    published = await door.publish(*(example_of(REGISTERED) for _ in range(3)))
    async with came_in(door, own) as (client, _):
        await fetched(client, own.durable)
    await door.js.delete_consumer(STREAM, own.durable)
    async with inside(door.server, "notify") as notify:
        await keeper.keep(door.city.database, notify, CITY)
    async with came_in(door, own) as (client, _):
        assert [each["id"] for each in await fetched(client, own.durable)] == published
    path = f"/integrations/{own.integration}/log"
    log = await door.http.get(path, headers=door.keyring.headers(operator=True))
    assert "NATS had lost it" in log.text


async def test_bootstrap_leaves_readers_alone(door: Door) -> None:
    own = await door.outsider()
    await door.publish(example_of(REGISTERED))
    async with came_in(door, own) as (client, _):
        await fetched(client, own.durable)
        await parts.declare(door.operator)
        assert (await client.jetstream().consumer_info(STREAM, own.durable)).num_pending == 0


@pytest.mark.parametrize("consumer", ["notify", "notify-feed", "badges"])
async def test_who_keeps_readers_cannot_touch_a_service_s_consumer(door: Door, consumer: str) -> None:
    config = api.ConsumerConfig(name=consumer, durable_name=consumer, filter_subject=f"evt.{CITY}.pub.*.>")
    async with inside(door.server, "notify") as notify:
        js = notify.jetstream(timeout=0.3)
        with pytest.raises((NatsError, TimeoutError)):
            await js.add_consumer(STREAM, config)
        with pytest.raises((NatsError, TimeoutError)):
            await js.delete_consumer(STREAM, consumer)


@pytest.mark.parametrize("wanted", [f"evt.{CITY}.int.*.>", f"evt.{CITY}.>", ">"])
async def test_who_keeps_readers_can_make_none_of_internal_events(door: Door, wanted: str) -> None:
    config = api.ConsumerConfig(name="x-1", durable_name="x-1", filter_subject=wanted)
    async with inside(door.server, "notify") as notify:
        with pytest.raises((NatsError, TimeoutError)):
            await notify.jetstream(timeout=0.3).add_consumer(STREAM, config)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "one", "types": "badges"}, "body.types"),
        ({"name": "one", "types": "a.b.c.d.e"}, "body.types"),
        ({"name": "one", "types": "badges.>.awarded"}, "body.types"),
        ({"name": "one", "types": "evt city"}, "body.types"),
        ({"name": "", "types": "*"}, "body.name"),
        ({"name": "a\nb", "types": "*"}, "body.name"),
        ({"name": "one", "types": "*", "more": 1}, "body.more"),
    ],
)
async def test_a_reader_that_makes_no_sense_is_refused(
    city: City, http: httpx.AsyncClient, keyring: Keyring, body: dict[str, object], field: str
) -> None:
    integration, headers = await integrated(city, http, keyring, None)
    answer = await http.post(f"/integrations/{integration}/readers", json=body, headers=headers)
    assert answer.status_code == 422, answer.text
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert await readers(http, integration, headers) == []


async def test_names_and_numbers_of_readers_are_limited(
    city: City, http: httpx.AsyncClient, keyring: Keyring
) -> None:
    integration, headers = await integrated(city, http, keyring, None)
    path = f"/integrations/{integration}/readers"
    for number in range(10):
        assert (await http.post(path, json={"name": f"r{number}"}, headers=headers)).status_code == 201
    more = await http.post(path, json={"name": "r10"}, headers=headers)
    assert (more.status_code, more.json()["type"].split(":")[-1]) == (409, "too-many-readers")
    other, others = await integrated(city, http, keyring, None)
    for status in (201, 409):
        same = await http.post(f"/integrations/{other}/readers", json={"name": "same"}, headers=others)
        assert same.status_code == status


async def test_a_key_is_registered_once_and_removed(
    city: City, http: httpx.AsyncClient, keyring: Keyring
) -> None:
    integration, machine = await integrated(city, http, keyring, None)
    path, operator = f"/integrations/{integration}/keys", keyring.headers(operator=True)
    public = written(USER, Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    assert (await http.post(path, json={"public": public}, headers=operator)).status_code == 201
    assert (await http.post(path, json={"public": public}, headers=operator)).status_code == 409
    assert (await http.post(path, json={"public": PUBLIC}, headers=machine)).status_code == 404
    shown = await http.get(path, headers=machine)
    assert [each["public"] for each in shown.json()["items"]] == [public]
    for status in (204, 404):
        assert (await http.delete(f"{path}/{public}", headers=operator)).status_code == status


@pytest.mark.parametrize(
    "public", [PUBLIC[:-1] + "A", "U" * 56, "A" + PUBLIC[1:], PUBLIC.lower(), "S" * 58, ""]
)
async def test_what_is_no_public_key_is_refused(
    city: City, http: httpx.AsyncClient, keyring: Keyring, public: str
) -> None:
    integration, _ = await integrated(city, http, keyring, None)
    operator = keyring.headers(operator=True)
    answer = await http.post(f"/integrations/{integration}/keys", json={"public": public}, headers=operator)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["body.public"]


async def test_of_another_s_integration_nobody_is_told(
    city: City, http: httpx.AsyncClient, keyring: Keyring
) -> None:
    integration, _ = await integrated(city, http, keyring, city.organisation)
    _, other = await integrated(city, http, keyring, uuid4())
    for what in ("readers", "keys"):
        assert (await http.get(f"/integrations/{integration}/{what}", headers=other)).status_code == 404
