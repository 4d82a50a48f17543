"""`city verify`: whether a badge is genuine, without any network where a trust store is given."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.badges.checking.findings import Checklist
from services.badges.checking.worlds import Asking, offline, verify_in_time
from services.badges.domain.verdicts import LINES, RESULTS, SENTENCES
from services.badges.fetching import Fetcher
from services.badges.sandbox import Sandbox
from services.badges.verifying import Verdict

# Somebody at a terminal waits longer than a request may.
SECONDS = 30.0


class NotThere(Exception):
    """There is no such file; give a file, or an address that starts with https://."""


def verify(what: str, trust: Path | None, address: str | None, as_json: bool) -> bool:
    """Print the checklist of a file or an address; answers whether the badge is valid.

    With `trust`, a folder, nothing is fetched and only its issuers count. Raises NotThere, NotATrustStore.
    """
    checklist = asyncio.run(_checked(_content(what), trust, address))
    if as_json:
        print(json.dumps(as_data(checklist), indent=2, ensure_ascii=False))
    else:
        _show(checklist)
    return checklist.verdict is Verdict.VALID


def as_data(checklist: Checklist) -> dict[str, Any]:
    """The checklist for a program."""
    lines = [
        {
            "name": line.name,
            "result": line.finding.result,
            "reason": line.finding.reason,
            "details": line.finding.details,
            "milliseconds": line.milliseconds,
        }
        for line in checklist.lines
    ]
    return {"outcome": checklist.verdict, "sentence": SENTENCES[checklist.verdict], "checks": lines}


async def _checked(content: bytes, trust: Path | None, address: str | None) -> Checklist:
    sandbox = Sandbox(workers=1)
    world = offline(trust, sandbox) if trust else Asking(Fetcher().get, sandbox)
    return await verify_in_time(content, world, datetime.now(UTC), address, SECONDS)


def _content(what: str) -> bytes:
    if what.startswith(("https://", "http://")):
        return what.encode()
    path = Path(what)
    if not path.is_file():
        raise NotThere(f"{what} is not a file; give a file, or an address that starts with https://")
    return path.read_bytes()


def _show(checklist: Checklist) -> None:
    console = Console()
    for said in (checklist.about.name, checklist.about.issuer_name, checklist.about.issuer):
        if said:
            console.print(Text(said))
    table = Table("check", "result", "why", "ms", box=None)
    for line in checklist.lines:
        why = Text("\n".join((line.finding.reason, *line.finding.details)))
        table.add_row(LINES[line.name], RESULTS[line.finding.result], why, f"{line.milliseconds:.1f}")
    console.print(table)
    console.print(Text(f"{checklist.verdict.replace('_', ' ')}: {SENTENCES[checklist.verdict]}"))
