"""Skills, their labels, and finding them by what people type."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal, select
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
    uris: list[str] = []
    for tier in (_beginning, _of_words, _alike) if wanted else ():
        if len(uris) < limit:  # each tier costs more than the one before
            best = _best(*tier(wanted), _languages(language), uris).subquery("best")
            uris += (await session.execute(_ordered(best, limit - len(uris)))).scalars()
    return await _in_order(session, uris, language)


Tier = tuple[ColumnElement[bool], ColumnElement[Any]]  # which terms fit, and how well: the smaller the better


def _beginning(wanted: str) -> Tier:
    """Labels that are the words, then labels that begin with them."""
    t = skill_term.c
    return and_(t.preferred, t.term.startswith(wanted, autoescape=True)), case((t.term == wanted, 0), else_=1)


def _of_words(wanted: str) -> Tier:
    """Labels with words that begin so, in any order; then other names that have them."""
    t = skill_term.c
    begins = [(literal(" ") + t.term).contains(" " + word, autoescape=True) for word in wanted.split()]
    if len(wanted) < 3:  # too short for the index of trigrams
        return t.term.startswith(wanted, autoescape=True), case((t.preferred, 0), else_=1)
    holds = [t.term.contains(word, autoescape=True) for word in wanted.split()]  # what the index can answer
    return and_(*holds, *begins), case((t.preferred, 0), else_=1)


def _alike(wanted: str) -> Tier:
    """Terms that hold something like the words, for who mistyped them."""
    term = skill_term.c.term
    return literal(wanted).op("<%")(term), -func.word_similarity(wanted, term)


def _best(
    fits: ColumnElement[bool],
    order: ColumnElement[Any],
    languages: Sequence[str],
    without: Sequence[str],
) -> Select[Any]:
    """For each skill but those `without`, the term of it that fits best."""
    t = skill_term.c
    foreign = func.array_position(literal(list(languages), ARRAY(Text)), t.language).label("foreign")
    query = select(t.uri, t.term, order.label("place"), foreign).ext(distinct_on(t.uri))
    query = query.where(t.language.in_(languages), fits, t.uri.not_in(without))
    return query.order_by(t.uri, order, foreign, func.length(t.term))


def _ordered(best: Subquery, limit: int) -> Select[Any]:
    b = best.c
    order = (b.place, b.foreign, _reuse(), func.length(b.term), b.term, skill.c.uri)
    return select(skill.c.uri).join(best, b.uri == skill.c.uri).order_by(*order).limit(limit)


async def _in_order(session: AsyncSession, uris: Sequence[str], language: str) -> list[Skill]:
    query = _whole().where(skill.c.uri.in_(uris)).ext(distinct_on(skill.c.uri))
    query = query.order_by(skill.c.uri, _preference(language), skill_label.c.language)
    found = {row.uri: _of_row(row) for row in await session.execute(query)}
    return [found[uri] for uri in uris if uri in found]


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
