"""The other half of the ledger: everything that really happened, read from where it left its trace."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from deploy.commands import events
from deploy.databases import connected
from deploy.demo import steps, stream
from deploy.demo.story import Story
from deploy.parked import DeadLetter
from tests.notify.receiver import Got

from .workload import Award

PAGE = 1000


@dataclass
class Producer:
    """A service's journal, and which of its numbers the stream has."""

    numbers: list[int] = field(default_factory=list)
    public: set[str] = field(default_factory=set)  # ids of public events
    in_stream: set[int] = field(default_factory=set)


@dataclass
class Letters:
    """What notify says of its letters, by id, and how often each came to the mail server."""

    states: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    taken: Counter[str] = field(default_factory=Counter)


@dataclass
class Effects:
    """Everything, of a city that has settled."""

    awards: Counter[Award] = field(default_factory=Counter)
    without_credential: int = 0
    jobs: set[UUID] = field(default_factory=set)  # bulk awards
    producers: dict[str, Producer] = field(default_factory=dict)
    facts: list[dict[str, Any]] = field(default_factory=list)  # public events of the stream
    award_ids: set[str] = field(default_factory=set)
    feed: list[tuple[int, str]] = field(default_factory=list)
    letters: Letters = field(default_factory=Letters)
    deliveries: Counter[str] = field(default_factory=Counter)
    webhooks: list[Got] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    dead: list[DeadLetter] = field(default_factory=list)


async def read_all(story: Story, taken: Counter[str], webhooks: list[Got]) -> Effects:
    """Read it all."""
    effects, urls = Effects(webhooks=webhooks), story.city.database_urls()
    effects.letters.taken = taken
    effects.dead = await events.dead_letters(urls)
    for service, url in urls.items():
        async with connected(url) as database:
            effects.producers[service] = await _journal(database)
            effects.refused.update(await _refusals(database, service))
    async with connected(urls["badges"]) as database:
        await _badges(database, effects)
    async with connected(urls["notify"]) as database:
        await _notify(database, effects)
    await _stream(story, effects)
    await _feed(story, effects)
    return effects


async def _journal(database: asyncpg.Connection) -> Producer:
    rows = await database.fetch(
        "SELECT sequence, plane, event_id FROM journal LEFT JOIN numbered USING (id) ORDER BY sequence"
    )
    public = {str(row["event_id"]) for row in rows if row["plane"] == "pub"}
    return Producer([row["sequence"] for row in rows], public)


async def _refusals(database: asyncpg.Connection, service: str) -> dict[str, int]:
    rows = await database.fetch("SELECT refused, count(*) FROM inbox WHERE refused IS NOT NULL GROUP BY 1")
    return {f"{service}: {row[0]}": row[1] for row in rows}


async def _badges(database: asyncpg.Connection, effects: Effects) -> None:
    rows = await database.fetch(
        "SELECT a.id, recipient, achievement, c.award IS NULL AS lacks"
        " FROM award a LEFT JOIN credential c ON c.award = a.id"
    )
    effects.awards.update((UUID(str(row["recipient"])), UUID(str(row["achievement"]))) for row in rows)
    effects.award_ids = {str(row["id"]) for row in rows}
    effects.without_credential = sum(row["lacks"] for row in rows)
    effects.jobs = {UUID(str(row["id"])) for row in await database.fetch("SELECT id FROM award_job")}


async def _notify(database: asyncpg.Connection, effects: Effects) -> None:
    for row in await database.fetch("SELECT id, state, reason FROM letter"):
        effects.letters.states[str(row["id"])] = row["state"]
        effects.letters.reasons[str(row["id"])] = row["reason"] or ""
    rows = await database.fetch("SELECT state, count(*) FROM delivery GROUP BY 1")
    effects.deliveries.update({row[0]: row[1] for row in rows})


async def _stream(story: Story, effects: Effects) -> None:
    """The same event stored twice, by its id, is allowed: consumers drop it."""
    seen: set[str] = set()
    async with story.nats() as client:
        async for message in stream.messages(client, story.city.name):
            event = message.envelope
            producer = effects.producers[event["source"].rpartition("/")[2]]
            producer.in_stream.add(int(event["sequence"]))
            if message.plane == "pub" and event["id"] not in seen:
                seen.add(event["id"])
                effects.facts.append(event)


async def _feed(story: Story, effects: Effects) -> None:
    token, after = story.people.learner(steps.OPERATOR), 0
    while True:
        page = await story.door.ask(f"/events?after={after}&limit={PAGE}", token)
        effects.feed += [(each["position"], each["event"]["id"]) for each in page["events"]]
        after = page["next"]
        if after >= page["last"]:
            return
