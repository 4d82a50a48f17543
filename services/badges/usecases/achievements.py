"""Achievements: one for every activity and pathway, and those an organisation makes itself."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.badges import AchievementPublished, Source
from contracts.envelope import uuid7
from services.chassis import waiting
from services.chassis.database import wake
from services.chassis.journal import emit

from ..domain.additions import Additions, ItsOwn, NotItsOwn, TooManyVersions
from ..domain.addresses import Addresses
from ..domain.award import UnknownAchievement
from ..domain.shown import (
    Shown,
    Skill,
    achievement,
    current_version,
    is_web_address,
    refuse_bad_translations,
    signable_language,
    translated,
)
from ..domain.text import Unsignable
from ..domain.versions import ADDITION, MOST_ADDITIONS, with_addition
from ..settings import Settings
from ..storage import achievements
from ..storage.achievements import Achievement, Added, SourceKind
from . import organisations

PICTURES = "pictures"
"""The loop that draws."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered, by whom, and what it is earned by."""

    id: UUID
    organisation: UUID
    source_kind: SourceKind
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
    if offer.version in dict(await achievements.versions(session, offer.id)):
        return
    added = await achievements.additions(session, offer.id)
    new = {offer.version: offer.shown}
    if added:
        new[with_addition(offer.version, added.number)] = added.says.on(offer.shown)
    await _take_in(session, offer, new, public_url, now)
    await waiting.release(session, f"achievement:{offer.id}")


async def _take_in(
    session: AsyncSession, offer: Offer, new: Mapping[int, Shown], public_url: str, now: datetime
) -> None:
    """Store new versions, and tell where they change which one is in force."""
    before = await achievements.versions(session, offer.id)
    after = current_version([*before, *((version, shown.fingerprint) for version, shown in new.items())])
    for version, shown in new.items():
        stored = Achievement(
            offer.id, offer.organisation, offer.source_kind, offer.source, after, version, shown
        )
        await achievements.add_version(session, stored, look_of(shown), offer.made_by, now)
    wake(session, PICTURES)
    if not before or after > current_version(before):
        emit(session, _published(replace(stored, version=after), public_url))


async def create(session: AsyncSession, own: Own, settings: Settings, now: datetime) -> Achievement:
    """Make an organisation's own achievement. Raises UnknownOrganisation, NotVerified and Unsignable."""
    shown = await _own_texts(session, own, settings)
    made = uuid7()
    offer = Offer(made, own.organisation, "organisation", own.organisation, 1, shown, own.made_by)
    await publish(session, offer, settings.public_url, now)
    return await known(session, made)


async def edit(
    session: AsyncSession, achievement: UUID, own: Own, settings: Settings, now: datetime
) -> Achievement:
    """Change an organisation's own achievement: a new version, unless nothing is new. Raises as `create`.

    Awards that are issued keep theirs. Raises UnknownAchievement, and NotItsOwn for one that comes with an
    activity or a pathway.
    """
    await achievements.lock(session, achievement)
    found = await known(session, achievement)
    if found.source_kind != "organisation":
        raise NotItsOwn
    shown = await _own_texts(session, own, settings)
    if shown.fingerprint != found.shown.fingerprint:
        version = 1 + max(number for number, _ in await achievements.versions(session, achievement))
        if version >= ADDITION:
            raise TooManyVersions
        offer = Offer(
            achievement, found.organisation, "organisation", found.source, version, shown, own.made_by
        )
        await publish(session, offer, settings.public_url, now)
    return await known(session, achievement)


async def add_to(
    session: AsyncSession, achievement: UUID, says: Additions, made_by: str, settings: Settings, now: datetime
) -> Achievement:
    """Replace what is added to an activity's or pathway's achievement: a new version of each of its versions.

    Raises UnknownAchievement, NotVerified, Unsignable, TooManyVersions, and ItsOwn for one that comes with
    nothing. The same additions once more change nothing.
    """
    await achievements.lock(session, achievement)
    found = await known(session, achievement)
    if found.source_kind == "organisation":
        raise ItsOwn
    await organisations.may_award(session, found.organisation, settings.require_verification)
    last = await achievements.additions(session, achievement)
    if says == (last.says if last else Additions()):
        return found
    added = Added(last.number + 1 if last else 1, says)
    if added.number > MOST_ADDITIONS:
        raise TooManyVersions
    new = {
        with_addition(version, added.number): says.on(shown)
        for version, shown in await achievements.source_versions(session, achievement, ADDITION)
    }
    _refuse_unsignable(new[max(new)], says.skills, settings.public_url)
    await achievements.set_additions(session, achievement, added, made_by, now)
    await _take_in(session, _same_again(found, made_by), new, settings.public_url, now)
    return await known(session, achievement)


def _same_again(found: Achievement, made_by: str) -> Offer:
    return Offer(
        found.id, found.organisation, found.source_kind, found.source, found.version, found.shown, made_by
    )


async def _own_texts(session: AsyncSession, own: Own, settings: Settings) -> Shown:
    issuer = await organisations.may_award(session, own.organisation, settings.require_verification)
    shown = replace(own.shown, issuer=issuer.name, language=signable_language(own.shown.language))
    _refuse_unsignable(shown, shown.skills, settings.public_url)
    return shown


def _refuse_unsignable(shown: Shown, skills: Sequence[Skill], public_url: str) -> None:
    """Raises Unsignable where a text of whatever language cannot be signed, or a skill has no address."""
    for number, skill in enumerate(skills):
        if not is_web_address(skill.uri):
            raise Unsignable(f"body.skills.{number}.uri", "is not a web address", "Give the concept's URI.")
    refuse_bad_translations(shown)
    addresses, any_id = Addresses(public_url), UUID(int=0)
    achievement(shown, any_id, 1, addresses)
    for each in shown.translations:
        translated(shown, any_id, 1, each.language, addresses)


async def known(session: AsyncSession, achievement: UUID, version: int | None = None) -> Achievement:
    """One version of an achievement, or the one in force. Raises UnknownAchievement."""
    found = await achievements.achievement(session, achievement, version)
    if found is None:
        raise UnknownAchievement
    return found


async def additions(session: AsyncSession, achievement: UUID) -> Additions:
    """What was added to an achievement; nothing where it was never added to."""
    found = await achievements.additions(session, achievement)
    return found.says if found else Additions()


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
