"""What notify hears from the other services."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts import badges, catalogue
from contracts.badges import AchievementPublished, BadgeAwarded, BadgeRevoked
from contracts.catalogue import (
    ClientRegistered,
    ClientRevoked,
    OrganisationRegistered,
    RecipientForgotten,
    SignInRequested,
)
from contracts.envelope import Envelope, uuid7
from contracts.pathways import PathwayCompleted, PathwayPublished
from services.chassis.delivery import Handlers
from services.chassis.waiting import release

from .domain.integration import Client
from .feeder import FEED
from .settings import Settings
from .storage import facts
from .storage.letters import Letter
from .usecases import intake as usecases
from .usecases import integrations


async def on_named(session: AsyncSession, envelope: Envelope[Any], _: Settings) -> None:
    """Where somebody can be written to, under which name and in which language."""
    fact: catalogue.RecipientNamed = envelope.data
    told = {"address": fact.address, "name": fact.name, "language": fact.language}
    said = {what: value for what, value in told.items() if value}
    by_person = fact.said_by == "person"
    usecases.name_recipient(session, fact.recipient, said, fact.at, by_person=by_person)


async def on_organisation(session: AsyncSession, envelope: Envelope[Any], _: Settings) -> None:
    """On whose behalf letters are written."""
    fact: OrganisationRegistered = envelope.data
    await usecases.name_organisation(session, fact.organisation, fact.name, envelope.time)


async def on_achievement(session: AsyncSession, envelope: Envelope[Any], _: Settings) -> None:
    """What a badge is called and looks like."""
    fact: AchievementPublished = envelope.data
    await facts.note_achievement(
        session, fact.achievement, fact.version, fact.name, fact.language, fact.picture
    )
    await release(session, f"achievement:{fact.achievement}:{fact.version}")


async def on_pathway(session: AsyncSession, envelope: Envelope[Any], _: Settings) -> None:
    """What a playlist is called."""
    fact: PathwayPublished = envelope.data
    await facts.note_pathway(session, fact.pathway, fact.version, fact.name, fact.language)
    await release(session, f"pathway:{fact.pathway}:{fact.version}")


async def on_award(session: AsyncSession, envelope: Envelope[Any], _: Settings) -> None:
    """Somebody gets a letter about their badge."""
    fact: BadgeAwarded = envelope.data
    letter = Letter(
        id=uuid7(),
        kind="badge_awarded",
        cause=fact.award,
        caused_at=fact.awarded_at,
        recipient=fact.recipient,
        organisation=fact.organisation,
        thing=fact.achievement,
        version=fact.version,
        link=fact.claim,
    )
    usecases.queue_letter(session, letter)


async def on_withdrawal(session: AsyncSession, envelope: Envelope[Any], _: Settings) -> None:
    """A letter about the badge that has not left yet must not."""
    fact: BadgeRevoked = envelope.data
    await usecases.withdraw(session, fact.award)


async def on_completion(session: AsyncSession, envelope: Envelope[Any], settings: Settings) -> None:
    """Somebody gets a letter about their playlist; that about its badge comes by itself."""
    fact: PathwayCompleted = envelope.data
    letter = Letter(
        id=uuid7(),
        kind="pathway_completed",
        cause=fact.enrolment,
        caused_at=fact.completed_at,
        recipient=fact.recipient,
        organisation=fact.organisation,
        thing=fact.pathway,
        version=fact.version,
        link=f"{settings.public_url}/pathways/{fact.pathway}",
    )
    usecases.queue_letter(session, letter)


async def on_sign_in(session: AsyncSession, envelope: Envelope[Any], _: Settings) -> None:
    """Somebody gets a link and a code to sign in with."""
    fact: SignInRequested = envelope.data
    letter = Letter(
        id=uuid7(),
        kind="sign_in",
        cause=fact.request,
        caused_at=envelope.time,
        recipient=fact.recipient,
        link=fact.link,
        code=fact.code,
        address=fact.address,
        language=fact.language,
        expires=fact.expires,
    )
    usecases.queue_letter(session, letter)


async def on_forgotten(session: AsyncSession, envelope: Envelope[Any], _: Settings) -> None:
    """Nothing here may lead to this person any more."""
    fact: RecipientForgotten = envelope.data
    await usecases.forget(session, fact.recipient, fact.at)


async def on_client(session: AsyncSession, envelope: Envelope[Any], _: Settings) -> None:
    """A machine that may speak for an integration."""
    fact: ClientRegistered = envelope.data
    client = Client(fact.client, fact.organisation, fact.name, fact.scopes)
    await integrations.note_client(session, client)


async def on_client_revoked(session: AsyncSession, envelope: Envelope[Any], _: Settings) -> None:
    """A machine that may no longer."""
    fact: ClientRevoked = envelope.data
    await integrations.revoke_client(session, fact.client)


MORE = (FEED,)
HANDLERS: Handlers[Settings] = {
    catalogue.RecipientNamed: on_named,
    badges.RecipientNamed: on_named,
    OrganisationRegistered: on_organisation,
    AchievementPublished: on_achievement,
    PathwayPublished: on_pathway,
    BadgeAwarded: on_award,
    BadgeRevoked: on_withdrawal,
    PathwayCompleted: on_completion,
    RecipientForgotten: on_forgotten,
    ClientRegistered: on_client,
    ClientRevoked: on_client_revoked,
}
URGENT: Handlers[Settings] = {SignInRequested: on_sign_in}  # somebody waits, whatever a festival brings
