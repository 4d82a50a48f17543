"""One child of the supervisor: what it is, whether it is well, and its return after a fall."""

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from . import child

FIRST_DELAY = 0.1  # seconds before the first restart; doubles with every fall in a row
LONGEST_DELAY = 5.0
WELL_AFTER = 10.0  # seconds after which a fall is the first one again
Say = Callable[[str], None]


@dataclass
class Program:
    """A program that is to run for as long as the city does. `ready` looks once and does not wait."""

    name: str
    command: Sequence[str | Path]
    log: Path
    ready: Callable[["Program"], bool]
    port: int = 0
    url: str = ""
    environment: Mapping[str, str] | None = None
    identity: str = "same"
    nice: int = 0
    death_signal: int = signal.SIGKILL
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 15
    is_ready: bool = False
    restarts: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _started: float = 0
    _delay: float = FIRST_DELAY
    _due: float = field(default=0, repr=False)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The running or fallen process; it must have been started."""
        assert self._process is not None, f"{self.name} has not been started"
        return self._process

    @property
    def mark(self) -> str:
        """By which the program is recognised in a list of processes."""
        return " ".join(str(part) for part in self.command[1:])

    def start(self) -> None:
        """Start it and do not wait."""
        self.is_ready = False
        self._started, self._due = time.monotonic(), 0
        self._process = child.spawn(
            self.command,
            self.log,
            death_signal=self.death_signal,
            identity=self.identity,
            env=self.environment,
        )
        if self.nice:
            make_way(self._process.pid, self.nice)

    def tend(self, say: Say) -> bool:
        """Look after it once: start it again when its time has come; True when something changed."""
        if self.process.poll() is None:
            return self._look(say)
        now = time.monotonic()
        if not self._due:
            self._fall(now, say)
            return True
        if now < self._due:
            return False
        self.restarts += 1
        self.start()
        return True

    def _fall(self, now: float, say: Say) -> None:
        if now - self._started > WELL_AFTER:
            self._delay = FIRST_DELAY
        self.is_ready, self._due = False, now + self._delay
        say(f"{self.name}: {ending(self.process.returncode)}, starts again in {self._delay:g} s")
        self._delay = min(2 * self._delay, LONGEST_DELAY)

    def _look(self, say: Say) -> bool:
        if self.is_ready or not self.ready(self):
            return False
        self.is_ready = True
        say(f"{self.name}: ready {self.url}".rstrip())
        return True

    def ask_to_stop(self) -> None:
        """Send the signal that stops it, where it runs."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(self.stop_signal)

    def wait_stopped(self) -> None:
        """Wait for the end that was asked for; kill it when that takes too long."""
        if self._process:
            try:
                self._process.wait(self.stop_seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def make_way(process: int, nice: int) -> None:
    """Let others go before a process, which leads a session. Linux may weigh whole sessions (sched(7))."""
    os.setpriority(os.PRIO_PROCESS, process, os.getpriority(os.PRIO_PROCESS, 0) + nice)
    with suppress(OSError):
        Path(f"/proc/{process}/autogroup").write_text(str(nice))


def ending(status: int) -> str:
    """In words how a process ended."""
    return f"ended with status {status}" if status >= 0 else f"killed by {signal.Signals(-status).name}"


def answers(url: str) -> bool:
    """Whether a GET is answered with 200 at once."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=1)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
