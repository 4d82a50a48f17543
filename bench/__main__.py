"""`make bench`: measure, print beside the last figures, and keep them in bench/results/latest.json.

`make bench ARGS="signing verifying"` measures these alone and keeps the others' figures as they were;
`ARGS="awards long"` also what takes many minutes.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from . import awards, baking, events, letters, serving, signing, verifying, webhooks
from .machine import machine

LATEST = Path(__file__).parent / "results" / "latest.json"
LONGER = "long"
ABOUT = ("machine", "date", "commit")
PARTS: dict[str, Callable[[], dict[str, float]]] = {
    "events": lambda: asyncio.run(events.measure()),
    "signing": signing.measure,
    "awards": awards.measure,
    "verifying": verifying.measure,
    "baking": baking.measure,
    "serving": serving.measure,
    "webhooks": webhooks.measure,
    "letters": letters.measure,
}


def main() -> None:
    """Measure everything, or the parts that are named."""
    before = json.loads(LATEST.read_text()) if LATEST.exists() else {}
    figures: dict[str, float] = {}
    for name in [each for each in sys.argv[1:] if each != LONGER] or PARTS:
        figures |= PARTS[name]()
    show(figures, before)
    about = {"machine": machine(), "date": datetime.now(UTC).date().isoformat(), "commit": commit()}
    kept = {name: value for name, value in before.items() if name not in ABOUT}
    LATEST.write_text(json.dumps({**about, **kept, **figures}, indent=2) + "\n")


def commit() -> str:
    """What was measured; empty outside a checkout."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def show(figures: dict[str, float], before: dict[str, float]) -> None:
    """A table of the figures, with those of the last run."""
    table = Table("figure", "now", "last", title=machine())
    for name, value in figures.items():
        last = before.get(name)
        table.add_row(name, f"{value:,.2f}", f"{last:,.2f}" if last is not None else "-")
    Console().print(table)


if __name__ == "__main__":
    main()
