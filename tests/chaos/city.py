"""`python -m tests.chaos.city ORDER`: a demo city that starts again whatever is killed, with its inner
connections led over proxies, clocks that can be shifted, and PostgreSQL on a small disk."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from deploy.commands import up
from deploy.demo.run import CITY, SETTINGS
from deploy.onemachine import postgres, supervisor
from deploy.onemachine.addresses import SUPERUSER_SECRET, Addresses, secrets_of
from deploy.onemachine.pgbinaries import find_binaries

from . import disk

SHIFTED = Path(__file__).with_name("shifted")
ON_THE_DISK = 400  # megabytes; a city's databases and PostgreSQL's log of changes need about 200
SMALL = "\nmax_wal_size = 64MB\nmin_wal_size = 32MB\n"
# What may wait is to be tried again in seconds, since a run has no hours.
PATIENCE = {
    "SMTP_TIMEOUT": "2",
    "LETTER_RETRIES": json.dumps([0.5, 1, 1, 2, 2, 2, 3, 3, 3, 5, 5, 5, 10, 10, 10]),
    "WEBHOOK_RETRIES": json.dumps([0, 0.5, 1, 1, 2, 2, 2, 3, 3, 3, 5, 5, 5, 10, 10, 10]),
    "WEBHOOK_TIMEOUT": "5",
    "WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
    "LEASE_SECONDS": "20",
}


@dataclass(frozen=True)
class Order:
    """Where the city is to be and which ports its connections take: `links` {"badges-nats": 20123, ...}."""

    folder: str
    public_url: str
    links: Mapping[str, int]

    @property
    def directory(self) -> Path:
        """The city's data."""
        return Path(self.folder, "city")

    @property
    def disk(self) -> Path:
        """The small disk."""
        return Path(self.folder, "disk")

    @property
    def told(self) -> Path:
        """A file that says why there is no small disk; empty where there is one."""
        return Path(self.folder, "disk.txt")

    @property
    def log(self) -> Path:
        """What the supervisor says."""
        return Path(self.folder, "city.log")

    def clock(self, service: str) -> Path:
        """By how many seconds a service's clock is off."""
        return Path(self.folder, f"clock-{service}")

    def to_json(self) -> str:
        """For the command line."""
        return json.dumps(asdict(self) | {"links": dict(self.links)})


def led(order: Order, service: supervisor.Service) -> supervisor.Service:
    """The service, with what it connects to behind proxies and a clock of its own."""

    def environment(addresses: Addresses) -> Mapping[str, str]:
        name, links = service.name, order.links
        url = urlsplit(addresses.database_url(name))
        user = url.netloc.rpartition("@")[0]
        database = url._replace(netloc=f"{user}@127.0.0.1:{links[f'{name}-postgres']}")
        return {
            **service.environment(addresses),
            f"{name.upper()}_DATABASE_URL": database.geturl(),
            "NATS_URL": f"nats://127.0.0.1:{links[f'{name}-nats']}",
            "SMTP_URL": f"smtp://127.0.0.1:{links['notify-smtp']}",
            "PYTHONPATH": f"{SHIFTED}:{supervisor.ROOT}",
            "CLOCK_FILE": str(order.clock(name)),
        }

    return replace(service, environment=environment)


def on_small_disk(order: Order) -> None:
    """Make PostgreSQL's cluster on a disk that can be full."""
    disk.make(order.disk, ON_THE_DISK)
    order.directory.mkdir(mode=0o711)
    cluster = order.disk / "postgres"
    password = secrets_of(order.directory).text(SUPERUSER_SECRET)
    postgres.init_cluster(cluster, find_binaries(), password)
    with (cluster / "postgresql.conf").open("a") as file:
        file.write(SMALL)
    (order.directory / "postgres").symlink_to(cluster)


def main() -> None:
    """Run until stopped."""
    order = Order(**json.loads(sys.argv[1]))
    why = ""
    try:
        on_small_disk(order)
    except OSError as error:
        why = f"no disk of its own can be made here ({error})"
    order.told.write_text(why)
    plan = up.plan(order.directory, CITY, order.public_url, print, SETTINGS | PATIENCE)
    plan = replace(plan, services=[led(order, each) for each in plan.services])
    with supervisor.running(plan, print) as city:
        print("the city is healthy")
        city.watch()


if __name__ == "__main__":
    main()
