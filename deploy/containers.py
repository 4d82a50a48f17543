"""What has to be there before any container of a city can start: secrets, and volumes that can be written to.

`python -m deploy.containers`, run as root by `keys` in docker-compose.yml at every start, makes the secrets
that are missing, lays them out so that each container can be given its own folder and no other, and gives
folders and volumes to the users that the containers run as.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from . import keys, services
from .commands import place
from .onemachine.addresses import SUPERUSER_SECRET
from .onemachine.secret_files import SecretFiles

OURS = 10001  # the user in deploy/Dockerfile; NATS and Caddy run as it, too
VENDORS = {"postgres": 999, "grafana": 472}  # images that insist on a user of their own
PASSWORDS = {"postgres": SUPERUSER_SECRET, "grafana": "grafana_admin_password"}
VOLUMES = Path("/volumes")  # each in a folder named after who writes to it


def lay_out(city: place.City) -> None:
    """Make what is missing below `secrets` and `public`; what is there stays as it is."""
    addresses = city.addresses
    keys.make(addresses.directory, addresses.secrets)
    keys.hand_over(addresses, city.name, services.present())
    for reader, name in PASSWORDS.items():
        addresses.secrets.handed_to(reader, [name])


def owners(secrets: SecretFiles, volumes: Path) -> Iterator[tuple[Path, int]]:
    """Whose each secret and each volume is, as a user's number; of a volume only the folder itself."""
    yield secrets.directory, OURS
    for path in sorted(secrets.directory.rglob("*")):
        inside = path.relative_to(secrets.directory).parts
        reader = inside[1] if inside[0] == "for" and len(inside) > 1 else ""
        yield path, VENDORS.get(reader, OURS)
    for path in sorted(volumes.iterdir()):
        yield path, VENDORS.get(path.name, OURS)


def main() -> None:
    """What `keys` runs."""
    city = place.find(Path(os.environ["CITY_DIRECTORY"]))
    lay_out(city)
    for path, user in owners(city.addresses.secrets, VOLUMES):
        os.chown(path, user, user)


if __name__ == "__main__":
    main()
