"""Skills, their labels, and finding them by what people type."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Text

from ..domain.search import root
from ..domain.skill import Label, Skill, folded
from .tables import SkillLabelRow, SkillRow, SkillTermRow, core

skill = core(SkillRow)
skill_label = core(SkillLabelRow)
skill_term = core(SkillTermRow)
FALLBACK = "en"

_REUSE = ("transversal", "cross-sector", "sector-specific", "occupation-specific")


async def labels(session: AsyncSession, uris: Sequence[str], language: str) -> dict[str, Label]:
    """What these skills are called in the language, else in English, else in whatever there is."""
    if not uris:
        return {}
    c = skill_label.c
    query = select(c.uri, c.label, c.language, c.unofficial).where(c.uri.in_(uris))
    query = query.ext(distinct_on(c.uri)).order_by(c.uri, _preference(language), c.language)
    rows = await session.execute(query)
    return {row.uri: Label(row.label, row.language, row.unofficial) for row in rows}


async def find(session: AsyncSession, uri: str, language: str) -> Skill | None:
    """The skill with its label in the language, else in another; or None."""
    found = await _in_order(session, [uri], language)
    return found[0] if found else None


async def search(session: AsyncSession, text: str, language: str, limit: int) -> list[Skill]:
    """The skills that `text` may mean, best first: label, its beginning, a word's, another name, alike.

    Words of the language and of English are looked through; the skill is answered in the language where it
    has a label there. Where several fit as well, what is useful everywhere and short comes first.
    """
    wanted = folded(text)
    if not wanted:
        return []
    best = _best(wanted, language).subquery("best")
    b = best.c
    order = (b.kind, b.unlike, b.foreign, _reuse(), func.length(b.term), b.term, skill.c.uri)
    query = select(skill.c.uri).join(best, b.uri == skill.c.uri).order_by(*order).limit(limit)
    uris = list((await session.execute(query)).scalars())
    return await _in_order(session, uris, language)


async def _in_order(session: AsyncSession, uris: Sequence[str], language: str) -> list[Skill]:
    query = _whole().where(skill.c.uri.in_(uris)).ext(distinct_on(skill.c.uri))
    query = query.order_by(skill.c.uri, _preference(language), skill_label.c.language)
    found = {row.uri: _of_row(row) for row in await session.execute(query)}
    return [found[uri] for uri in uris if uri in found]


def _best(wanted: str, language: str) -> Select[Any]:
    """For each skill that fits, the term that does so best."""
    t = skill_term.c
    spoken = _languages(language)
    foreign = func.array_position(literal(spoken, ARRAY(Text)), t.language).label("foreign")
    kind = _kind(wanted)
    unlike = case((kind == 4, -func.similarity(t.term, wanted)), else_=0.0).label("unlike")
    query = select(t.uri, t.term, foreign, kind.label("kind"), unlike)
    query = query.where(t.language.in_(spoken), _fits(wanted)).ext(distinct_on(t.uri))
    return query.order_by(t.uri, kind, unlike, foreign, func.length(t.term))


def _fits(wanted: str) -> ColumnElement[bool]:
    term = skill_term.c.term
    if len(wanted) < 3:  # too short for trigrams
        return term.startswith(wanted, autoescape=True)
    words = and_(*(term.contains(word, autoescape=True) for word in wanted.split()))
    return or_(words, term.op("%")(wanted))


def _kind(wanted: str) -> ColumnElement[int]:
    """0 the label, 1 it begins so, 2 its words do, 3 another name, 4 alike."""
    t = skill_term.c
    words = [(literal(" ") + t.term).contains(" " + word, autoescape=True) for word in wanted.split()]
    return case(
        (and_(t.preferred, t.term == wanted), 0),
        (and_(t.preferred, t.term.startswith(wanted, autoescape=True)), 1),
        (and_(t.preferred, *words), 2),
        (and_(*words), 3),
        else_=4,
    )


def _whole() -> Select[Any]:
    c = skill_label.c
    columns = (c.label, c.language, c.unofficial, c.alternatives, c.description)
    return select(skill, *columns).join(skill_label, c.uri == skill.c.uri)


def _languages(language: str) -> list[str]:
    return list(dict.fromkeys([language, root(language), FALLBACK]))


def _preference(language: str) -> ColumnElement[Any]:
    order = func.array_position(literal(_languages(language), ARRAY(Text)), skill_label.c.language)
    return func.coalesce(order, 99)


def _reuse() -> ColumnElement[Any]:
    order = func.array_position(literal(list(_REUSE), ARRAY(Text)), skill.c.reuse_level)
    return func.coalesce(order, 99)


def _of_row(row: Any) -> Skill:
    return Skill(
        uri=row.uri,
        kind=row.kind,
        reuse_level=row.reuse_level,
        status=row.status,
        label=Label(row.label, row.language, row.unofficial),
        alternatives=tuple(row.alternatives),
        description=row.description,
        broader=tuple(row.broader),
    )
