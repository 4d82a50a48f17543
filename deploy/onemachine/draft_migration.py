"""Draft a migration: `python -m deploy.onemachine.draft_migration SERVICE MESSAGE` (or `make migration`).

Compares the tables a service declares with what its migrations make, on a PostgreSQL that lives as long as
the comparison.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from services.chassis import migrate
from services.chassis.testing import Databases

from . import testbed

USAGE = 'usage: make migration SERVICE=badges MESSAGE="what it does"'


def main() -> None:
    """Write the draft into the service's migrations; read it before you keep it."""
    service, message = [*sys.argv[1:], "", ""][:2]
    if not service or not message.strip():
        raise SystemExit(USAGE)
    if not (Path("services") / service).is_dir():
        raise SystemExit(f"there is no service {service!r}: SERVICE names a folder of services/")
    with tempfile.TemporaryDirectory() as scratch:
        server = testbed.start_postgres(Path(scratch))
        try:
            asyncio.run(draft(server, service, message))
        finally:
            server.kill()


async def draft(server: testbed.RunningPostgres, service: str, message: str) -> None:
    """Make a database with the migrations there are, then write down what still differs."""
    url = await Databases(server.admin_url).fresh(service)
    await migrate.draft(url, service, message)


if __name__ == "__main__":
    main()
