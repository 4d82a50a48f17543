"""Everything a city needs before its services start: secrets, databases, tables, stream, consumers, skills.

`python -m deploy.bootstrap keys` makes the secrets alone, which PostgreSQL and NATS need to start;
`python -m deploy.bootstrap` does all the rest. Running either again changes nothing. Settings:
    CITY, PUBLIC_URL        as for the services; fixed once a badge has been published
    CITY_DIRECTORY          where `secrets` and `public` are kept (default .city); see keys.py
    DATABASE_ADMIN_URL      postgresql:// URL of one who may make roles and databases; without a password, the
                            one in secrets/postgres_superuser_password is used
    <SERVICE>_DATABASE_URL  a service's own URL, where it is not to be <service> on the admin's server
    NATS_URL                the NATS server, reached as user `operator`
    NATS_REPLICAS           how many servers keep each event: 1, or 3 in a cluster (default 1)
"""

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from . import databases, keys, migrations, origin, services, topology
from .nats.permissions import OPERATOR
from .onemachine.addresses import ADMIN_SETTING, SUPERUSER_SECRET, Addresses
from .onemachine.secret_files import SecretFiles

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """Which city, and where its servers are."""

    city: str
    public_url: str
    addresses: Addresses
    services: list[str] = field(default_factory=services.present)
    replicas: int = 1

    @property
    def database_urls(self) -> dict[str, str]:
        """The URL of each service's database."""
        return {name: self.addresses.database_url(name) for name in self.services}


async def bootstrap(plan: Plan, say: Say) -> None:
    """Make what is missing and say so; a city that has everything is left as it is.

    Raises databases.DatabaseRefused, origin.Fixed and topology.NatsRefused, whose messages say what helps.
    """
    secrets, urls = plan.addresses.secrets, plan.database_urls
    keys.make(plan.addresses.directory, secrets)
    await databases.prepare(plan.addresses.database_admin_url, urls, say)
    if "badges" in urls:
        await origin.keep(urls["badges"], fixed(plan.city, plan.public_url, secrets), say)
    for service, url in urls.items():
        await _migrate(service, url, say)
    if "catalogue" in urls:
        await _load_skills(urls["catalogue"], plan.city, say)
    async with topology.connected(plan.addresses.nats_url, plan.addresses.nats_password(OPERATOR)) as client:
        await topology.declare(client, plan.city, plan.services, plan.replicas)


def fixed(city: str, public_url: str, secrets: SecretFiles) -> dict[str, str]:
    """What can never change once a badge has been published, as `origin` notes it."""
    return origin.values({"CITY": city, "PUBLIC_URL": public_url}, keys.unchanging(secrets))


async def _migrate(service: str, url: str, say: Say) -> None:
    from services.chassis import migrate

    lacking = await migrations.pending(url, service)
    if lacking:
        await migrate.upgrade(url, service)
        say(f"tables of {service}: migrated ({', '.join(lacking)})")


async def _load_skills(url: str, city: str, say: Say) -> None:
    """The skills that the project ships, so that activities can name some from the first minute."""
    from services.catalogue.esco import load_starter
    from services.chassis.database import Database

    database = Database(url, city, pool=2)
    try:
        async with database.transaction() as session:
            loaded = await load_starter(session)
    finally:
        await database.close()
    if loaded.new_skills or loaded.new_labels:
        say(f"skills: {loaded.new_skills} added, in {', '.join(loaded.languages)}")


def from_environment() -> Plan:
    """The plan that environment variables describe. Raises SystemExit naming what is missing."""
    addresses = Addresses(Path(os.environ.get("CITY_DIRECTORY", ".city")).resolve(), {})
    for name in ("CITY", "PUBLIC_URL", ADMIN_SETTING, "NATS_URL"):
        if not os.environ.get(name):
            raise SystemExit(f"{name} is not set: {__doc__.partition('Settings:')[2]}")
    os.environ[ADMIN_SETTING] = _with_password(os.environ[ADMIN_SETTING], addresses)
    replicas = int(os.environ.get("NATS_REPLICAS", "1"))
    return Plan(os.environ["CITY"], os.environ["PUBLIC_URL"], addresses, replicas=replicas)


def _with_password(admin_url: str, addresses: Addresses) -> str:
    from sqlalchemy.engine import make_url

    url = make_url(admin_url)
    if not url.password:
        url = url.set(password=addresses.secrets.text(SUPERUSER_SECRET))
    return url.render_as_string(hide_password=False)


def main() -> None:
    """What the one-shot container runs."""
    plan = from_environment()
    if sys.argv[1:] == ["keys"]:
        keys.make(plan.addresses.directory, plan.addresses.secrets)
        keys.hand_over(plan.addresses, plan.city, plan.services)
        return
    asyncio.run(bootstrap(plan, lambda line: print(line, flush=True)))


if __name__ == "__main__":
    main()
