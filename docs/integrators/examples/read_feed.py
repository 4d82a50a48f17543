"""Read what is new in the feed, page by page, from where the last run stopped."""

from pathlib import Path

import httpx
from city_token import CITY, headers

PLACE = Path("position.txt")  # in earnest in your database, written together with what the events lead to


def read() -> None:
    """Handle every event up to the feed's end."""
    after = int(PLACE.read_text()) if PLACE.exists() else 0
    while True:
        wanted: dict[str, str | int] = {"after": after, "types": "badges.*", "limit": 500}
        page = httpx.get(f"{CITY}/events", params=wanted, headers=headers()).raise_for_status().json()
        for each in page["events"]:
            print(each["position"], each["event"]["type"], each["event"]["id"])
        after = page["next"]
        PLACE.write_text(str(after))
        if after >= page["last"]:  # a page may be empty before that: `next` moves on all the same
            return


read()
