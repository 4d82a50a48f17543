"""Sending again: one, what failed, what happened since a time or behind a position; and test events."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jsonschema_rs
import orjson
import pytest
from standardwebhooks.webhooks import Webhook

from contracts.events import EVENTS
from services.chassis.testing import CITY, Keyring, until
from services.notify.settings import Settings

from .conftest import City
from .hooks import Hooks, came
from .receiver import Receiver, receiving

PUBLIC = [name for name, event in EVENTS.items() if "pub" in event.planes()]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that takes everything."""
    async with receiving(Receiver()) as running:
        yield running


@pytest.fixture
async def hooks(city: City, http: httpx.AsyncClient, keyring: Keyring, settings: Settings) -> Hooks:
    """One integration that sees the whole city."""
    found = Hooks(city, http, keyring, settings.model_copy(update={"webhook_retries": (0.0,)}))
    await found.begin()
    return found


async def replayed(hooks: Hooks, told: dict[str, Any], **wish: Any) -> dict[str, Any]:
    """Ask for a replay and wait until it is done."""
    path = f"/subscriptions/{told['id']}"
    begun = await hooks.post(f"{path}/replay", wish, 202)
    assert begun["state"] == "running"

    async def done() -> bool:
        return bool((await hooks.get(f"{path}/replays"))["items"][0]["state"] == "done")

    await until(done)
    latest: dict[str, Any] = (await hooks.get(f"{path}/replays"))["items"][0]
    return latest


async def test_one_delivery_is_sent_again_with_the_same_id(hooks: Hooks, receiver: Receiver) -> None:
    told = await hooks.subscribe(receiver)
    async with hooks.sending():
        (event,) = await hooks.join()
        await hooks.reach(told, "delivered")
        (delivery,) = await hooks.log(told)
        path = f"/subscriptions/{told['id']}/deliveries/{delivery['id']}"
        assert (await hooks.post(f"{path}/replay", {}, 202))["state"] == "due"
        await came(receiver, 2)
        await hooks.reach(told, "delivered")
    assert receiver.ids() == [event, event]
    assert (await hooks.get(path))["attempts"] == 2


async def test_what_is_still_due_cannot_be_replayed(hooks: Hooks) -> None:
    told = await hooks.subscribe("http://127.0.0.1:9/")
    await hooks.join()
    (delivery,) = await hooks.log(told)
    path = f"/subscriptions/{told['id']}/deliveries/{delivery['id']}/replay"
    assert (await hooks.http.post(path, headers=hooks.operator)).status_code == 409


async def test_all_that_failed_is_sent_again_and_nothing_else(hooks: Hooks) -> None:
    failing: list[str] = []
    async with receiving(Receiver(lambda got: "500 No" if got.id in failing else "204 Yes")) as receiver:
        told = await hooks.subscribe(receiver)
        events = await hooks.join(5)
        failing += [events[1], events[3]]
        async with hooks.sending():
            await hooks.reach(told, "delivered", "failed", "delivered", "failed", "delivered")
            before, failing[:] = len(receiver.got), []
            found = await replayed(hooks, told, failed=True)
            await hooks.reach(told, *["delivered"] * 5)
    assert found["queued"] == 2 and sorted(receiver.ids()[before:]) == sorted([events[1], events[3]])


async def test_what_failed_before_a_time_stays_failed(hooks: Hooks) -> None:
    told = await hooks.subscribe("http://127.0.0.1:9/")
    async with hooks.sending():
        await hooks.join(2)
        await hooks.reach(told, "failed", "failed")
        soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
        assert (await replayed(hooks, told, failed=True, since=soon))["queued"] == 0


async def test_a_later_subscriber_reads_back_to_the_first_event_that_matches(
    hooks: Hooks, receiver: Receiver
) -> None:
    organisation = uuid4()
    events = [event for _ in range(3) for event in (await hooks.join(), await hooks.join(1, organisation))[1]]
    told = await hooks.subscribe(receiver, organisations=[str(organisation)])
    async with hooks.sending():
        found = await replayed(hooks, told, after=0)
        await hooks.reach(told, *["delivered"] * 3)
        assert found["queued"] == 3 and found["position"] == found["upto"] == 6
        assert sorted(receiver.ids()) == sorted(events)
        await replayed(hooks, told, after=4)
        await came(receiver, 4)
        await hooks.reach(told, *["delivered"] * 3)
    assert receiver.ids()[3:] == [events[2]], "what it has had comes again, with the same id"


