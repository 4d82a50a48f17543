"""A process that writes the feed and nothing else, for tests that kill it."""

import asyncio

from services.chassis.database import Database
from services.chassis.work import run
from services.notify.settings import Settings
from tests.notify.public import writing


async def main() -> None:
    """Write until killed; the settings are in the environment."""
    settings = Settings.load()
    database = Database(settings.database_url, settings.city)
    await run(writing(database, settings), database)


if __name__ == "__main__":
    asyncio.run(main())
