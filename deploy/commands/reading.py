"""What the services of a running city say of themselves: metrics, whether they are ready, bulk awards."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
from prometheus_client.parser import text_string_to_metric_families

from ..databases import connected
from .place import City

READY = "ready"
_JOBS = """
    SELECT j.id::text, j.state, extract(epoch FROM now() - j.made_at) AS age, count(*) AS lines,
        count(*) FILTER (WHERE l.outcome <> 'waiting') AS done
    FROM award_job j JOIN award_job_line l ON l.job = j.id
    WHERE j.state IN ('running', 'paused') GROUP BY j.id ORDER BY j.made_at LIMIT 10
"""
Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class JobSeen:
    """A bulk award that is not finished; its age in seconds."""

    id: str
    state: str
    age: float
    lines: int
    done: int


@dataclass(frozen=True)
class Said:
    """What one service says: `health` is "ready", or what is wrong; metrics by name and labels."""

    health: str
    metrics: Mapping[str, Mapping[Labels, float]] = field(default_factory=dict)

    def total(self, name: str, **labels: str) -> float:
        """The sum of a metric's values that have these labels."""
        found = self.metrics.get(name, {})
        return sum(value for of, value in found.items() if set(labels.items()) <= of)

    def by(self, name: str, label: str) -> dict[str, float]:
        """A metric's values by one of its labels."""
        sums: dict[str, float] = {}
        for of, value in self.metrics.get(name, {}).items():
            key = dict(of).get(label, "")
            sums[key] = sums.get(key, 0) + value
        return sums


@dataclass(frozen=True)
class Reading:
    """The whole city at one moment, `at` in seconds of a clock that only counts."""

    at: float
    services: Mapping[str, Said]
    jobs: tuple[JobSeen, ...] = ()

    def rate(self, before: "Reading", service: str, name: str, **labels: str) -> float | None:
        """How much a service's counter grew a second since `before`; None where it began anew meanwhile."""
        grown = self.services[service].total(name, **labels) - before.services[service].total(name, **labels)
        seconds = self.at - before.at
        return grown / seconds if seconds > 0 and grown >= 0 else None


async def read(city: City) -> Reading:
    """Ask every service. One that does not answer is part of what is read."""
    names = list(city.database_urls())
    async with httpx.AsyncClient(timeout=5) as client:
        said = await asyncio.gather(*(_said(client, city, name) for name in names))
    jobs = await _jobs(city) if "badges" in names else ()
    return Reading(time.monotonic(), dict(zip(names, said, strict=True)), jobs)


async def _said(client: httpx.AsyncClient, city: City, name: str) -> Said:
    address = f"{city.service_url(name)}/{name}"
    try:
        ready = await client.get(f"{address}/health/ready")
        answer = await client.get(f"{address}/metrics")
    except httpx.HTTPError:
        return Said("does not answer")
    if answer.status_code != 200:  # the city's door does not let strangers see metrics
        return Said("metrics are not shown here: run this where the services run")
    return Said(READY if ready.status_code == 200 else _wrong(ready), _parsed(answer.text))


def _wrong(ready: httpx.Response) -> str:
    try:
        found = [check["detail"] for check in ready.json()["checks"] if not check["ok"]]
    except (ValueError, KeyError, TypeError):
        return f"answers {ready.status_code}"
    return "; ".join(found)


def _parsed(text: str) -> dict[str, dict[Labels, float]]:
    found: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


async def _jobs(city: City) -> tuple[JobSeen, ...]:
    async with connected(city.addresses.database_url("badges")) as badges:
        rows = await badges.fetch(_JOBS)
    return tuple(
        JobSeen(row["id"], row["state"], float(row["age"]), row["lines"], row["done"]) for row in rows
    )
