"""Other people's implementations in JavaScript, from the lock file beside this."""

import fcntl
import re
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
LOCK = FOLDER / "package-lock.json"
_UNREACHABLE = re.compile(r"E(NOTFOUND|AI_AGAIN|CONNREFUSED|TIMEDOUT|NETUNREACH|HOSTUNREACH)")


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder with the packages of the lock file, installed where they are not yet.

    Skips, saying why, where there is no npm or it reaches no registry.
    """
    if shutil.which("npm") is None:
        pytest.skip("npm is not on PATH; install Node.js 20 or newer to compare with other implementations")
    installed = FOLDER / "node_modules" / ".package-lock.json"
    with LOCK.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one installs, the other workers wait for it
        if not installed.exists() or installed.stat().st_mtime < LOCK.stat().st_mtime:
            _install()
    return installed.parent


def _install() -> None:
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=110, check=False)
    if done.returncode and _UNREACHABLE.search(done.stderr):
        pytest.skip(f"npm reaches no registry: {done.stderr.splitlines()[0]}")
    assert done.returncode == 0, done.stderr
