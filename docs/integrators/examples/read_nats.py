"""Read a durable consumer on NATS, acknowledge each event, and come back whenever the connection ends."""

import asyncio
import json
import os
from typing import Any

import httpx
import nats
from city_token import CITY, headers, token
from nats.errors import Error as NatsError

READERS = f"{CITY}/integrations/{os.environ['INTEGRATION']}/readers"


def reader(name: str, types: str) -> dict[str, Any]:
    """The reader of that name; made where there is none; it starts with the first event that is kept."""
    made = httpx.post(READERS, json={"name": name, "types": types}, headers=headers())
    if made.status_code != 409:  # there is one of that name
        made.raise_for_status()
    listed = httpx.get(READERS, headers=headers()).raise_for_status().json()["items"]
    return next(each for each in listed if each["name"] == name)


async def read(durable: str, connect: dict[str, Any]) -> None:
    """Handle events until the connection ends; at the latest when the token expires."""
    client = await nats.connect(
        os.environ.get("NATS_URL") or connect["server"] or connect["websocket"],
        user="token",
        password=token(),
        inbox_prefix=connect["inbox_prefix"],  # without it no answer arrives, and everything times out
        allow_reconnect=False,  # a new connection needs a new token
    )
    try:
        consumer = await client.jetstream().pull_subscribe_bind(durable, connect["stream"])
        while client.is_connected:
            try:
                messages = await consumer.fetch(100, timeout=5)
            except TimeoutError:
                continue  # nothing new
            for message in messages:
                event = json.loads(message.data)
                print(event["type"], event["id"], flush=True)
                await message.ack()  # after the event was handled; unacknowledged, it comes again
    finally:
        await client.close()


async def main() -> None:
    """Go on for ever."""
    mine = reader(os.environ.get("READER", "HR"), "badges.*")
    while True:
        try:
            await read(mine["durable"], mine["connect"])
        except (NatsError, OSError, TimeoutError) as error:
            print(f"once more: {error}", flush=True)
        await asyncio.sleep(1)


asyncio.run(main())
