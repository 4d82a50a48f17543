"""What the samples make of webhooks: those of this city are trusted, others are not."""

import time
from dataclasses import dataclass
from uuid import UUID

import httpx
import orjson

from contracts.envelope import uuid7
from services.chassis.testing import until
from services.notify.domain.subscription import Signature
from services.notify.signing import sign

from .stand import Running, Stand, free_port

KINDS: tuple[Signature, ...] = ("hmac", "ed25519")


@dataclass
class Endpoint:
    """A sample that runs, and is subscribed to."""

    running: Running
    subscription: UUID
    kind: Signature
    url: str

    async def answer(self, headers: dict[str, str], body: bytes = b"") -> int:
        """What it says to a request."""
        async with httpx.AsyncClient() as client:
            return (await client.post(self.url, headers=headers, content=body)).status_code

    async def listens(self) -> bool:
        """Whether it is up, and refuses strangers."""
        try:
            return await self.answer({}) == 401
        except httpx.TransportError:
            return False


async def subscribed(stand: Stand, language: str, kind: Signature) -> Endpoint:
    """The sample's endpoint runs and is subscribed to, with this kind of signature."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/hook"
    said = await stand.run(f"subscribe.{language}", ENDPOINT=url, SIGNATURE=kind)
    made = dict(line.split("=", 1) for line in said)
    program = f"receive_webhook.{language}"
    running = await stand.start(program, WEBHOOK_KEY=made["WEBHOOK_KEY"], PORT=str(port))
    endpoint = Endpoint(running, UUID(made["SUBSCRIPTION"]), kind, url)
    await until(endpoint.listens)
    return endpoint


async def test_endpoints_take_what_the_city_signed_and_nothing_else(
    stand: Stand, languages: tuple[str, ...]
) -> None:
    endpoints = [await subscribed(stand, language, kind) for language in languages for kind in KINDS]
    (event,) = await stand.happen()
    for endpoint in endpoints:
        await endpoint.running.says(event)
        await try_to_deceive(stand, endpoint, event)


async def try_to_deceive(stand: Stand, endpoint: Endpoint, event: str) -> None:
    """Good once, and altered, stale or signed by somebody else."""
    body = orjson.dumps({"id": str(uuid7()), "type": "col.badges.badge.awarded.v1"})

    def signed(age: int = 0, version: int = 1) -> dict[str, str]:
        at, key = int(time.time()) - age, stand.settings.webhook_key
        signature = sign(key, endpoint.kind, endpoint.subscription, (version,), "1", at, body)
        return {"webhook-id": "1", "webhook-timestamp": str(at), "webhook-signature": signature}

    refused = {
        "altered": (signed(), body + b" "),
        "under another id": (signed() | {"webhook-id": "2"}, body),
        "stale": (signed(age=310), body),
        "from the future": (signed(age=-310), body),
        "by another key": (signed(version=2), body),
        "nonsense": (signed() | {"webhook-signature": "v1,nonsense v1a"}, body),
        "at no time": (signed() | {"webhook-timestamp": "now"}, body),
    }
    for what, (headers, sent) in refused.items():
        assert await endpoint.answer(headers, sent) == 401, what
    assert endpoint.running.ids() == [event]
    assert await endpoint.answer(signed(), body) == await endpoint.answer(signed(), body) == 204
    await endpoint.running.says(event, orjson.loads(body)["id"])  # of a double nothing is made


async def test_while_keys_change_either_is_good(stand: Stand, languages: tuple[str, ...]) -> None:
    endpoints = [await subscribed(stand, language, kind) for language in languages for kind in KINDS]
    headers = {"Authorization": f"Bearer {stand.operator}"}
    async with httpx.AsyncClient(base_url=stand.origin, headers=headers) as client:
        for endpoint in endpoints:
            path = f"/subscriptions/{endpoint.subscription}/rotate"
            assert (await client.post(path, json={"keep_hours": 1})).status_code == 200
    (event,) = await stand.happen()
    for endpoint in endpoints:
        await endpoint.running.says(event)
