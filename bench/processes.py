"""What a city's processes have used: processor time and memory, by what each of them does."""

import os
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
_KINDS = (
    (re.compile(r"postgres: \w+ (catalogue|badges|pathways|notify) "), "{}'s database"),
    (re.compile(r"postgres"), "PostgreSQL itself"),
    (re.compile(r"services\.(catalogue|badges|pathways|notify)\.app"), "{}"),
    (re.compile(r"multiprocessing.(?:spawn|resource)"), "signing"),
    (re.compile(r"nats-server"), "NATS"),
    (re.compile(r"caddy"), "Caddy"),
)


@dataclass(frozen=True)
class Used:
    """Processor seconds, and the most memory of one process, MB."""

    seconds: float
    most_mb: float


def used(supervisor: int) -> dict[str, Used]:
    """What each kind of process below that one has used so far."""
    seconds: defaultdict[str, float] = defaultdict(float)
    most: defaultdict[str, float] = defaultdict(float)
    for process in _below(supervisor):
        try:
            command = (Path("/proc") / str(process) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            kind = _kind(command)
            seconds[kind] += _seconds(process)
            most[kind] = max(most[kind], _most_mb(process, shared="postgres" in command))
        except OSError:
            continue  # it has ended since
    return {kind: Used(seconds[kind], most[kind]) for kind in seconds}


def _below(process: int) -> list[int]:
    parents = defaultdict(list)
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                parent = int((each / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            parents[parent].append(int(each.name))
    found, left = [], [process]
    while left:
        children = parents.get(left.pop(), [])
        found += children
        left += children
    return found


def _kind(command: str) -> str:
    for pattern, name in _KINDS:
        if match := pattern.search(command):
            return name.format(*match.groups())
    return "the rest"


def _seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _most_mb(process: int, shared: bool) -> float:
    """The most memory it ever held; of PostgreSQL only what is its own, as all share the same buffers."""
    told = Path(f"/proc/{process}/status").read_text()
    name = "RssAnon" if shared else "VmHWM"
    found = re.search(rf"{name}:\s+(\d+) kB", told)
    return int(found[1]) / 1024 if found else 0.0
