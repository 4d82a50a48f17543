"""A file that says how far each letter got, written the moment it happens.

It is not synced to disk: what a killed process has written is still there for the next one, and that is all
that is needed. The boot id tells whether the machine was restarted in between, so that lines may be missing.
"""

import fcntl
import os
from collections import defaultdict
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid4

Step = Literal["handed", "accepted"]
LONG = 8_000_000  # bytes, of about 70,000 letters
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class AnotherSender(Exception):
    """Another process of the same INSTANCE is running; give each its own INSTANCE and STATE_DIR."""


class AcceptedLog:
    """The file of one instance, held by one process at a time."""

    def __init__(self, directory: Path) -> None:
        """Take the file in hand; it is made where there is none. Raises AnotherSender, OSError."""
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(directory / "letters.log", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._file)
            raise AnotherSender from error
        self._before = os.pread(self._file, os.fstat(self._file).st_size, 0).decode(errors="replace")
        self.run = uuid4()

    def begin(self) -> None:
        """Forget what the process before wrote, and begin a run of our own."""
        os.ftruncate(self._file, 0)
        os.write(self._file, f"run {self.run} {_boot()}\n".encode())

    def tidy(self) -> None:
        """Begin anew where the file is long. Only while nothing is in hand: all is in the database then."""
        if os.fstat(self._file).st_size > LONG:
            self.begin()

    def note(self, step: Step, letter: UUID, attempt: int) -> None:
        """Write down that an attempt has got so far."""
        os.write(self._file, f"{step} {letter} {attempt}\n".encode())

    def steps_before(self) -> dict[tuple[UUID, int], set[str]]:
        """How far each attempt had got when the process before ended."""
        found: defaultdict[tuple[UUID, int], set[str]] = defaultdict(set)
        for line in self._before.splitlines()[1:]:
            words = line.split(" ")
            if len(words) == 3 and words[2].isdigit():
                found[UUID(words[1]), int(words[2])].add(words[0])
        return found

    @property
    def complete_for(self) -> UUID | None:
        """The run of which the file names everything that was handed over; None where it may not."""
        words = self._before.partition("\n")[0].split(" ")
        complete = len(words) == 3 and words[0] == "run" and words[2] == _boot() != ""
        return UUID(words[1]) if complete else None

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def _boot() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""
