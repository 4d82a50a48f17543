"""A whole city on this machine, from nothing or from where it stopped."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from .. import bootstrap, services, topology
from ..onemachine import supervisor
from ..onemachine.addresses import Addresses

Say = Callable[[str], None]


def plan(
    directory: Path, city: str, public_url: str, say: Say, settings: Mapping[str, str]
) -> supervisor.Plan:
    """What the supervisor is to run; bootstrap says what it makes by `say`."""

    def prepare(addresses: Addresses) -> None:
        asyncio.run(bootstrap.bootstrap(bootstrap.Plan(city, public_url, addresses), say))

    return supervisor.Plan(
        [services.on_this_machine(name, settings) for name in services.present()],
        city=city,
        public_url=public_url,
        directory=directory,
        prepare=prepare,
    )


@contextmanager
def running(
    directory: Path,
    city: str,
    public_url: str,
    say: Say,
    settings: Mapping[str, str] = services.NOTHING_MORE,
) -> Iterator[supervisor.City]:
    """A healthy city for the length of the block; says where it is and how long it took.

    `settings` are given to every service, by their environment names.
    """
    started = time.monotonic()
    # What bootstrap will ask of the services' code is imported while PostgreSQL and NATS start.
    Thread(target=topology.durables, args=[services.present()], daemon=True).start()
    with supervisor.running(plan(directory, city, public_url, say, settings), say) as up:
        say(f"{city} is healthy after {time.monotonic() - started:.1f} s: {public_url}")
        if "mail" in up.addresses.parts:
            say(f"letters it has sent: {public_url}/mail")
        yield up
