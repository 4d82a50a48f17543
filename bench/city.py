"""A whole city on this machine to measure: real processes, everything synced to disk.

`python -m bench.city DIRECTORY PUBLIC_URL` runs one until it is stopped.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.commands import place, up
from deploy.commands.place import City
from deploy.onemachine import child

NAME = "bench"
PATIENCE = 120.0
# Letters are measured by themselves: while awards are, they are queued and do not leave.
# The longest job is larger than a city would allow.
SETTINGS = {"NOTIFY_QUIET_HOURS": "00:00-23:59", "MAX_BULK_ROWS": "100000"}


@contextmanager
def running() -> Iterator[City]:
    """A city that runs in processes of its own for the length of the block."""
    with tempfile.TemporaryDirectory(prefix="bench-city-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL may run as somebody else
        url, log = f"http://localhost:{child.free_port()}", folder / "city.log"
        command = [sys.executable, "-u", "-m", "bench.city", str(folder / "city"), url]
        with log.open("wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            _wait_healthy(process, log)
            yield place.find(folder / "city")
        finally:
            process.terminate()
            process.wait(60)


def _wait_healthy(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while "is healthy" not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(log.read_text())
        time.sleep(0.1)


def main() -> None:
    """Run until stopped."""
    with up.running(Path(sys.argv[1]), NAME, sys.argv[2], print, SETTINGS) as city:
        city.watch()


if __name__ == "__main__":
    main()
