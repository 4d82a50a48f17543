"""How many activities each further filter would leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, Text, case, cast, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.search import Wanted
from .activities import activity
from .organisations import organisation

MOST = 100  # values of one filter that are counted, the most frequent first
NAMES = ("kind", "mode", "layer", "language", "interest", "skill", "organisation", "free")


@dataclass(frozen=True)
class Facet:
    """One value of one filter, and how many activities have it among those all other filters leave."""

    name: str
    value: str
    count: int


def facet_conditions(wanted: Wanted) -> dict[str, ColumnElement[bool]]:
    """The filters that are counted, those that are wanted, as conditions on an activity."""
    return {
        name: _values(name, activity.c).op("&&")(cast(list(asked), ARRAY(Text)))
        for name in NAMES
        if (asked := _asked(wanted, name))
    }


def _asked(wanted: Wanted, name: str) -> tuple[str, ...]:
    if name == "free":
        return () if wanted.free is None else (str(wanted.free).lower(),)
    return tuple(str(value) for value in getattr(wanted, name))


def _values(name: str, a: Any) -> ColumnElement[Any]:
    """The values that an activity has for a filter, as an array of text."""
    if name in ("interest", "skill"):
        return a[f"{name}s"]  # type: ignore[no-any-return]  # a column
    if name == "language":  # spoken there; where nobody said, that of the text
        return case((func.cardinality(a.languages) == 0, array([a.language])), else_=a.languages)
    if name == "mode":  # both is in person and online
        every = cast(["in_person", "online", "both"], ARRAY(Text))
        return case((a.mode == "both", every), else_=array([a.mode]))
    if name == "free":
        return array([cast(case((a.cost_cents == 0, "true"), else_="false"), Text)])
    return array([cast(a[name], Text)])


async def counts(
    session: AsyncSession, base: Sequence[ColumnElement[bool]], facet: Mapping[str, ColumnElement[bool]]
) -> tuple[list[Facet], int]:
    """The counts for every filter, each without itself, and the size of the whole result."""
    found = (
        select(
            *(_values(name, activity.c).label(name) for name in NAMES),
            *(condition.label(f"is_{name}") for name, condition in facet.items()),
        )
        .join(organisation, organisation.c.id == activity.c.organisation)
        .where(*base)
        .cte("found")
    )
    whole = select(
        literal("total").label("name"), literal("").label("value"), func.count().label("count")
    ).select_from(found)
    whole = whole.where(*(found.c[f"is_{name}"] for name in facet))
    every: Any = union_all(whole, *(_count(found, name, facet) for name in NAMES))
    told = [Facet(*row) for row in await session.execute(every)]
    return [one for one in told if one.name != "total"], next(t.count for t in told if t.name == "total")


def _count(found: CTE, name: str, facet: Mapping[str, ColumnElement[bool]]) -> Select[Any]:
    each = select(func.unnest(found.c[name]).label("value"))
    each = each.where(*(found.c[f"is_{other}"] for other in facet if other != name))
    values = each.subquery(f"{name}_values")
    query = select(literal(name).label("name"), values.c.value, func.count().label("count"))
    query = query.group_by(values.c.value).order_by(func.count().desc(), values.c.value).limit(MOST)
    limited = query.subquery(f"{name}_counts")
    return select(limited.c.name, limited.c.value, limited.c.count)
