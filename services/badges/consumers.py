"""What badges does about other services' events. Each may come twice, late and in any order."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalogue import (
    ActivityChanged,
    ActivityCompleted,
    ActivityPublished,
    AddressRemoved,
    OrganisationRegistered,
    OrganisationVerified,
    RecipientForgotten,
    RecipientNamed,
)
from contracts.envelope import Envelope
from contracts.pathways import PathwayCompleted, PathwayPublished, PathwayReopened
from services.chassis.delivery import Handlers

from .domain.recipient import Named
from .settings import Settings
from .usecases import achievements, awards, bulk, offers, organisations, recipients


async def on_registered(
    session: AsyncSession, envelope: Envelope[OrganisationRegistered], _settings: Settings
) -> None:
    """An organisation registered."""
    fact = envelope.data
    await organisations.register(session, fact.organisation, fact.name, fact.description, fact.website)


async def on_verified(
    session: AsyncSession, envelope: Envelope[OrganisationVerified], _settings: Settings
) -> None:
    """An organisation was verified."""
    await organisations.verify(session, envelope.data.organisation)


async def on_activity(
    session: AsyncSession, envelope: Envelope[ActivityPublished], settings: Settings
) -> None:
    """An activity was published or changed: its achievement is published, or changes too."""
    offer = await offers.of_activity(session, envelope.data)
    await achievements.publish(session, offer, settings.public_url, datetime.now(UTC))


async def on_pathway(session: AsyncSession, envelope: Envelope[PathwayPublished], settings: Settings) -> None:
    """A pathway, or a new version of it, was published: so is its achievement."""
    offer = await offers.of_pathway(session, envelope.data)
    await achievements.publish(session, offer, settings.public_url, datetime.now(UTC))


async def on_activity_completed(
    session: AsyncSession, envelope: Envelope[ActivityCompleted], settings: Settings
) -> None:
    """Somebody completed an activity: they are awarded its achievement."""
    decided = offers.activity_award(envelope.data, envelope.time)
    await awards.award(session, decided, settings.require_verification)


async def on_pathway_completed(
    session: AsyncSession, envelope: Envelope[PathwayCompleted], settings: Settings
) -> None:
    """Somebody completed a pathway: they are awarded its achievement."""
    decided = offers.pathway_award(envelope.data, envelope.data.completed_at)
    await awards.award_pathway(session, decided, settings.require_verification)


async def on_reopened(
    session: AsyncSession, envelope: Envelope[PathwayReopened], _settings: Settings
) -> None:
    """A pathway is no longer complete: the award it led to is withdrawn."""
    await awards.undo(session, offers.pathway_award(envelope.data, envelope.time))


async def on_named(session: AsyncSession, envelope: Envelope[RecipientNamed], _settings: Settings) -> None:
    """Somebody's address became known."""
    fact = envelope.data
    said = Named(fact.address, fact.language, fact.said_by, fact.at)
    await recipients.name(session, {fact.recipient: said})


async def on_address_removed(
    session: AsyncSession, envelope: Envelope[AddressRemoved], _settings: Settings
) -> None:
    """Somebody gave up an address."""
    await recipients.lose(session, envelope.data.recipient, envelope.data.at)


async def on_forgotten(
    session: AsyncSession, envelope: Envelope[RecipientForgotten], settings: Settings
) -> None:
    """Somebody asked to be forgotten."""
    fact = envelope.data
    await recipients.forget(session, fact.recipient, fact.at)
    await bulk.forget_waiting(session, fact.recipient, fact.at, settings.recipient_key)


HANDLERS: Handlers[Settings] = {
    OrganisationRegistered: on_registered,
    OrganisationVerified: on_verified,
    ActivityPublished: on_activity,
    ActivityChanged: on_activity,
    ActivityCompleted: on_activity_completed,
    PathwayPublished: on_pathway,
    PathwayCompleted: on_pathway_completed,
    PathwayReopened: on_reopened,
    RecipientNamed: on_named,
    AddressRemoved: on_address_removed,
    RecipientForgotten: on_forgotten,
}
