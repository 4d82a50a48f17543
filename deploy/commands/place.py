"""Which city a command is about: one that runs from a data directory, else the one the environment names."""

import os
from dataclasses import dataclass
from pathlib import Path

from .. import services
from ..onemachine import state
from ..onemachine.addresses import ADMIN_SETTING, NATS_SETTING, Addresses, NotRunning
from ..onemachine.state import CityState


@dataclass(frozen=True)
class City:
    """A city that can be asked. `running` is None where it does not run on this machine."""

    name: str
    public_url: str
    addresses: Addresses
    running: CityState | None

    def database_urls(self) -> dict[str, str]:
        """The URL of each service's database."""
        return {name: self.addresses.database_url(name) for name in services.present()}

    def service_url(self, name: str) -> str:
        """Where a service answers: at its own port on this machine; elsewhere where Caddy finds it, if that
        is set, or else through the city's door."""
        child = self.running.children.get(name) if self.running else None
        upstream = os.environ.get(f"{name.upper()}_UPSTREAM")
        elsewhere = f"http://{upstream}" if upstream else self.public_url
        return child.url if child else elsewhere


def find(directory: Path) -> City:
    """The city that runs from `directory`, else the one of the environment. Raises NotRunning."""
    running = state.read(directory)
    if running:
        addresses = Addresses(directory.resolve(), running.addresses)
        return City(running.city, running.public_url, addresses, running)
    missing = unnamed()
    if missing:
        raise NotRunning(
            f"no city runs from {directory}: start one with `city up`, "
            f"or name one elsewhere by setting {', '.join(missing)}"
        )
    return City(os.environ["CITY"], os.environ["PUBLIC_URL"], Addresses(directory.resolve(), {}), None)


def unnamed() -> list[str]:
    """What the environment lacks to name a city elsewhere."""
    return [name for name in ("CITY", "PUBLIC_URL", ADMIN_SETTING, NATS_SETTING) if not os.environ.get(name)]
