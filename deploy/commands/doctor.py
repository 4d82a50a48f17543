"""`city doctor`: everything that can be wrong, looked at, with what helps."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ..onemachine import state
from ..onemachine.addresses import NotRunning
from . import health, machine, place
from .finding import Finding, warn

COLOURS = {"OK": "green", "WARN": "yellow", "FAIL": "red"}


def examine(directory: Path, public_url: str, as_json: bool) -> bool:
    """Look at everything and print it as it is found; False where anything fails."""
    console, failed, found = Console(), 0, []
    for finding in findings(directory, public_url):
        failed += finding.level == "FAIL"
        found.append(asdict(finding))
        if not as_json:
            console.print(line(finding), soft_wrap=True)
    if as_json:
        print(json.dumps(found, indent=2))
    return failed == 0


def findings(directory: Path, public_url: str) -> Iterator[Finding]:
    """This machine first, then the city where there is one."""
    running = state.read(directory)
    if running or place.unnamed():
        yield from machine.findings(directory, running.public_url if running else public_url, bool(running))
    else:  # no city is to run here: this machine only looks after one
        yield machine.python_version()
        yield from machine.secret_files(directory)
    try:
        city = place.find(directory)
    except NotRunning as refusal:
        yield warn("city", "does not run", str(refusal))
        return
    with asyncio.Runner() as runner:
        looking = health.findings(city)
        while (finding := runner.run(anext(looking, None))) is not None:
            yield finding


def line(finding: Finding) -> Text:
    """One finding as the terminal shows it."""
    text = Text.assemble((f"{finding.level:<5}", COLOURS[finding.level]), f"{finding.name}: {finding.detail}")
    return text.append(f"\n      -> {finding.remedy}") if finding.remedy else text
