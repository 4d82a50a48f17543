"""What the catalogue hears from the other services."""

from sqlalchemy.ext.asyncio import AsyncSession

from contracts import badges
from contracts.envelope import Envelope
from services.chassis.database import gather
from services.chassis.delivery import Handlers

from . import storage
from .domain.achievement import Achievement
from .domain.recipient import Naming
from .settings import CatalogueSettings
from .usecases.naming import hear_from_elsewhere


async def achievement_published(
    session: AsyncSession, envelope: Envelope[badges.AchievementPublished], _settings: CatalogueSettings
) -> None:
    """An activity has its badge."""
    told = envelope.data
    if told.source.kind == "activity":
        version = Achievement(told.achievement, told.version, told.source.id, told.name, told.picture)
        await storage.achievements.note(session, version)


async def recipient_named(
    session: AsyncSession, envelope: Envelope[badges.RecipientNamed], _settings: CatalogueSettings
) -> None:
    """Badges took in an address: the register of names hears of it."""
    told = envelope.data
    by_person = told.said_by == "person"
    naming = Naming(told.recipient, told.address, by_person, told.at, told.name, told.language)
    gather(session, hear_from_elsewhere, [naming])


HANDLERS: Handlers[CatalogueSettings] = {
    badges.AchievementPublished: achievement_published,
    badges.RecipientNamed: recipient_named,
}
