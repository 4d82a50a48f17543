"""A process that sends letters and nothing else, to be killed. Settings come from the environment."""

import asyncio

from services.chassis import work
from services.chassis.database import Database
from services.notify.sender import loops
from services.notify.settings import Settings


async def main() -> None:
    """Send until killed."""
    settings = Settings.load()
    database = Database(settings.database_url, settings.city)
    await asyncio.gather(*(work.run(loop, database) for loop in loops(database, settings)))


asyncio.run(main())
