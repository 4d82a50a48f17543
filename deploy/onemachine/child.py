"""Starting, stopping and finding the programs a city is made of."""

import atexit
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")


class StartFailed(Exception):
    """A program did not come up; the message says which, why, and where its log is."""


def spawn(
    command: Sequence[str | Path],
    log: Path,
    *,
    death_signal: int = signal.SIGKILL,
    identity: str = "same",
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` as a child that dies with this process; its output is appended to `log`.

    `death_signal` is what the kernel sends it when this process is gone (Linux only; elsewhere the next
    start finds it with `stop_orphan`). `identity` is explained in leash.py. `env` None means our own.
    """
    if threading.current_thread() is not threading.main_thread():
        # The kernel watches the thread that forked, not the process: the child would die with the thread.
        raise RuntimeError("children are started from the main thread only")
    program, *arguments = (str(part) for part in command)
    leash = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), str(int(death_signal)), identity]
    with log.open("ab") as output:
        return subprocess.Popen(
            [*leash, shutil.which(program) or program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            start_new_session=True,  # Ctrl-C is for the supervisor, which stops its children in order
        )


def stop(process: subprocess.Popen[bytes], how: int = signal.SIGTERM, seconds: float = 10) -> int:
    """Ask the child to stop with the signal `how`, kill it after `seconds`; its exit status."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def stop_orphan(pid: int, mention: str, how: int = signal.SIGTERM, seconds: float = 10) -> bool:
    """Stop a program left over from an earlier run: process `pid`, if its command line holds `mention`.

    True when there was one and it is gone. A process number may belong to somebody else by now, hence the
    look at the command line.
    """
    if mention not in command_line(pid):
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, how)
        if not came_true(lambda: mention not in command_line(pid), seconds):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: mention not in command_line(pid), seconds, f"the end of process {pid}")
    return True


def command_line(pid: int) -> str:
    """The command line of a living process, or an empty text."""
    asked = ["ps", "-ww", "-o", "stat=,command=", "-p", str(pid)]
    if sys.platform == "linux":  # no `ps` in small images
        return linux_command_line(pid)
    answer = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return "" if answer.startswith("Z") else answer


def linux_command_line(pid: int) -> str:
    """The same from /proc; a zombie's is empty there, too."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def wait_until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Look every few milliseconds until `holds()`; after `seconds` raise StartFailed naming `what`."""
    if not came_true(holds, seconds):
        raise StartFailed(f"{what}: not there after {seconds:g} s")


def came_true(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether `holds()` became true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)  # a state of another process, which nothing announces
    return True


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody has right now.

    It lies below the ports that systems give to outgoing connections: one of those could otherwise take the
    port of a server that is just being restarted.
    """
    while True:
        port = random.randint(20_000, 29_999)  # noqa: S311 - not a secret
        if port_is_free(port) and hold(port):
            return port


def hold(port: int) -> bool:
    """Keep a port from all who look for one, until this process ends: they find its UDP twin taken.

    The server that shall listen there may start seconds later, when others have looked too.
    """
    twin = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        twin.bind(("127.0.0.1", port))
    except OSError:
        twin.close()
        return False
    atexit.register(twin.close)
    return True


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def tail(log: Path, lines: int = 5) -> str:
    """The last lines of a log, for an error message."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"


@contextmanager
def private_umask() -> Iterator[None]:
    """What is made inside is readable for its owner alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
