"""The list of published activities: search, filters, order, pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Double, and_, case, cast, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.activity import Activity
from ..domain.search import EARTH_KM, Box, Point, Wanted, box_around
from .activities import activity, of_row
from .facets import Facet, counts, facet_conditions
from .organisations import organisation
from .words import asked, languages_in_use, rank

FAR = 1e9  # km: where what has no place stands in the order of distance
NEVER = 1e15  # s: where what is always open stands in the order of time


@dataclass(frozen=True)
class Hit:
    """One activity of a page; `key` is its place in the order, `distance` in km."""

    activity: Activity
    organisation: str
    key: float
    distance: float | None


@dataclass(frozen=True)
class Page:
    """One page, how many there are in all, and the counts for each filter."""

    hits: list[Hit]
    total: int
    facets: list[Facet]


async def page(session: AsyncSession, wanted: Wanted, after: tuple[float, UUID] | None, limit: int) -> Page:
    """The activities after that (key, id) in the wanted order, with all counts."""
    languages = await languages_in_use(session) if wanted.text else []
    base = _conditions(wanted, languages)
    facet = facet_conditions(wanted)
    key = _key(wanted, languages).label("key")
    distance = _distance(wanted.near).label("distance") if wanted.near else None
    columns: list[Any] = [activity, organisation.c.name.label("organisation_name"), key]
    query = select(*columns, *([distance] if distance is not None else []))
    query = query.join(organisation, organisation.c.id == activity.c.organisation)
    query = query.where(*base, *facet.values())
    if after:
        query = query.where(tuple_(key.element, activity.c.id) > tuple_(*after))
    rows = (await session.execute(query.order_by(key.element, activity.c.id).limit(limit))).all()
    facets, total = await counts(session, base, facet)
    return Page([_hit(row) for row in rows], total, facets)


def _hit(row: Any) -> Hit:
    distance = getattr(row, "distance", None)
    return Hit(of_row(row), row.organisation_name, row.key, distance)


def _conditions(wanted: Wanted, languages: Sequence[str]) -> list[ColumnElement[bool]]:
    """What every activity of the result must meet, whatever the filters that are counted."""
    a = activity.c
    told = [a.state == "published", organisation.c.state != "suspended", *_time(wanted)]
    if wanted.text:
        told.append(asked(wanted.text, languages))
    if wanted.box:
        told.append(_inside(wanted.box))
    if wanted.near and wanted.within_km is not None:
        told.append(_inside(box_around(wanted.near, wanted.within_km)))  # what an index can answer
        told.append(_distance(wanted.near) <= wanted.within_km)
    if wanted.age is not None:
        told.append(func.coalesce(a.age_from, 0) <= wanted.age)
        told.append(func.coalesce(a.age_to, 1000) >= wanted.age)
    return told


def _time(wanted: Wanted) -> list[ColumnElement[bool]]:
    a = activity.c
    dated = [func.coalesce(a.ends, a.starts) >= wanted.since]
    if wanted.until:
        dated.append(a.starts < wanted.until)
    if wanted.always_open is True:
        return [a.starts.is_(None)]
    if wanted.always_open is False:
        return dated
    return [or_(a.starts.is_(None), and_(*dated))]


def _inside(box: Box) -> ColumnElement[bool]:
    a = activity.c
    around = box.west > box.east
    within = or_ if around else and_
    return and_(
        a.latitude.between(box.south, box.north),
        within(a.longitude >= box.west, a.longitude <= box.east),
    )


def _distance(point: Point) -> ColumnElement[float]:
    """Great-circle distance in km by the haversine formula; none where there is no place."""
    a = activity.c
    latitude, longitude = func.radians(a.latitude), func.radians(a.longitude)
    here = func.radians(cast(point.latitude, Double))
    half_north = func.power(func.sin((latitude - here) / 2), 2)
    half_east = func.power(func.sin((longitude - func.radians(cast(point.longitude, Double))) / 2), 2)
    chord = func.least(half_north + func.cos(latitude) * func.cos(here) * half_east, 1.0)
    distance = cast(2 * EARTH_KM * func.asin(func.sqrt(chord)), Double)
    return case((a.latitude.is_not(None), distance))  # least() would take 1 where there is no place


def _key(wanted: Wanted, languages: Sequence[str]) -> ColumnElement[float]:
    """What the result is ordered by, smallest first."""
    if wanted.sort == "relevance" and wanted.text:
        return cast(-rank(wanted.text, languages), Double)
    if wanted.sort == "distance" and wanted.near:
        return func.coalesce(_distance(wanted.near), FAR)
    begins = func.greatest(activity.c.starts, wanted.since)  # what goes on already is for now
    dated = cast(func.extract("epoch", begins), Double)
    return case((activity.c.starts.is_(None), NEVER), else_=dated)
