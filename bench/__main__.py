"""`make bench`: measure, print beside the last figures, and keep the figures in bench/results/latest.json."""

import asyncio
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from . import events, signing

LATEST = Path(__file__).parent / "results" / "latest.json"


def main() -> None:
    """Measure everything."""
    figures = {**asyncio.run(events.measure()), **signing.measure()}
    before = json.loads(LATEST.read_text())["figures"] if LATEST.exists() else {}
    show(figures, before)
    kept = {"machine": machine(), "date": datetime.now(UTC).date().isoformat(), "figures": figures}
    LATEST.write_text(json.dumps(kept, indent=2) + "\n")


def machine() -> str:
    """What the figures were taken on."""
    system = f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {system}"


def show(figures: dict[str, float], before: dict[str, float]) -> None:
    """A table of the figures, with those of the last run."""
    table = Table("figure", "now", "last", title=machine())
    for name, value in figures.items():
        last = before.get(name)
        table.add_row(name, f"{value:,.2f}", f"{last:,.2f}" if last is not None else "-")
    Console().print(table)


if __name__ == "__main__":
    main()
