"""What is still on its way in a city, and how long that lasts after the last fault."""

import asyncio
import time

from deploy import topology
from deploy.commands.place import City
from deploy.databases import connected
from deploy.demo import stream
from deploy.nats.permissions import OPERATOR

SETTLE = 60.0  # seconds after the last fault by which nothing may be stuck any more
EVERYWHERE = {
    "journal rows not sent": "SELECT count(*) FROM unsent",
    "events that wait": "SELECT count(*) FROM waiting",
}
UNSETTLED = {
    "badges": {
        "awards not issued": "SELECT count(*) FROM award WHERE issued_at IS NULL AND revoked_at IS NULL",
        "bulk lines that wait": "SELECT count(*) FROM award_job_line WHERE outcome = 'waiting'",
        "bulk jobs": "SELECT count(*) FROM award_job WHERE state <> 'done'",
        "stale status lists": "SELECT count(*) FROM status_list WHERE stale",
        "pictures to be drawn": "SELECT count(*) FROM picture WHERE due_at IS NOT NULL",
    },
    "notify": {
        "letters": "SELECT count(*) FROM letter WHERE state IN ('queued', 'sending')",
        "deliveries": "SELECT count(*) FROM delivery WHERE state IN ('due', 'sending')",
    },
    "pathways": {"people to be looked at": "SELECT count(*) FROM due"},
    "catalogue": {},
}


async def settled(city: City) -> object:
    """Wait until nothing is on its way; two looks in a row must agree. Answers what was so last.

    Raises AssertionError naming what is stuck after SETTLE seconds.
    """
    started, quiet = time.monotonic(), 0
    last: object = None
    while quiet < 2:
        assert time.monotonic() - started < SETTLE, f"stuck {SETTLE:g} s after the last fault: {last}"
        left = await _look(city)
        last, quiet = (left, 0) if left else (last, quiet + 1)
        await asyncio.sleep(0.3)
    return last


async def _look(city: City) -> object:
    try:
        return await unsettled(city)
    except Exception as error:  # a server that was killed a moment ago does not answer yet
        return repr(error)


async def unsettled(city: City) -> dict[str, int]:
    """What is still on its way, in words."""
    found: dict[str, int] = {}
    for service, url in city.database_urls().items():
        async with connected(url) as database:
            for what, query in (EVERYWHERE | UNSETTLED[service]).items():
                found[f"{service}: {what}"] = await database.fetchval(query)
    async with topology.connected(city.addresses.nats_url, city.addresses.nats_password(OPERATOR)) as client:
        found["events not handled"] = await stream.pending(client, city.name)
    return {what: left for what, left in found.items() if left}
