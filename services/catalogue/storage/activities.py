"""Activities, one at a time; the list and its search are in search.py."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.activity import Activity, Place, Session
from .tables import ActivityRow, core

activity = core(ActivityRow)
_PLACE = {
    "place": "name",
    "latitude": "latitude",
    "longitude": "longitude",
    "address": "address",
    "access": "access",
}
_PLAIN = [name for name in Activity.__dataclass_fields__ if name not in ("place", "sessions")]
_LISTS = ("languages", "interests", "skills")


async def find(session: AsyncSession, id_: UUID, *, lock: bool = False) -> Activity | None:
    """The activity, or None; with `lock` nobody else changes it until the transaction ends."""
    query = select(activity).where(activity.c.id == id_)
    row = (await session.execute(query.with_for_update() if lock else query)).one_or_none()
    return of_row(row) if row else None


async def save(session: AsyncSession, told: Activity, changed_by: str, now: datetime) -> None:
    """Store the activity as it is now."""
    values = _values(told) | {"changed_by": changed_by, "changed_at": now}
    row = insert(activity).values(values)
    await session.execute(row.on_conflict_do_update(index_elements=["id"], set_=values))


async def of_organisation(
    session: AsyncSession, organisation: UUID, after: UUID | None, limit: int | None
) -> list[Activity]:
    """The activities of an organisation in whatever state, newest first; those made before `after`."""
    query = select(activity).where(activity.c.organisation == organisation)
    if after:
        query = query.where(activity.c.id < after)
    rows = await session.execute(query.order_by(activity.c.id.desc()).limit(limit))
    return [of_row(row) for row in rows]


def of_row(row: Row[Any]) -> Activity:
    """The activity in a row that has all its columns."""
    told: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
    told |= {name: tuple(told[name]) for name in _LISTS}
    place: dict[str, Any] = {name: getattr(row, column) for column, name in _PLACE.items()}
    sessions = tuple(Session(*map(datetime.fromisoformat, pair)) for pair in row.sessions)
    return Activity(**told, place=Place(**place) if row.place else None, sessions=sessions)


def _values(told: Activity) -> dict[str, Any]:
    place = asdict(told.place) if told.place else {}
    return {
        **{name: getattr(told, name) for name in _PLAIN},
        **{column: place.get(name) for column, name in _PLACE.items()},
        "sessions": [[s.starts.isoformat(), s.ends.isoformat()] for s in told.sessions],
    }
