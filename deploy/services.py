"""The services a city is made of, and how they run on this machine."""

import sys
from collections.abc import Mapping
from importlib.util import find_spec

from . import keys
from .onemachine.addresses import Addresses
from .onemachine.supervisor import Service

SERVICES = ("catalogue", "badges", "pathways", "notify")


def present() -> list[str]:
    """The services whose folder is here: to leave one out of a city is to delete its folder."""
    return [name for name in SERVICES if find_spec(f"services.{name}") and find_spec(f"services.{name}.app")]


def on_this_machine(name: str) -> Service:
    """How the supervisor runs a service."""
    listening = ["--host", "127.0.0.1", "--port", "{port}", "--no-server-header"]
    quiet = ["--log-level", "warning", "--no-access-log"]
    command = [sys.executable, "-m", "uvicorn", "--factory", f"services.{name}.app:app", *listening, *quiet]
    return Service(name, command, keys.OF_SERVICE[name], told)


def told(addresses: Addresses) -> Mapping[str, str]:
    """Settings every service has on one machine, beside those the supervisor gives it."""
    return {
        "JWKS_FILE": str(keys.jwks_file(addresses.directory)),
        "SMTP_URL": f"smtp://{addresses.parts['smtp']}",
    }
