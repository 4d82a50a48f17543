"""What must be true of a city when it has settled: counted in the databases, the stream and the mail sink."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from deploy import topology
from deploy.commands import events
from deploy.commands.place import City
from deploy.databases import connected
from deploy.demo import letters, stream
from deploy.demo.story import Story
from deploy.nats.permissions import OPERATOR

UNSETTLED = {
    "badges": ("SELECT count(*) FROM award WHERE issued_at IS NULL AND revoked_at IS NULL",),
    "notify": ("SELECT count(*) FROM letter WHERE state IN ('queued', 'sending')",),
    "catalogue": (),
    "pathways": (),
}
LEFT = ("SELECT count(*) FROM journal WHERE sent_at IS NULL", "SELECT count(*) FROM waiting")
# Each line says of what there may be no second one, by the keys in an event's data.
ONCE = {
    "badges.badge.awarded.v1": ("award",),
    "pathways.pathway.started.v1": ("enrolment",),
    "pathways.step.completed.v1": ("enrolment", "step"),
    "pathways.pathway.completed.v1": ("enrolment",),
    "notify.letter.sent.v1": ("letter",),
}


async def number(url: str, query: str) -> int:
    """The one number a query answers."""
    async with connected(url) as database:
        return int(await database.fetchval(query))


async def unsettled(city: City) -> dict[str, int]:
    """What is still on its way, by the query that counted it."""
    found: dict[str, int] = {}
    for service, url in city.database_urls().items():
        for query in (*UNSETTLED[service], *LEFT):
            found[f"{service}: {query}"] = await number(url, query)
    async with topology.connected(city.addresses.nats_url, city.addresses.nats_password(OPERATOR)) as client:
        found["unhandled"] = await stream.pending(client, city.name)
    return {what: left for what, left in found.items() if left}


@dataclass
class Ledger:
    """Facts of a settled city, and what is wrong with them."""

    awards: int = 0
    credentials: int = 0
    facts: Counter[str] = field(default_factory=Counter)
    doubled: list[str] = field(default_factory=list)
    letters: Counter[str] = field(default_factory=Counter)
    arrived: int = 0
    arrived_twice: int = 0
    dead: int = 0


async def audit(story: Story) -> Ledger:
    """Count everything."""
    ledger, city = Ledger(), story.city
    urls = city.database_urls()
    ledger.awards = await number(urls["badges"], "SELECT count(*) FROM award")
    ledger.credentials = await number(urls["badges"], "SELECT count(DISTINCT award) FROM credential")
    async with connected(urls["notify"]) as database:
        rows = await database.fetch("SELECT state, count(*) FROM letter GROUP BY state")
        ledger.letters.update({row[0]: row[1] for row in rows})
    arrived = await letters.read_all(story.door)
    ledger.arrived, ledger.arrived_twice = len(arrived), letters.duplicated(arrived)
    ledger.dead = len(await events.dead_letters(urls))
    await _read_stream(story, ledger)
    return ledger


async def _read_stream(story: Story, ledger: Ledger) -> None:
    """Each fact once. The same event stored twice, by its id, is allowed: consumers drop it."""
    seen: dict[tuple[Any, ...], str] = {}
    async with story.nats() as client:
        async for message in stream.messages(client, story.city.name):
            kind = message.subject.split(".", 4)[4]
            if message.plane != "pub" or kind not in ONCE:
                continue
            event = message.envelope
            key = (kind, *(event["data"][name] for name in ONCE[kind]))
            if seen.setdefault(key, event["id"]) != event["id"]:
                ledger.doubled.append(str(key))
    ledger.facts.update(key[0] for key in seen)
