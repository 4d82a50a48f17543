"""Achievements: one for every activity and pathway, and those an organisation makes itself."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.badges import AchievementPublished, Source
from contracts.envelope import uuid7
from services.chassis import waiting
from services.chassis.database import wake
from services.chassis.journal import emit

from ..domain.addresses import Addresses
from ..domain.award import UnknownAchievement
from ..domain.shown import Shown, achievement, current_version, is_web_address, signable_language
from ..domain.text import Unsignable
from ..settings import Settings
from ..storage import achievements
from ..storage.achievements import Achievement
from . import organisations

PICTURES = "pictures"
"""The loop that draws."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered, by whom, and what it is earned by."""

    id: UUID
    organisation: UUID
    source_kind: Literal["activity", "pathway", "organisation"]
    source: UUID
    version: int
    shown: Shown
    made_by: str | None = None


@dataclass(frozen=True, slots=True)
class Own:
    """What an organisation wants to award itself; its name is filled in."""

    organisation: UUID
    shown: Shown
    made_by: str


async def publish(session: AsyncSession, offer: Offer, public_url: str, now: datetime) -> None:
    """Take in a version of an achievement, and tell where that changes what is in force.

    Versions that came before change nothing. Raises Unsignable for what no credential may say.
    """
    achievement(offer.shown, offer.id, offer.version, Addresses(public_url))
    await achievements.lock(session, offer.id)
    before = await achievements.versions(session, offer.id)
    if offer.version in dict(before):
        return
    after = current_version([*before, (offer.version, offer.shown.fingerprint)])
    new = Achievement(
        offer.id, offer.organisation, offer.source_kind, offer.source, after, offer.version, offer.shown
    )
    await achievements.add_version(session, new, look_of(offer.shown), offer.made_by, now)
    wake(session, PICTURES)
    await waiting.release(session, f"achievement:{offer.id}")
    if not before or after > current_version(before):
        emit(session, _published(replace(new, version=after), public_url))


async def create(session: AsyncSession, own: Own, settings: Settings, now: datetime) -> Achievement:
    """Make an organisation's own achievement. Raises UnknownOrganisation, NotVerified and Unsignable."""
    issuer = await organisations.may_award(session, own.organisation, settings.require_verification)
    for number, skill in enumerate(own.shown.skills):
        if not is_web_address(skill.uri):
            raise Unsignable(f"body.skills.{number}.uri", "is not a web address", "Give the concept's URI.")
    shown = replace(own.shown, issuer=issuer.name, language=signable_language(own.shown.language))
    made = uuid7()
    offer = Offer(made, own.organisation, "organisation", own.organisation, 1, shown, own.made_by)
    await publish(session, offer, settings.public_url, now)
    return await known(session, made)


async def known(session: AsyncSession, achievement: UUID, version: int | None = None) -> Achievement:
    """One version of an achievement, or the one in force. Raises UnknownAchievement."""
    found = await achievements.achievement(session, achievement, version)
    if found is None:
        raise UnknownAchievement
    return found


async def offered(
    session: AsyncSession, organisation: UUID | None, source: UUID | None, after: UUID | None, limit: int
) -> Sequence[Achievement]:
    """Achievements in force, of one organisation or source where one is given."""
    return await achievements.achievements(session, organisation, source, after, limit)


def look_of(shown: Shown) -> str:
    """The name of a picture: equal where all that is drawn is equal."""
    drawn = "\n".join((shown.kind, shown.layer or "", shown.issuer, shown.name))
    return hashlib.sha256(drawn.encode()).hexdigest()


def _published(found: Achievement, public_url: str) -> AchievementPublished:
    return AchievementPublished(
        achievement=found.id,
        version=found.version,
        organisation=found.organisation,
        name=found.shown.name,
        description=found.shown.description,
        language=found.shown.language,
        source=Source(kind=found.source_kind, id=found.source),
        picture=Addresses(public_url).picture(str(found.id), found.version),
        skills=tuple(skill.uri for skill in found.shown.skills),
    )
