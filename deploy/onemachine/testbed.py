"""Throw-away PostgreSQL and NATS for tests: real servers on free ports, gone with the test process."""

import atexit
import os
import secrets
import shutil
import stat
import tempfile
from pathlib import Path

from . import child, nats, postgres
from .nats import RunningNats
from .postgres import RunningPostgres

__all__ = ["RunningNats", "RunningPostgres", "start_nats", "start_postgres"]


def start_postgres(tmp: Path) -> RunningPostgres:
    """A new cluster under `tmp`, not synced to disk. The first one on a machine takes a second more: it
    leaves a template behind in the temporary directory, from which the others are copied."""
    binaries = postgres.find_binaries()
    data = enterable(tmp, binaries) / "postgres"
    template = cached_template(binaries)
    postgres.copy_cluster(template / "data", data)
    password = (template / "password").read_text()
    return postgres.start(data, binaries, password, log=tmp / "postgres.log", fsync=False)


def enterable(tmp: Path, binaries: postgres.PostgresBinaries) -> Path:
    """`tmp`, or a directory that every user may enter where only that will do: see identity_for."""
    try:
        postgres.identity_of(tmp / "postgres", binaries)
    except child.StartFailed:
        tmp = Path(tempfile.mkdtemp())
        tmp.chmod(0o711)
        atexit.register(shutil.rmtree, tmp, ignore_errors=True)
    return tmp


def start_nats(tmp: Path, permissions: str = "", port: int | None = None) -> RunningNats:
    """A new server with JetStream under `tmp`; `permissions` as in nats.start."""
    return nats.start(tmp / "nats", log=tmp / "nats.log", port=port, permissions=permissions)


def cached_template(binaries: postgres.PostgresBinaries) -> Path:
    """A directory with `data`, a stopped cluster made by these very binaries, and its `password`."""
    name = f"{binaries.major}-{(binaries.directory / 'postgres').stat().st_mtime_ns}"
    template = template_directory() / name
    if not template.exists():
        make_template(template, binaries)
    return template


def template_directory() -> Path:
    """A directory that only this user can read; one that somebody else has put there is not trusted."""
    shared = Path(tempfile.gettempdir(), f"cities-of-learning-{os.getuid()}")
    shared.mkdir(mode=0o711, exist_ok=True)
    found = shared.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o66:
        return Path(tempfile.mkdtemp())
    return shared


def make_template(template: Path, binaries: postgres.PostgresBinaries) -> None:
    """Made aside and renamed, so that test processes that start together do not disturb each other."""
    with child.private_umask():
        workshop = Path(tempfile.mkdtemp(dir=template.parent))
        workshop.chmod(0o711)
        password = secrets.token_urlsafe(16)
        postgres.init_cluster(workshop / "data", binaries, password)
        (workshop / "password").write_text(password)
    try:
        workshop.rename(template)
    except OSError:
        if not template.exists():
            raise
        shutil.rmtree(workshop)  # another process was first, and its template is as good
