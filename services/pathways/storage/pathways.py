"""Pathways, their drafts and their published versions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ..domain.plan import Plan, Step
from .tables import PathwayRow, VersionRow


@dataclass(frozen=True)
class Pathway:
    """A pathway: its draft, and the number of the version last published (0: none)."""

    id: UUID
    organisation: UUID
    draft: Plan
    version: int


@dataclass(frozen=True)
class Version:
    """A published version."""

    pathway: UUID
    organisation: UUID
    version: int
    plan: Plan
    published_at: datetime


def write_plan(plan: Plan) -> dict[str, Any]:
    """A plan as JSON."""
    steps = [
        {
            "id": str(step.id),
            "title": step.title,
            "need": step.need,
            "achievements": [str(achievement) for achievement in step.achievements],
            "mandatory": step.mandatory,
        }
        for step in plan.steps
    ]
    return {"name": plan.name, "description": plan.description, "language": plan.language, "steps": steps}


def read_plan(stored: dict[str, Any]) -> Plan:
    """The plan that `write_plan` wrote."""
    steps = (
        Step(
            UUID(step["id"]),
            step["title"],
            step["need"],
            tuple(UUID(achievement) for achievement in step["achievements"]),
            step["mandatory"],
        )
        for step in stored["steps"]
    )
    return Plan(stored["name"], stored["description"], stored["language"], tuple(steps))


async def pathway(session: AsyncSession, pathway_id: UUID, *, lock: bool = False) -> Pathway | None:
    """A pathway, or None; with `lock` nobody else changes it until this transaction ends."""
    row = await session.get(PathwayRow, pathway_id, with_for_update=lock or None, populate_existing=lock)
    return Pathway(row.id, row.organisation, read_plan(row.draft), row.version) if row else None


async def save_draft(
    session: AsyncSession, pathway_id: UUID, organisation: UUID, plan: Plan, by: str
) -> None:
    """Write down what is being drafted, and who did it."""
    row = PathwayRow(id=pathway_id, organisation=organisation, draft=write_plan(plan), drafted_by=by)
    known = await session.get(PathwayRow, pathway_id)
    if known:
        known.draft, known.drafted_by = row.draft, by
    else:
        session.add(row)


async def add_version(session: AsyncSession, version: Version, by: str) -> None:
    """Make this the published version of its pathway."""
    row = await session.get_one(PathwayRow, version.pathway)
    row.version = version.version
    session.add(
        VersionRow(
            pathway=version.pathway,
            version=version.version,
            plan=write_plan(version.plan),
            published_at=version.published_at,
            published_by=by,
        )
    )


async def versions(
    session: AsyncSession, wanted: Collection[tuple[UUID, int]]
) -> dict[tuple[UUID, int], Version]:
    """These versions of pathways, by pathway and number."""
    rows = await session.execute(
        select(VersionRow, PathwayRow.organisation)  # type: ignore[call-overload]  # SQLModel's columns
        .join(PathwayRow, col(PathwayRow.id) == VersionRow.pathway)
        .where(tuple_(col(VersionRow.pathway), col(VersionRow.version)).in_(wanted))
    )
    return {(row.pathway, row.version): _version(row, organisation) for row, organisation in rows}


async def published(
    session: AsyncSession, organisation: UUID | None, after: UUID | None, limit: int
) -> list[Version]:
    """The latest versions of published pathways, newest pathway first, those after `after` in that order."""
    query = (
        select(VersionRow, PathwayRow.organisation)  # type: ignore[call-overload]  # SQLModel's columns
        .join(PathwayRow, col(PathwayRow.id) == VersionRow.pathway)
        .where(col(PathwayRow.version) == VersionRow.version)
    )
    if organisation:
        query = query.where(col(PathwayRow.organisation) == organisation)
    if after:
        query = query.where(col(PathwayRow.id) < after)
    rows = await session.execute(query.order_by(col(PathwayRow.id).desc()).limit(limit))
    return [_version(row, owner) for row, owner in rows]


async def drafts(session: AsyncSession, organisation: UUID, after: UUID | None, limit: int) -> list[Pathway]:
    """An organisation's pathways as they are being drafted, published before or not; newest first."""
    query = select(PathwayRow).where(col(PathwayRow.organisation) == organisation)
    if after:
        query = query.where(col(PathwayRow.id) < after)
    rows = await session.scalars(query.order_by(col(PathwayRow.id).desc()).limit(limit))
    return [Pathway(row.id, row.organisation, read_plan(row.draft), row.version) for row in rows]


def _version(row: VersionRow, organisation: UUID) -> Version:
    return Version(row.pathway, organisation, row.version, read_plan(row.plan), row.published_at)
