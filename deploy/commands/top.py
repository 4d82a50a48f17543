"""`city top`: what a running city is doing just now, and what waits in it."""

import asyncio
from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from .place import City
from .reading import READY, JobSeen, Reading, read

WIDE = 20  # characters of a bar
REQUESTS = "http_server_duration_seconds_count"


def watch(city: City, once: bool, seconds: float) -> None:
    """Show the city anew every so many seconds until Ctrl-C; `once`, print it a single time."""
    asyncio.run(_once(city, seconds) if once else _watch(city, seconds))


async def _once(city: City, seconds: float) -> None:
    before = await read(city)
    await asyncio.sleep(seconds)
    Console().print(picture(city, before, await read(city)))


async def _watch(city: City, seconds: float) -> None:
    before = await read(city)
    with Live(picture(city, before, before), auto_refresh=False, screen=True) as live:
        while True:
            await asyncio.sleep(seconds)
            now = await read(city)
            live.update(picture(city, before, now), refresh=True)
            before = now


def picture(city: City, before: Reading, now: Reading) -> RenderableType:
    """Everything that is shown, with rates as of between the two readings."""
    head = Text.assemble((city.name, "bold"), f" at {city.public_url}")
    parts: list[RenderableType] = [head, _services(before, now), _figures(before, now)]
    return Group(*parts, _jobs(now)) if now.jobs else Group(*parts)


def _services(before: Reading, now: Reading) -> Table:
    heads = ("service", "health", "requests/s", "errors/s", "not sent", "oldest", "behind", "waiting", "dead")
    table = Table(*heads, box=None)
    for name, said in now.services.items():
        behind = said.by("col_consumer_pending", "consumer").items()
        table.add_row(
            name,
            Text(said.health, "green" if said.health == READY else "red"),
            _number(now.rate(before, name, REQUESTS)),
            _number(_failures(before, now, name)),
            _number(said.total("col_journal_unsent")),
            f"{said.total('col_journal_unsent_age_seconds'):.0f} s",
            ", ".join(f"{consumer} {number:,.0f}" for consumer, number in behind),
            _number(said.total("col_events_waiting")),
            _number(said.total("col_dead_letters")),
        )
    return table


def _failures(before: Reading, now: Reading, name: str) -> float:
    """Answers of 500 and above a second."""
    failing = [status for status in now.services[name].by(REQUESTS, "status") if status.startswith("5")]
    return sum(now.rate(before, name, REQUESTS, status=status) or 0 for status in failing)


def _figures(before: Reading, now: Reading) -> Table:
    table = Table("what", "a second", "now", box=None)
    for row in (*_awards(before, now), *_sent(before, now)):
        table.add_row(*row)
    return table


def _awards(before: Reading, now: Reading) -> Iterator[tuple[str, str, str]]:
    if "badges" in now.services:
        due = now.services["badges"].total("col_awards_due")
        yield "awards requested", _number(now.rate(before, "badges", "col_badges_requested_total")), ""
        yield (
            "awards issued",
            _number(now.rate(before, "badges", "col_badges_issued_total")),
            f"{due:,.0f} due",
        )
    if "pathways" in now.services:
        due = now.services["pathways"].total("col_enrolments_due")
        yield (
            "steps completed",
            _number(now.rate(before, "pathways", "col_pathway_steps_total")),
            f"{due:,.0f} due",
        )


def _sent(before: Reading, now: Reading) -> Iterator[tuple[str, str, str]]:
    if "notify" not in now.services:
        return
    for what, counter, state in (
        ("letters", "col_letters", "sent"),
        ("deliveries", "col_deliveries", "delivered"),
    ):
        rate = now.rate(before, "notify", f"{counter}_total", state=state)
        standing = now.services["notify"].by(f"{counter}_now", "state")
        told = ", ".join(f"{number:,.0f} {name}" for name, number in standing.items() if number)
        yield f"{what} {state}", _number(rate), told or "none wait"


def _jobs(now: Reading) -> Table:
    table = Table("bulk award", "state", "", "lines", "asked for", box=None)
    for job in now.jobs:
        bar = ProgressBar(total=job.lines, completed=job.done, width=WIDE)
        table.add_row(job.id, job.state, bar, _progress(job), f"{job.age:,.0f} s ago")
    return table


def _progress(job: JobSeen) -> str:
    return f"{job.done:,} of {job.lines:,}"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
