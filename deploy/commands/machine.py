"""What `city doctor` looks at on this machine: programs, port, data directory, secrets."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from .. import keys
from ..onemachine import caddy, nats, postgres
from ..onemachine.addresses import ADMIN_SETTING, NATS_SETTING, secrets_of
from ..onemachine.pgbinaries import find_binaries
from .finding import Finding, fail, ok, warn

OLDEST_PYTHON = (3, 11)
LITTLE_SPACE = 1_000_000_000  # bytes
Look = Callable[[], str]


def findings(directory: Path, public_url: str, runs: bool) -> Iterator[Finding]:
    """Everything about this machine; `runs` says whether a city runs from `directory` now."""
    yield python_version()
    if not os.environ.get(ADMIN_SETTING):
        yield program("postgres", lambda: postgres_program(directory / "postgres"))
    if not os.environ.get(NATS_SETTING):
        yield program("nats-server", lambda: str(nats.find_server()))
    yield program("caddy", lambda: str(caddy.find_caddy()))
    if not runs:
        yield port(public_url, directory)
    yield data_directory(directory)
    yield from secret_files(directory)


def python_version() -> Finding:
    """Whether this Python is new enough."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return fail("python", found, "install Python 3.11 or newer and run `make` with PYTHON=/path/to/it")
    return ok("python", found)


def program(name: str, look: Look) -> Finding:
    """Whether a program is here; what looks for it says what helps where it is not."""
    try:
        return ok(name, look())
    except Exception as error:  # each says in its message what to install or to set
        return fail(name, "not usable", str(error))


def postgres_program(cluster: Path) -> str:
    """The PostgreSQL that would run, if it can run the cluster that is there."""
    made_by = postgres.made_by_major(cluster) if cluster.exists() else None
    binaries = find_binaries(made_by)
    if cluster.exists():
        postgres.check_major(cluster, binaries)
    return f"PostgreSQL {binaries.major} ({binaries.origin}): {binaries.directory}"


def port(public_url: str, directory: Path) -> Finding:
    """Whether the city could open its door."""
    door = caddy.Door(public_url, {}, directory / "caddy")
    try:
        caddy.check_port(door)
    except caddy.PortBusy as busy:
        return fail("port", f"{door.port} is taken", str(busy))
    return ok("port", f"{door.port} is free")


def data_directory(directory: Path) -> Finding:
    """Whether data can be kept, and for how long."""
    place = next(path for path in (directory.resolve(), *directory.resolve().parents) if path.exists())
    if not os.access(place, os.W_OK):
        return fail("data directory", f"{place} is read-only", "choose another with --directory")
    free = shutil.disk_usage(place).free
    detail = f"{directory}, {free / 1e9:.1f} GB free"
    if free < LITTLE_SPACE:
        return warn("data directory", detail, "free some space: PostgreSQL and NATS stop on a full disk")
    return ok("data directory", detail)


def secret_files(directory: Path) -> Iterator[Finding]:
    """Whether the secrets are there and for their owner alone."""
    secrets = secrets_of(directory)
    if not secrets.directory.exists():
        yield ok("secrets", "none yet; the first start makes them")
        return
    exposed = list(keys.exposed(secrets))
    if exposed:
        yield fail("secrets", f"others can read {exposed[0]}", f"chmod -R go= {secrets.directory}")
        return
    kept = sorted(path.name for path in secrets.directory.iterdir() if path.is_file())
    lost = [name for name in (keys.TOKEN_KEY, *keys.UNCHANGING) if name not in kept]
    if lost:
        yield fail("secrets", f"{', '.join(lost)} missing", f"restore {secrets.directory} from the backup")
        return
    yield ok("secrets", f"{len(kept)}, for their owner alone; keep {secrets.directory} in the backup")
