"""`city queue`: what waits in a city, where, and what to do about each."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import asyncpg
from rich.console import Console
from rich.table import Table

from contracts import subjects
from services.chassis.waiting import DEAD

from .. import topology
from ..databases import connected
from ..nats.permissions import OPERATOR
from .place import City


@dataclass(frozen=True)
class Kind:
    """Something that can wait: its name and its rows as SQL, since when each waits, and what to do."""

    what: str
    rows: str
    since: str
    todo: str

    @property
    def query(self) -> str:
        """Answers name, number and for how many seconds the first has waited; no row where none waits."""
        age = f"greatest(0, coalesce(extract(epoch FROM now() - min({self.since})), 0))"
        return f"SELECT {self.what}, count(*), {age} FROM {self.rows} GROUP BY 1 ORDER BY 1"  # noqa: S608 (constants)


@dataclass(frozen=True)
class Wait:
    """What waits in one place: how much, for how many seconds already, and what to do about it."""

    where: str
    what: str
    number: int
    seconds: float
    todo: str


_EVERYWHERE = (
    Kind(
        "'events to be sent'",
        "unsent JOIN journal USING (id)",
        "created_at",
        "start NATS; `city doctor` says what is at fault",
    ),
    Kind(
        "'events that need: ' || split_part(needs, ':', 1)",
        f"waiting WHERE needs IS NOT NULL AND NOT {DEAD}",
        "since",
        "nothing: they go on once that is here; after a day they are dead letters",
    ),
    Kind(
        "'events that failed'",
        f"waiting WHERE needs IS NULL AND NOT {DEAD}",
        "since",
        "nothing: they are tried again; the service's log says why they failed",
    ),
    Kind(
        "'dead letters'",
        f"waiting WHERE {DEAD}",
        "since",
        "`city dead-letters list`; once the cause is gone, `city dead-letters retry`",
    ),
)
_OWN: Mapping[str, Sequence[Kind]] = {
    "badges": (
        Kind(
            "'awards due'",
            "award WHERE due_at IS NOT NULL AND attempts = 0",
            "due_at",
            "nothing, unless it lasts: /badges/health/ready says why",
        ),
        Kind(
            "'awards that could not be issued'",
            "award WHERE due_at IS NOT NULL AND attempts > 0",
            "awarded_at",
            "the log of badges says why; each is tried again within the hour",
        ),
        Kind(
            "'lines of bulk award ' || j.id || ', ' || j.state",
            "award_job j JOIN award_job_line l ON l.job = j.id AND l.outcome = 'waiting'"
            " WHERE j.state IN ('running', 'paused')",
            "j.made_at",
            "nothing where it runs; one that is paused waits for somebody to resume or cancel it",
        ),
    ),
    "pathways": (Kind("'enrolments to be worked out'", "due", "now()", "nothing, unless it lasts"),),
    "notify": (
        Kind(
            "'letters queued'",
            "letter WHERE state = 'queued'",
            "due",
            "start the mail server, or correct SMTP_URL; quiet hours and limits of your own delay them too",
        ),
        Kind(
            "'letters unknown'",
            "letter WHERE state = 'unknown'",
            "changed_at",
            "they may have arrived: see /letters?state=unknown, resend those that did not",
        ),
        Kind(
            "'letters ' || state",
            "letter WHERE state IN ('failed', 'bounced', 'complained')",
            "changed_at",
            "/letters?state=failed and so on say why; correct the address, or resend",
        ),
        Kind(
            "'deliveries due'",
            "delivery WHERE state = 'due' AND attempts = attempts_before",
            "due",
            "nothing; those of paused subscriptions wait until they are resumed",
        ),
        Kind(
            "'deliveries that failed and are tried again'",
            "delivery WHERE state = 'due' AND attempts > attempts_before",
            "created_at",
            "the receiver is at fault: tell whoever runs it; see /subscriptions",
        ),
        Kind(
            "'subscriptions that fail'",
            "subscription WHERE state = 'active' AND failing_since IS NOT NULL",
            "failing_since",
            "tell whoever runs the receiver; after WEBHOOK_GIVE_UP_DAYS it is switched off",
        ),
    ),
}
_BEHIND = "nothing where the number falls; else look at the service's log"


def write_out(city: City, as_json: bool) -> None:
    """Print what waits. Raises DatabaseRefused and NatsRefused."""
    waits = asyncio.run(_all(city))
    if as_json:
        print(json.dumps([asdict(each) for each in waits], indent=2))
    elif waits:
        Console().print(_table(waits))
    else:
        print("nothing waits")


async def _all(city: City) -> list[Wait]:
    found = [each async for each in _behind(city)]
    for service, url in city.database_urls().items():
        async with connected(url) as database:
            found += [each async for each in _of(service, database)]
    return found


async def _of(service: str, database: asyncpg.Connection) -> AsyncIterator[Wait]:
    for kind in (*_EVERYWHERE, *_OWN.get(service, ())):
        for what, number, seconds in await database.fetch(kind.query):
            yield Wait(service, what, number, round(float(seconds), 1), kind.todo)


async def _behind(city: City) -> AsyncIterator[Wait]:
    """Events that consumers have not handled."""
    addresses = city.addresses
    async with topology.connected(addresses.nats_url, addresses.nats_password(OPERATOR)) as client:
        js = client.jetstream()
        for durable in topology.durables(city.database_urls()):
            info = await js.consumer_info(subjects.stream(city.name), durable.name)
            behind = (info.num_pending or 0) + (info.num_ack_pending or 0)
            if behind:
                yield Wait("nats", f"events for {durable.name}", behind, 0, _BEHIND)


def _table(waits: Sequence[Wait]) -> Table:
    table = Table("where", "what", "how many", "since", "what to do", box=None)
    for each in waits:
        table.add_row(each.where, each.what, f"{each.number:,}", _since(each.seconds), each.todo)
    return table


def _since(seconds: float) -> str:
    for unit, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"
