"""Follow the feed as it grows, over one connection at a time, without a gap between them."""

import json
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx
from city_token import CITY, headers

PLACE = Path("position.txt")  # in earnest in your database, written together with what the events lead to
WAIT = httpx.Timeout(10, read=60)  # there is a sign of life every 15 seconds


def blocks(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """The fields of each block (WHATWG HTML, 9.2); those of a comment alone are left out."""
    block: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            block[name] = value.removeprefix(" ")
        else:
            yield block
            block = {}


def follow(after: int) -> int:
    """Handle events until the stream ends; answers the position reached."""
    asked = headers() | {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
    url = f"{CITY}/events?types=badges.*"
    with httpx.stream("GET", url, headers=asked, timeout=WAIT) as answer:
        answer.raise_for_status()
        for block in blocks(answer.iter_lines()):
            if block.get("event") == "end":  # token-expired, integration-ended, stopping or interrupted
                return after
            if "data" in block:
                event = json.loads(block["data"])
                print(block["id"], event["type"], event["id"], flush=True)
            if "id" in block:  # signs of life have one, too
                after = int(block["id"])
                PLACE.write_text(str(after))
    return after


position = int(PLACE.read_text()) if PLACE.exists() else 0
while True:
    try:
        position = follow(position)
    except httpx.TransportError:
        time.sleep(3)
        position = int(PLACE.read_text()) if PLACE.exists() else 0
