"""Everything a city needs before its services start: secrets, databases, tables, stream, consumers, skills.

`city bootstrap` does it, and so does the start of a city on one machine. Doing it again changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from . import databases, keys, migrations, origin, services, topology
from .nats.permissions import OPERATOR
from .onemachine.addresses import Addresses
from .onemachine.secret_files import SecretFiles

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """Which city, and where its servers are."""

    city: str
    public_url: str
    addresses: Addresses
    services: list[str] = field(default_factory=services.present)

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
        await topology.declare(client, plan.city, plan.services)


def fixed(city: str, public_url: str, secrets: SecretFiles) -> dict[str, str]:
    """What can never change once a badge has been published, as `origin` notes it."""
    return origin.values({"CITY": city, "PUBLIC_URL": public_url}, keys.unchanging(secrets))


async def _migrate(service: str, url: str, say: Say) -> None:
    lacking = await migrations.pending(url, service)
    if lacking:
        from services.chassis import migrate  # alembic takes a third of a second to import

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
