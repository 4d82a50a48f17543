"""Who is on the way. An enrolment whose learner was forgotten only counts; it is no longer theirs."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ..domain.progress import Enrolment
from .tables import EnrolmentRow

# One by one, in the indexes: one condition, or a join, would read every enrolment there is.
_TOUCHED = text("""
    SELECT id, pathway, version, learner, recipient, started_at, completed_at, told FROM enrolment
    WHERE stopped_at IS NULL AND learner IS NOT NULL AND id = ANY(ARRAY(
        SELECT touched.id FROM unnest(CAST(:persons AS uuid[])) AS person CROSS JOIN LATERAL (
            SELECT id FROM enrolment WHERE recipient = person UNION ALL
            SELECT id FROM enrolment WHERE learner = person UNION ALL
            SELECT e.id FROM address a JOIN enrolment e ON e.learner = a.learner WHERE a.recipient = person
            OFFSET 0) AS touched))
    ORDER BY id FOR UPDATE
""")
_SAVE = text("""
    UPDATE enrolment e SET completed_at = r.completed_at, told = CAST(r.told AS uuid[])
    FROM unnest(CAST(:ids AS uuid[]), CAST(:completed AS timestamptz[]), CAST(:told AS text[]))
        AS r(id, completed_at, told)
    WHERE e.id = r.id
""")


async def add(session: AsyncSession, enrolment: Enrolment) -> bool:
    """Enrol; False where the learner is on this pathway already."""
    row = insert(EnrolmentRow).values(**{**vars(enrolment), "told": list(enrolment.told)})
    added = await session.execute(row.on_conflict_do_nothing().returning(col(EnrolmentRow.id)))
    return added.scalar() is not None


async def current(
    session: AsyncSession, pathway: UUID, learner: UUID, *, lock: bool = False
) -> Enrolment | None:
    """The learner's enrolment that was not stopped, or None; with `lock` it stays as it is."""
    query = select(EnrolmentRow).where(
        col(EnrolmentRow.pathway) == pathway,
        col(EnrolmentRow.learner) == learner,
        col(EnrolmentRow.stopped_at).is_(None),
    )
    row = await session.scalar(query.with_for_update() if lock else query)
    return _enrolment(row) if row else None


async def of_learner(session: AsyncSession, learner: UUID, limit: int) -> list[Enrolment]:
    """The learner's enrolments that were not stopped, newest first."""
    query = select(EnrolmentRow).where(
        col(EnrolmentRow.learner) == learner, col(EnrolmentRow.stopped_at).is_(None)
    )
    rows = await session.scalars(query.order_by(col(EnrolmentRow.id).desc()).limit(limit))
    return [_enrolment(row) for row in rows]


async def lock_touched(session: AsyncSession, persons: Collection[UUID]) -> list[Enrolment]:
    """Every enrolment that a change about these persons can matter to, kept from all others.

    What is read after this sees all that those wrote who held one of them before.
    """
    rows = await session.execute(_TOUCHED, {"persons": list(persons)})
    return [Enrolment(*(*known, frozenset(told))) for *known, told in rows]


async def save(session: AsyncSession, enrolments: Collection[Enrolment]) -> None:
    """Write down how far these learners are."""
    if enrolments:
        values = {
            "ids": [e.id for e in enrolments],
            "completed": [e.completed_at for e in enrolments],
            "told": [
                f"{{{','.join(map(str, e.told))}}}" for e in enrolments
            ],  # as text: unnest would flatten arrays
        }
        await session.execute(_SAVE, values)


async def stop(session: AsyncSession, enrolment: Enrolment, at: datetime) -> None:
    """The learner no longer follows this pathway."""
    row = await session.get_one(EnrolmentRow, enrolment.id)
    row.stopped_at = at


def _enrolment(row: EnrolmentRow) -> Enrolment:
    assert row.learner and row.recipient, "the forgotten are not asked for"
    return Enrolment(
        row.id,
        row.pathway,
        row.version,
        row.learner,
        row.recipient,
        row.started_at,
        row.completed_at,
        frozenset(row.told),
    )
