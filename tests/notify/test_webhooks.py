"""Webhooks: what is posted, how it is signed, what follows from each answer; nobody waits for others."""

import asyncio
import time
from base64 import b64decode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook

from services.chassis.testing import Keyring, until
from services.notify.settings import Settings
from services.notify.webhooks import Webhooks

from .conftest import City
from .hooks import Hooks, came
from .public import joined, public
from .receiver import Got, Receiver, receiving

NOW_AND_AGAIN = (0.0,) * 8


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that takes everything."""
    async with receiving(Receiver()) as running:
        yield running


@pytest.fixture
async def hooks(city: City, http: httpx.AsyncClient, keyring: Keyring, settings: Settings) -> Hooks:
    """One integration that sees the whole city."""
    found = Hooks(city, http, keyring, settings.model_copy(update={"webhook_retries": NOW_AND_AGAIN}))
    await found.begin()
    return found


def verified(secret: str, got: Got) -> Any:
    """The event, if the receiver's library trusts it."""
    return Webhook(secret).verify(got.body, got.headers)


async def test_the_body_is_the_event_byte_for_byte_and_signed_by_standard_webhooks(
    hooks: Hooks, receiver: Receiver
) -> None:
    told = await hooks.subscribe(receiver)
    assert told["secret"].startswith("whsec_") and len(b64decode(told["secret"][6:])) == 32
    body = public(joined())
    async with hooks.sending():
        (event,) = await hooks.arrive([body])
        await came(receiver, 1)
        await hooks.reach(told, "delivered")
    (got,) = receiver.got
    assert got.body == body and got.id == event
    assert got.headers["content-type"] == "application/cloudevents+json"
    assert abs(int(got.headers["webhook-timestamp"]) - time.time()) < 20
    assert verified(told["secret"], got)["id"] == event
    assert "secret" in told and (await hooks.get(f"/subscriptions/{told['id']}"))["secret"] is None


async def test_an_ed25519_signature_verifies_with_the_public_key(hooks: Hooks, receiver: Receiver) -> None:
    told = await hooks.subscribe(receiver, signature="ed25519")
    assert told["secret"] is None
    shown = (await hooks.get(f"/subscriptions/{told['id']}"))["public_key"]
    assert shown == told["public_key"] and shown.startswith("whpk_")
    async with hooks.sending():
        await hooks.join()
        await came(receiver, 1)
    (got,) = receiver.got
    kind, _, signature = got.headers["webhook-signature"].partition(",")
    signed = f"{got.id}.{got.headers['webhook-timestamp']}.".encode() + got.body
    Ed25519PublicKey.from_public_bytes(b64decode(shown[5:])).verify(b64decode(signature), signed)
    assert kind == "v1a"


async def test_while_a_secret_is_rotated_both_sign_and_then_the_new_one_alone(
    hooks: Hooks, receiver: Receiver
) -> None:
    told = await hooks.subscribe(receiver)
    rotated = await hooks.post(f"/subscriptions/{told['id']}/rotate", {"keep_hours": 1})
    assert rotated["secret"] != told["secret"]
    async with hooks.sending():
        await hooks.join()
        await came(receiver, 1)
        await hooks.change("UPDATE subscription SET old_secret_until = now() - interval '1 second'")
        await hooks.join()
        await came(receiver, 2)
    both, alone = receiver.got
    assert len(both.headers["webhook-signature"].split(" ")) == 2
    assert verified(told["secret"], both) and verified(rotated["secret"], both)
    assert verified(rotated["secret"], alone)
    with pytest.raises(Exception, match="No matching signature"):
        verified(told["secret"], alone)


async def test_the_trace_goes_on_at_the_receiver(hooks: Hooks, receiver: Receiver) -> None:
    await hooks.subscribe(receiver)
    parent = "00-9883bb13e8e6eb4d93944988a0a02fc4-4756d01c93988068-01"
    async with hooks.sending():
        await hooks.arrive(
            [public(joined()).replace(b'"data":', f'"traceparent":"{parent}","data":'.encode())]
        )
        await came(receiver, 1)
    assert receiver.got[0].headers["traceparent"] == parent


