"""The services a city is made of, and how they run on this machine."""

import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from types import MappingProxyType

from . import keys
from .onemachine.addresses import Addresses
from .onemachine.supervisor import Service

SERVICES = ("catalogue", "badges", "pathways", "notify")
LATER = {"notify": 10}  # a festival's badges come before its letters; compose says the same by cpu_shares
NOTHING_MORE: Mapping[str, str] = MappingProxyType({})


def present() -> list[str]:
    """The services whose folder is here: to leave one out of a city is to delete its folder."""
    return [name for name in SERVICES if find_spec(f"services.{name}") and find_spec(f"services.{name}.app")]


def on_this_machine(name: str, settings: Mapping[str, str] = NOTHING_MORE) -> Service:
    """How the supervisor runs a service; `settings` come on top of what it is told otherwise."""
    listening = ["--host", "127.0.0.1", "--port", "{port}", "--no-server-header"]
    quiet = ["--log-level", "warning", "--no-access-log"]
    command = [sys.executable, "-m", "uvicorn", "--factory", f"services.{name}.app:app", *listening, *quiet]
    return Service(
        name,
        command,
        keys.OF_SERVICE[name],
        lambda addresses: {**told(name, addresses), **settings},
        nice=LATER.get(name, 0),
    )


def told(name: str, addresses: Addresses) -> dict[str, str]:
    """Settings of a service on one machine, beside those the supervisor gives it."""
    public_keys = {"JWKS_FILE": str(keys.jwks_file(addresses.directory))}
    if name != "notify":
        return public_keys
    sink = f"smtp://{addresses.parts['smtp']}"
    way_in = {"NATS_PUBLIC_URL": addresses.nats_url} if "nats" in addresses.parts else {}
    return (
        public_keys
        | way_in
        | {
            "SMTP_URL": os.environ.get("SMTP_URL", sink),
            "INSTANCE": "onemachine",  # the machine may be given another name, its letters stay the same
            "STATE_DIR": str(addresses.directory / "notify"),
        }
    )
