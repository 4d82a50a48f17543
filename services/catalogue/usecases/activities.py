"""Activities: drafting, editing, publishing, cancelling."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalogue import ActivityCancelled, ActivityChanged, ActivityPublished, PlaceNamed, SkillNamed
from services.chassis.journal import emit

from .. import storage
from ..domain.activity import (
    Activity,
    AlreadyCancelled,
    BadActivity,
    NotPublished,
    OldVersion,
    UnknownActivity,
    check,
    check_ready,
    span,
)
from ..domain.organisation import must_be_active
from ..domain.skill import UnknownSkill
from . import findable, organisations


@dataclass(frozen=True)
class Edge:
    """What a use case about activities must know of its surroundings."""

    actor: str
    now: datetime
    public_url: str
    require_verification: bool


async def find(session: AsyncSession, id_: UUID, *, lock: bool = False) -> Activity:
    """The activity. Raises UnknownActivity."""
    found = await storage.activities.find(session, id_, lock=lock)
    if not found:
        raise UnknownActivity
    return found


async def draft(session: AsyncSession, told: Activity, edge: Edge) -> Activity:
    """Store a new draft. Raises BadActivity, UnknownOrganisation."""
    return await _save(session, told, edge)


async def edit(
    session: AsyncSession, id_: UUID, changes: Mapping[str, Any], version: int | None, edge: Edge
) -> Activity:
    """Change an activity; where it is published, everybody hears of it. Without a change nothing happens.

    `version` is the one the change was made from. Raises UnknownActivity, OldVersion, AlreadyCancelled,
    BadActivity, NotReady.
    """
    found = await find(session, id_, lock=True)
    if version is not None and version != found.version:
        raise OldVersion
    if found.state == "cancelled":
        raise AlreadyCancelled
    told = replace(found, **changes)
    if told == found:
        return found
    told = await _save(session, replace(told, version=found.version + 1), edge)
    if told.state == "published":
        check_ready(told)
        emit(session, ActivityChanged(**await _whole(session, told, edge.public_url)))
    return told


async def publish(session: AsyncSession, id_: UUID, edge: Edge) -> Activity:
    """Show an activity to everyone. Again, it changes nothing.

    Raises UnknownActivity, NotVerified, Suspended, AlreadyCancelled, NotReady.
    """
    found = await find(session, id_, lock=True)
    organisation = await organisations.find(session, found.organisation)
    must_be_active(organisation, edge.require_verification)
    check_ready(found)
    if found.state == "published":
        return found
    told = await _save(session, replace(found, state="published"), edge)
    emit(session, ActivityPublished(**await _whole(session, told, edge.public_url)))
    return told


async def cancel(session: AsyncSession, id_: UUID, edge: Edge) -> Activity:
    """Say that a published activity will not take place. Again, it changes nothing.

    Raises UnknownActivity, NotPublished.
    """
    found = await find(session, id_, lock=True)
    if found.state == "cancelled":
        return found
    if found.state == "draft":
        raise NotPublished
    told = replace(found, state="cancelled", version=found.version + 1)
    emit(session, ActivityCancelled(activity=id_, organisation=found.organisation))
    return await _save(session, told, edge)


async def _save(session: AsyncSession, told: Activity, edge: Edge) -> Activity:
    if told.sessions:
        starts, ends = span(told.sessions)
        told = replace(told, starts=starts, ends=ends)
    check(told)
    known = await storage.skills.labels(session, told.skills, told.language)
    for number, uri in enumerate(told.skills):
        if uri not in known:
            raise BadActivity(f"skills.{number}", UnknownSkill.__doc__ or "")
    await storage.activities.save(session, told, edge.actor, edge.now)
    organisation = await organisations.find(session, told.organisation)
    await findable.index(session, told, organisation.name)
    return told


async def _whole(session: AsyncSession, told: Activity, public_url: str) -> dict[str, Any]:
    names = [name for name in ActivityPublished.model_fields if name in Activity.__dataclass_fields__]
    place = told.place
    labels = await storage.skills.labels(session, told.skills, told.language)
    return {
        **{name: getattr(told, name) for name in names},
        "activity": told.id,
        "skills": tuple(SkillNamed(uri=uri, label=labels[uri].text) for uri in told.skills),
        "place": PlaceNamed(**{name: getattr(place, name) for name in PlaceNamed.model_fields})
        if place
        else None,
        "url": f"{public_url}/activities/{told.id}",
    }