@pytest.mark.parametrize(
    "answer", ["500 Oops", "301 Moved\r\nLocation: /elsewhere", "404 Not Found", "400 Bad"]
)
async def test_whatever_is_no_2xx_is_tried_again_until_the_schedule_ends(
    hooks: Hooks, receiver: Receiver, answer: str
) -> None:
    receiver.answer = f"{answer}\r\nContent-Length: 0\r\n\r\n"
    told = await hooks.subscribe(receiver)
    async with hooks.sending(webhook_retries=(0.0, 0.0, 0.0)):
        (event,) = await hooks.join()
        await hooks.reach(told, "failed")
    assert receiver.ids() == [event] * 3 and {one.path for one in receiver.got} == {"/hook"}
    (delivery,) = await hooks.log(told)
    whole = await hooks.get(f"/subscriptions/{told['id']}/deliveries/{delivery['id']}")
    assert [each["number"] for each in whole["tries"]] == [3, 2, 1]
    assert {each["status"] for each in whole["tries"]} == {int(answer[:3])}


async def test_a_fault_of_ours_is_a_failed_attempt_and_not_tried_again_at_once(
    hooks: Hooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(Webhooks, "post", fails)
    told = await hooks.subscribe(receiver)
    async with hooks.sending(webhook_retries=(0.0, 0.0)):
        await hooks.join()
        await hooks.reach(told, "failed")
    (delivery,) = await hooks.log(told)
    whole = await hooks.get(f"/subscriptions/{told['id']}/deliveries/{delivery['id']}")
    assert [each["error"] for each in whole["tries"]] == ["could not be sent: RuntimeError"] * 2


async def test_an_endpoint_that_comes_back_gets_what_it_missed_with_the_same_id(hooks: Hooks) -> None:
    async with receiving(Receiver()) as there:
        told, port = await hooks.subscribe(there), there.port
    async with hooks.sending(webhook_retries=(0.0,) * 100):
        events = await hooks.join(3)
        await until(lambda: hooks.rows("SELECT 1 FROM attempt WHERE error LIKE 'no connection%'"))
        async with receiving(Receiver(), port) as back:
            await hooks.reach(told, *["delivered"] * 3)
    assert sorted(back.ids()) == sorted(events)
    assert (await hooks.rows("SELECT failures, failing_since FROM subscription")) == [(0, None)]


@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_retry_after_is_honoured_and_holds_the_subscription(
    hooks: Hooks, receiver: Receiver, form: str
) -> None:
    later = (
        "7000" if form == "seconds" else format_datetime(datetime.now(UTC) + timedelta(hours=9), usegmt=True)
    )
    receiver.answer = f"429 Slower\r\nRetry-After: {later}\r\nContent-Length: 0\r\n\r\n"
    told = await hooks.subscribe(receiver)
    async with hooks.sending():
        await hooks.join()
        await until(lambda: hooks.rows("SELECT 1 FROM delivery WHERE attempts = 1"))
        await hooks.join()
        await asyncio.sleep(0.4)  # long enough for a second request, which must not come
    assert len(receiver.got) == 1
    ((seconds, held),) = await hooks.rows(
        "SELECT extract(epoch FROM max(due) - now()), (SELECT held_until > now() + interval '50 minutes'"
        " FROM subscription) FROM delivery"
    )
    assert 3500 < seconds <= 3600 and held, "as long as asked, and an hour at most"
    assert await hooks.states(told) == ["due", "due"]


async def test_410_switches_off_at_once_and_what_is_kept_goes_out_on_resume(
    hooks: Hooks, receiver: Receiver
) -> None:
    receiver.answer = "410 Gone"
    told = await hooks.subscribe(receiver)
    path = f"/subscriptions/{told['id']}"
    async with hooks.sending():
        await hooks.join(2)
        await until(
            lambda: hooks.rows("SELECT 1 FROM subscription WHERE state = 'disabled' AND reason = 'gone'")
        )
        await hooks.join()
        receiver.answer = "204 No Content"
        assert (await hooks.post(f"{path}/resume", {}))["state"] == "active"
        await hooks.reach(told, "delivered", "delivered")
    (said,) = await hooks.city.told_all("subscription.disabled")
    assert said == {"subscription": told["id"], "integration": hooks.integration, "cause": "gone"}
    log = (await hooks.get(f"/integrations/{hooks.integration}/log"))["items"]
    assert "disabled subscription: gone" in [entry["what"] for entry in log]


async def test_days_of_failure_switch_off_and_somebody_is_written_to(
    hooks: Hooks, receiver: Receiver
) -> None:
    receiver.answer = "500 Oops"
    told = await hooks.subscribe(receiver)
    async with hooks.sending(webhook_retries=(0.0, 3600.0), webhook_give_up_days=5):
        await hooks.join()
        await until(lambda: hooks.rows("SELECT 1 FROM subscription WHERE failing_since IS NOT NULL"))
        assert (await hooks.get(f"/subscriptions/{told['id']}"))["state"] == "active"
        await hooks.change("UPDATE subscription SET failing_since = now() - interval '5 days'")
        await hooks.join()
        await until(lambda: hooks.rows("SELECT 1 FROM subscription WHERE reason = 'failing'"))
    ((kind, address, state),) = await hooks.rows("SELECT kind, address, state FROM letter")
    assert (kind, address, state) == ("subscription_disabled", "it@university.test", "queued")
    (said,) = await hooks.city.told_all("subscription.disabled")
    assert said["cause"] == "failing"


async def test_the_letter_reaches_the_contact_and_its_address_is_then_forgotten(
    hooks: Hooks, receiver: Receiver
) -> None:
    receiver.answer = "410 Gone"
    await hooks.subscribe(receiver)
    async with hooks.sending():
        await hooks.join()
        await until(lambda: hooks.rows("SELECT 1 FROM letter"))
    await hooks.city.send()
    (letter,) = hooks.city.mail.letters
    assert letter["To"] == "it@university.test" and "University" in str(letter)
    assert await hooks.rows("SELECT state, address, link FROM letter") == [("sent", None, None)]


async def test_a_dead_and_a_slow_endpoint_hold_up_nobody(hooks: Hooks, receiver: Receiver) -> None:
    async with receiving(Receiver(delay=0.5)) as slow:
        await hooks.subscribe("http://127.0.0.1:9/dead")
        slowly = await hooks.subscribe(slow)
        told = await hooks.subscribe(receiver)
        async with hooks.sending(webhook_retries=(0.0,) * 100):
            started = time.monotonic()
            events = await hooks.join(100)
            await came(receiver, 100, seconds=5)
            took = time.monotonic() - started
            assert "due" in await hooks.states(slowly) and slow.most_at_once == 4
            await hooks.reach(told, *["delivered"] * 100)
    assert sorted(receiver.ids()) == sorted(events) and took < 4


async def test_in_an_ordered_subscription_nothing_overtakes_what_fails(hooks: Hooks) -> None:
    failures = iter([True, True, False])
    stumbling: list[str] = []

    def answer(got: Got) -> str:
        return "500 Oops" if got.id in stumbling and next(failures, False) else "204 No Content"

    async with receiving(Receiver(answer)) as receiver:
        told = await hooks.subscribe(receiver, ordered=True)
        events = await hooks.join(30)
        stumbling.append(events[7])
        async with hooks.sending():
            await hooks.reach(told, *["delivered"] * 30)
    assert receiver.ids() == [*events[:7], events[7], events[7], *events[7:]] and receiver.most_at_once == 1


async def test_a_paused_subscription_keeps_its_events_and_so_does_a_paused_integration(
    hooks: Hooks, receiver: Receiver
) -> None:
    told = await hooks.subscribe(receiver)
    for what in (f"/subscriptions/{told['id']}", f"/integrations/{hooks.integration}"):
        receiver.got.clear()
        receiver.answered.clear()
        await hooks.post(f"{what}/pause", {"reason": "moving house"})
        async with hooks.sending():
            events = await hooks.join(3)
            await asyncio.sleep(0.3)  # long enough for a request, which must not come
            assert receiver.got == []
            await hooks.post(f"{what}/resume", {})
            await came(receiver, 3)
            await until(
                lambda: hooks.rows(
                    "SELECT 1 WHERE NOT EXISTS (SELECT FROM delivery WHERE state <> 'delivered')"
                )
            )
        assert sorted(receiver.ids()) == sorted(events)


async def test_an_answer_is_read_to_a_limit_and_within_a_time(hooks: Hooks) -> None:
    def endless(_: Got) -> bytes:
        return (
            b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\nContent-Encoding: gzip\r\n\r\n" + b"x" * 200_000
        )

    async with receiving(Receiver(endless)) as large, receiving(Receiver(delay=5)) as silent:
        took, waited = await hooks.subscribe(large), await hooks.subscribe(silent)
        async with hooks.sending(webhook_timeout=0.3, webhook_log_bytes=50, webhook_retries=(0.0,)):
            await hooks.join()
            await hooks.reach(took, "delivered")
            await hooks.reach(waited, "failed")
    (whole,), (none,) = await hooks.log(took), await hooks.log(waited)
    assert whole["last"]["response"] == "x" * 50 and len(whole["last"]["request"]) == 50
    assert none["last"]["error"] == "no answer in time" and 250 < none["last"]["milliseconds"] < 3000
