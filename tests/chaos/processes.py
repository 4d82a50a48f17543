"""The processes of a city, found and signalled."""

import asyncio
import os
import signal
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from deploy.onemachine import state
from deploy.onemachine.child import command_line

from .faults import WORKER

PATIENCE = 30.0  # seconds for a fallen program to be started again


async def found(directory: Path, name: str) -> int:
    """The number of the living process of that name. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        running = state.read(directory)
        pid = _worker(running) if name == WORKER else running and running.children[name].pid
        if pid and command_line(pid):
            return pid
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{name} does not run")


def supervisor(directory: Path) -> int:
    """The number of the process that runs the city."""
    running = state.read(directory)
    assert running is not None, "the city itself has ended"
    return running.supervisor


def _worker(running: state.CityState | None) -> int | None:
    """A process that signs for badges; it starts with the first piece of work."""
    badges = running.children["badges"].pid if running else 0
    workers = [pid for pid in tree(badges)[1:] if "spawn_main" in command_line(pid)]
    return max(workers, default=None)


def tree(pid: int) -> list[int]:
    """A process, its children and theirs."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            children[int(stat.read_text().rpartition(")")[2].split()[1])].append(int(stat.parent.name))
    found = [pid]
    for each in found:  # it grows meanwhile
        found += children[each]
    return found


def send(number: signal.Signals, *pids: int) -> None:
    """Send a signal; who is gone is gone."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
