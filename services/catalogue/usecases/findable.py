"""Keeping activities findable by their words, and by those of their skills, place and organisation."""

from sqlalchemy.ext.asyncio import AsyncSession

from .. import storage
from ..domain.activity import Activity


async def index(session: AsyncSession, told: Activity, organisation: str) -> None:
    """Have the activity found by what it says now."""
    labels = await storage.skills.labels(session, told.skills, told.language)
    place = [told.place.name] if told.place else []
    words = [*(label.text for label in labels.values()), *told.interests, *place, organisation]
    await storage.words.index(session, told, " ".join(words))


async def index_all(session: AsyncSession, organisation: str, activities: list[Activity]) -> None:
    """The same for each of an organisation's activities."""
    for told in activities:
        await index(session, told, organisation)
