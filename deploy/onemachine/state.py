"""What is running, written down where `city` and the tests can find it: `.city/run.json`, and the lock."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from .child import command_line, private_umask
from .secret_files import write_whole

DEFAULT_DIRECTORY = Path(".city")


class AlreadyRunning(Exception):
    """Another supervisor works on this data directory; the message says which process."""


@dataclass(frozen=True)
class ChildState:
    """One child as it is now; by `command` a leftover is recognised."""

    pid: int
    url: str
    command: str
    restarts: int


@dataclass(frozen=True)
class CityState:
    """A running city. `addresses` are host:port of its parts; the passwords are in files of their own."""

    supervisor: int
    city: str
    public_url: str
    addresses: Mapping[str, str]
    children: Mapping[str, ChildState]


def read(directory: Path) -> CityState | None:
    """The city that runs from this data directory; None when there is none."""
    state = read_last(directory)
    return state if state and command_line(state.supervisor) else None


def read_last(directory: Path) -> CityState | None:
    """The city that last ran from this data directory and did not stop cleanly, or still runs."""
    try:
        told = json.loads((directory / "run.json").read_text())
    except (OSError, ValueError):
        return None
    children = {name: ChildState(**child) for name, child in told.pop("children").items()}
    return CityState(**told, children=children)


def write(directory: Path, state: CityState) -> None:
    """Write the state down, whole or not at all."""
    with private_umask():
        write_whole(directory / "run.json", json.dumps(asdict(state), indent=2))


def forget(directory: Path) -> None:
    """The city has stopped cleanly."""
    (directory / "run.json").unlink(missing_ok=True)


@contextmanager
def lock(directory: Path) -> Iterator[None]:
    """Hold the data directory; raises AlreadyRunning when another process does. The lock ends with us."""
    # Not closed: PostgreSQL may run as another user and has to pass through. What it holds is.
    directory.mkdir(mode=0o711, parents=True, exist_ok=True)
    with (directory / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyRunning(
                f"a city already runs from {directory} (process {file.read().strip() or 'unknown'}): stop it "
                "first, or choose another data directory"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
