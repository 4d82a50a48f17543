"""From what other services say to what is offered and awarded here."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalogue import ActivityCompleted, ActivityPublished
from contracts.pathways import PathwayPublished, PathwayStarted
from services.chassis.waiting import Needs

from ..domain.award import Award, UnknownOrganisation, activity_occasion, pathway_occasion
from ..domain.shown import Shown, Skill, achievement_id, signable_language
from ..domain.wording import activity_criteria, pathway_criteria
from . import organisations
from .achievements import Offer


async def of_activity(session: AsyncSession, fact: ActivityPublished) -> Offer:
    """The achievement that an activity leads to. Raises Needs where its organisation is not known yet."""
    issuer = await _issuer(session, fact.organisation)
    shown = Shown(
        name=fact.title,
        description=fact.description if fact.description.strip() else fact.title,
        criteria=activity_criteria(fact.title, issuer, fact.language),
        language=signable_language(fact.language),
        kind=fact.kind,
        layer=fact.layer,
        issuer=issuer,
        tags=tuple(dict.fromkeys(each for each in fact.interests if each.strip())),
        skills=tuple(Skill(each.uri, each.label) for each in fact.skills if each.label.strip()),
    )
    return Offer(
        achievement_id(fact.activity), fact.organisation, "activity", fact.activity, fact.version, shown
    )


async def of_pathway(session: AsyncSession, fact: PathwayPublished) -> Offer:
    """The achievement that a pathway leads to. Raises Needs where its organisation is not known yet."""
    issuer = await _issuer(session, fact.organisation)
    shown = Shown(
        name=fact.name,
        description=fact.description if fact.description.strip() else fact.name,
        criteria=pathway_criteria(fact.name, issuer, fact.language),
        language=signable_language(fact.language),
        kind="pathway",
        layer=None,
        issuer=issuer,
    )
    return Offer(
        achievement_id(fact.pathway), fact.organisation, "pathway", fact.pathway, fact.version, shown
    )


def activity_award(fact: ActivityCompleted, at: datetime) -> Award:
    """What somebody is awarded for an activity that an organiser confirmed at that moment."""
    return Award(
        organisation=fact.organisation,
        achievement=achievement_id(fact.activity),
        recipient=fact.recipient,
        occasion=activity_occasion(fact.activity, fact.session),
        awarded_at=at,
        session=fact.session,
        completed_on=fact.completed_on,
    )


def pathway_award(fact: PathwayStarted, at: datetime) -> Award:
    """What somebody is awarded at that moment for a pathway: the version they followed."""
    return Award(
        organisation=fact.organisation,
        achievement=achievement_id(fact.pathway),
        version=fact.version,
        recipient=fact.recipient,
        occasion=pathway_occasion(fact.pathway, fact.version),
        awarded_at=at,
        completed_on=at.date(),
    )


async def _issuer(session: AsyncSession, organisation: UUID) -> str:
    try:
        return (await organisations.known(session, organisation)).name
    except UnknownOrganisation as error:
        raise Needs(f"organisation:{organisation}") from error