async def test_events_since_a_time_are_chosen_by_when_they_happened(hooks: Hooks, receiver: Receiver) -> None:
    told = await hooks.subscribe(receiver)
    old, new = await hooks.join(2)
    await hooks.change(f"UPDATE feed SET time = now() - interval '2 days' WHERE event = '{old}'")
    await hooks.change("DELETE FROM delivery")
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    async with hooks.sending():
        await replayed(hooks, told, since=yesterday)
        await hooks.reach(told, "delivered")
    assert receiver.ids() == [new]


async def test_a_replay_waits_while_its_subscription_is_paused(hooks: Hooks, receiver: Receiver) -> None:
    await hooks.join(3)
    told = await hooks.subscribe(receiver)
    path = f"/subscriptions/{told['id']}"
    await hooks.post(f"{path}/pause", {})
    await hooks.post(f"{path}/replay", {"after": 0}, 202)
    async with hooks.sending():
        other = await hooks.subscribe(receiver)
        await replayed(hooks, other, after=0)  # somebody else's goes on meanwhile
        assert (await hooks.get(f"{path}/replays"))["items"][0]["queued"] == 0
        await hooks.post(f"{path}/resume", {})
        await hooks.reach(told, *["delivered"] * 3)


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"failed": True, "after": 1},
        {"since": "2026-01-01T00:00:00Z", "after": 1},
        {"after": -1},
        {"after": 2**63},
        {"since": "0001-01-01T00:00:00+14:00"},
        {"since": "yesterday"},
    ],
)
async def test_a_replay_of_nothing_clear_is_refused(hooks: Hooks, wish: dict[str, Any]) -> None:
    path = f"/subscriptions/{uuid4()}/replay"
    assert (await hooks.http.post(path, json=wish, headers=hooks.operator)).status_code == 422


async def test_a_test_event_of_every_public_type_is_sent_once_and_tells_that_it_is_one(
    hooks: Hooks, receiver: Receiver
) -> None:
    organisation = uuid4()
    await hooks.begin(organisation)
    told = await hooks.subscribe(receiver, types=["pathways.*"], ordered=True)
    async with hooks.sending():
        for type_ in PUBLIC:
            await hooks.post(f"/subscriptions/{told['id']}/test", {"type": type_}, 202)
        await hooks.reach(told, *["delivered"] * len(PUBLIC))
    assert sorted(got.event["type"] for got in receiver.got) == sorted(PUBLIC)
    for got in receiver.got:
        event = got.event
        assert Webhook(told["secret"]).verify(got.body, got.headers)["test"] is True
        assert event["source"] == f"/cities/{CITY}/{EVENTS[event['type']].service()}"
        assert event.get("organisation", str(organisation)) == str(organisation)
        assert event["city"] == CITY and schema(event["type"]).is_valid(event)


async def test_a_test_event_that_fails_is_not_tried_again_and_blames_nobody(hooks: Hooks) -> None:
    told = await hooks.subscribe("http://127.0.0.1:9/")
    async with hooks.sending(webhook_retries=(0.0,) * 5):
        path = f"/subscriptions/{told['id']}/test"
        await hooks.post(path, {"type": "badges.badge.awarded.v1"}, 202)
        await hooks.reach(told, "failed")
    (delivery,) = await hooks.log(told)
    assert delivery["attempts"] == 1 and delivery["position"] is None
    assert await hooks.rows("SELECT failures FROM subscription") == [(0,)]


@pytest.mark.parametrize("type_", ["badges.badge.*", "col.catalogue.recipient.named.v1", "x"])
async def test_there_are_test_events_of_public_types_alone(hooks: Hooks, type_: str) -> None:
    told = await hooks.subscribe("http://127.0.0.1:9/")
    path = f"/subscriptions/{told['id']}/test"
    answer = await hooks.http.post(path, json={"type": type_}, headers=hooks.operator)
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "body.type"


def schema(type_: str) -> Any:
    """What the contract says an event of that type looks like on the public plane."""
    form = f"{type_}.pub" if EVENTS[type_].personal_fields() else type_
    text = (Path(__file__).parents[2] / "contracts" / "schemas" / f"{form}.json").read_text("utf-8")
    return jsonschema_rs.validator_for(orjson.loads(text))


async def test_the_log_is_kept_for_days_and_then_deleted(hooks: Hooks, receiver: Receiver) -> None:
    told = await hooks.subscribe(receiver)
    async with hooks.sending():
        await hooks.join(2)
        await hooks.reach(told, "delivered", "delivered")
    await hooks.change("UPDATE delivery SET changed_at = now() - interval '31 days' WHERE position = 1")
    await hooks.change(
        "UPDATE attempt SET at = now() - interval '31 days' WHERE id = (SELECT min(id) FROM attempt)"
    )
    async with hooks.sending():
        await hooks.reach(told, "delivered")
    assert len(await hooks.rows("SELECT 1 FROM attempt")) == 1
