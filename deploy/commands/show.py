"""`city show`: where a city is, what runs, and how much of everything it has."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from ..databases import connected
from .place import City

# What is counted in each service's database; a query with two columns counts by the first.
COUNTS: Mapping[str, Mapping[str, str]] = {
    "catalogue": {
        "organisations": "SELECT state, count(*) FROM organisation GROUP BY state",
        "activities": "SELECT state, count(*) FROM activity GROUP BY state",
        "skills": "SELECT count(*) FROM skill",
        "learners": "SELECT count(*) FROM learner",
        "completions": "SELECT count(*) FROM completion",
    },
    "badges": {
        "achievements": "SELECT count(*) FROM achievement",
        "awards": "SELECT CASE WHEN revoked_at IS NOT NULL THEN 'revoked' WHEN issued_at IS NULL THEN 'due'"
        " ELSE 'issued' END, count(*) FROM award GROUP BY 1",
    },
    "pathways": {
        "playlists": "SELECT count(*) FROM pathway WHERE version > 0",
        "enrolments": "SELECT CASE WHEN completed_at IS NULL THEN 'on the way' ELSE 'completed' END, count(*)"
        " FROM enrolment GROUP BY 1",
    },
    "notify": {"letters": "SELECT state, count(*) FROM letter GROUP BY state"},
}
EVENTS = """
    SELECT CASE WHEN unsent.id IS NULL THEN 'sent' ELSE 'waiting' END, count(*)
    FROM journal LEFT JOIN unsent USING (id) GROUP BY 1
"""
Count = int | dict[str, int]


@dataclass(frozen=True)
class Sight:
    """What `show` found: processes by name, and counts by service and thing."""

    city: str
    public_url: str
    processes: dict[str, dict[str, Any]]
    counts: dict[str, dict[str, Count]]


def show(city: City, as_json: bool) -> None:
    """Print the city at a glance."""
    sight = asyncio.run(look(city))
    if as_json:
        print(json.dumps(vars(sight), indent=2))
        return
    console = Console()
    console.print(f"[bold]{sight.city}[/bold] at {sight.public_url}")
    if sight.processes:
        console.print(process_table(sight))
    console.print(count_table(sight))


async def look(city: City) -> Sight:
    """Count everything. Raises DatabaseRefused."""
    counts = {service: await count(url, service) for service, url in city.database_urls().items()}
    children = city.running.children if city.running else {}
    processes = {
        name: {"pid": one.pid, "url": one.url, "restarts": one.restarts} for name, one in children.items()
    }
    return Sight(city.name, city.public_url, processes, counts)


async def count(url: str, service: str) -> dict[str, Count]:
    """How much of everything a service's database has."""
    found: dict[str, Count] = {}
    async with connected(url) as database:
        for thing, query in {**COUNTS[service], "events": EVENTS}.items():
            rows = [tuple(row) for row in await database.fetch(query)]
            found[thing] = rows[0][0] if rows and len(rows[0]) == 1 else dict(rows)
    return found


def process_table(sight: Sight) -> Table:
    """The processes on this machine."""
    table = Table("process", "pid", "restarts", "where", box=None)
    for name, one in sight.processes.items():
        table.add_row(name, str(one["pid"]), str(one["restarts"]), one["url"])
    return table


def count_table(sight: Sight) -> Table:
    """What each service has."""
    table = Table("service", "what", "how many", box=None)
    for service, things in sight.counts.items():
        for thing, counted in things.items():
            table.add_row(service, thing, ", ".join(told(counted)) or "0")
    return table


def told(counted: Count) -> Iterator[str]:
    """A count in words, part by part."""
    if isinstance(counted, int):
        yield f"{counted:,}"
    else:
        yield from (f"{number:,} {state}" for state, number in sorted(counted.items()))
