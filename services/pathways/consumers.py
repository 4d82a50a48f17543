"""What pathways hears from the other services."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.badges import AchievementPublished, BadgeAwarded, BadgeRevoked
from contracts.catalogue import (
    AddressProven,
    AddressRemoved,
    OrganisationRegistered,
    OrganisationVerified,
    RecipientForgotten,
)
from contracts.envelope import Envelope
from services.chassis.database import gather
from services.chassis.delivery import Handlers

from . import usecases
from .domain.progress import Badge
from .settings import Settings
from .storage import facts


async def on_organisation(session: AsyncSession, envelope: Envelope[Any], _: Settings) -> None:
    """An organisation exists."""
    fact: OrganisationRegistered = envelope.data
    await facts.note_organisation(session, fact.organisation, fact.name, envelope.time)


async def on_verified(session: AsyncSession, envelope: Envelope[Any], _: Settings) -> None:
    """An organisation may publish."""
    fact: OrganisationVerified = envelope.data
    await facts.note_verified(session, fact.organisation)


async def on_achievement(session: AsyncSession, envelope: Envelope[Any], _: Settings) -> None:
    """An achievement can be a step."""
    fact: AchievementPublished = envelope.data
    source = fact.source
    achievement = facts.Achievement(
        fact.achievement, fact.version, fact.name, fact.picture, source.kind, source.id
    )
    await facts.note_achievement(session, achievement)


async def on_award(session: AsyncSession, envelope: Envelope[Any], _: Settings) -> None:
    """Somebody is further on their way."""
    fact: BadgeAwarded = envelope.data
    badge = Badge(fact.achievement, fact.recipient, fact.awarded_at)
    gather(session, usecases.note_awards, [(fact.award, badge, envelope.traceparent)])


async def on_withdrawal(session: AsyncSession, envelope: Envelope[Any], _: Settings) -> None:
    """Somebody is less far on their way."""
    fact: BadgeRevoked = envelope.data
    await usecases.note_withdrawal(session, fact.award, fact.recipient)


async def on_address(session: AsyncSession, envelope: Envelope[Any], _: Settings) -> None:
    """A learner's badges are those of more addresses, or of fewer."""
    fact: AddressProven = envelope.data
    held = not isinstance(fact, AddressRemoved)
    await usecases.note_address(session, fact.learner, fact.recipient, fact.at, held=held)


async def on_forgotten(session: AsyncSession, envelope: Envelope[Any], _: Settings) -> None:
    """Nothing here may lead to this person any more."""
    fact: RecipientForgotten = envelope.data
    await usecases.forget(session, fact.recipient, fact.at)


HANDLERS: Handlers[Settings] = {
    OrganisationRegistered: on_organisation,
    OrganisationVerified: on_verified,
    AchievementPublished: on_achievement,
    BadgeAwarded: on_award,
    BadgeRevoked: on_withdrawal,
    AddressProven: on_address,
    AddressRemoved: on_address,
    RecipientForgotten: on_forgotten,
}
