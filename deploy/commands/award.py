"""`city award FILE`: a list of people is looked at, confirmed, and its job watched until it is done."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from .place import City
from .token import Mint

KINDS = {".csv": "text/csv", ".json": "application/json", ".ndjson": "application/x-ndjson"}
SHOWN = 20  # rows at fault that are shown; --fix writes them all into a file
SOUND = {"valid", "already", "duplicate"}
EVERY = 0.5  # seconds between two looks at the job
PATIENCE = 60.0  # seconds that the city may be away while its job is watched
Ask = Callable[[str], bool]


class NotAList(Exception):
    """The file is no list: give one that ends in .csv, .json or .ndjson."""


class Refused(Exception):
    """The city refused the list; the message says why and what helps."""


@dataclass(frozen=True)
class Order:
    """A list and what everybody on it is awarded; `actor` is the address that is noted with the awards."""

    file: Path
    achievement: UUID
    occasion: str | None
    actor: str


class Desk:
    """Where an operator hands in lists: the badges service of a city."""

    def __init__(self, city: City, actor: str, client: httpx.Client) -> None:
        self._mint, self._actor, self._client = Mint(city), actor, client
        self._url = city.service_url("badges")

    def look(self, order: Order) -> dict[str, Any]:
        """What would become of every row. Raises Refused and NotAList."""
        return self._send(order, {})

    def fixed(self, order: Order) -> str:
        """The rows at fault as CSV to be mended."""
        answer = self._post(order, {"format": "csv", "rows": "faults"})
        return answer.text

    def confirm(self, order: Order) -> dict[str, Any]:
        """Start the job, once: also where an answer was lost and the list is sent again."""
        key = {"Idempotency-Key": str(uuid4())}
        return patiently(lambda: self._send(order, {"confirm": "true"}, key))

    def progress(self, job: str) -> dict[str, Any]:
        """How far a job is."""
        url = f"{self._url}/awards/jobs/{job}/progress"
        return patiently(lambda: _told(self._client.get(url, headers=self._headers())))

    def _send(
        self, order: Order, query: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        return _told(self._post(order, query, headers))

    def _post(
        self, order: Order, query: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        kind = KINDS.get(order.file.suffix.lower())
        if kind is None:
            raise NotAList
        told = {"occasion": order.occasion} if order.occasion else {}
        answer = self._client.post(
            f"{self._url}/achievements/{order.achievement}/awards/bulk",
            content=order.file.read_bytes(),
            params={**query, **told},
            headers={**self._headers(), "Content-Type": kind, **(headers or {})},
        )
        if answer.is_error:
            _told(answer)
        return answer

    def _headers(self) -> dict[str, str]:
        """A token is good for ten minutes, and a job may take longer."""
        return {"Authorization": f"Bearer {self._mint.token(self._actor, operator=True)}"}


def award(city: City, order: Order, ask: Ask, fix: Path | None) -> bool:
    """Award everybody on the list, once `ask` has agreed to what was shown; False where lines failed.

    With `fix` the rows at fault are written there as CSV. Raises Refused, NotAList and what reading raises.
    """
    console = Console(stderr=True)
    with httpx.Client(timeout=120, trust_env=False) as client:
        desk = Desk(city, order.actor, client)
        report = desk.look(order)
        show_report(console, report)
        if fix is not None:
            fix.write_text(desk.fixed(order), encoding="utf-8")
        sound, valid = not report["outcomes"].keys() - SOUND, report["outcomes"].get("valid", 0)
        if not valid or not ask(f"award {valid:,} people?"):
            return sound
        done = watch(console, desk, desk.confirm(order)["job"])
    show_outcomes(console, done["outcomes"], f"job {done['job']}: {done['state']}")
    return sound and not done["outcomes"].get("failed") and done["state"] == "done"


def show_report(console: Console, report: Mapping[str, Any]) -> None:
    """What would become of the list: counts, and the first rows at fault."""
    show_outcomes(console, report["outcomes"], f"{report['rows']} people")
    faults = [line for line in report["lines"] if line["outcome"] != "valid"]
    for line in faults[:SHOWN]:
        console.print(
            f"line {line['line']}: {line['outcome']}: {line['detail']}", markup=False, highlight=False
        )
    if len(faults) > SHOWN:
        console.print(f"and {len(faults) - SHOWN} more; --fix FILE writes all of them", markup=False)


def show_outcomes(console: Console, outcomes: Mapping[str, int], title: str) -> None:
    """How many lines had each outcome."""
    table = Table("outcome", "how many", box=None, title=title, title_justify="left")
    for outcome, count in sorted(outcomes.items(), key=lambda each: -each[1]):
        table.add_row(outcome.replace("_", " "), f"{count:,}")
    console.print(table)


def watch(console: Console, desk: Desk, job: str) -> dict[str, Any]:
    """A bar until the job is over; the last that was heard of it. Leaving does not stop the job."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("awarding", total=None, rate="")
        while True:
            found = desk.progress(job)
            _show(bar, task, found)
            if found["state"] in ("done", "cancelled"):
                return found
            time.sleep(EVERY)  # the terminal shows what a look finds


def patiently(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Ask again while the service is being restarted. Raises Refused where it stays away."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except httpx.TransportError:
            if time.monotonic() > until:
                raise Refused("the city does not answer; what it has taken in goes on when it runs") from None
            time.sleep(EVERY)  # nothing announces that a service is back


def _show(bar: Progress, task: TaskID, found: Mapping[str, Any]) -> None:
    words = {"running": "awarding", "paused": "paused"}.get(found["state"], found["state"])
    rate = f"{found['per_second']:,.0f}/s"
    done = found["lines"] - found["waiting"]
    bar.update(task, description=words, total=found["lines"], completed=done, rate=rate)


def _told(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        try:
            detail = answer.json()["detail"]
        except (ValueError, KeyError, TypeError):
            detail = f"the city answered {answer.status_code}"
        raise Refused(str(detail))
    found: dict[str, Any] = answer.json()
    return found
