"""Full text search in the language of each text, accents folded."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.activity import Activity
from ..domain.search import configuration
from .activities import activity

_root: ColumnElement[str] = func.split_part(activity.c.language, "-", 1)


async def languages_in_use(session: AsyncSession) -> list[str]:
    """The languages of published activities."""
    query = select(_root).where(activity.c.state == "published").distinct()
    return sorted((await session.execute(query)).scalars())


async def index(session: AsyncSession, told: Activity, words: str) -> None:
    """Have the activity found by its title, then `words`, then its description, in its language."""
    name = _configuration(told.language)
    weighted = [(told.title, "A"), (words, "B"), (told.description, "C")]
    parts = [func.setweight(func.to_tsvector(name, text), _weight(weight)) for text, weight in weighted]
    search = parts[0].op("||")(parts[1]).op("||")(parts[2])
    await session.execute(update(activity).where(activity.c.id == told.id).values(search=search))


def _weight(letter: str) -> ColumnElement[Any]:
    return literal_column(f"'{letter}'::\"char\"")


def asked(text: str, languages: Sequence[str]) -> ColumnElement[bool]:
    """Whether an activity has the words of `text`, stemmed as in its own language.

    `text` as people write searches: words, "a phrase", -not, or. The last word may be unfinished.
    """
    search = activity.c.search
    return or_(
        false(),
        *(
            and_(_root == language, search.op("@@")(_unfinished(_query(text, language))))
            for language in languages
        ),
    )


def rank(text: str, languages: Sequence[str]) -> ColumnElement[float]:
    """How well an activity fits `text`: titles count most, whole words more than beginnings."""
    whens = [(_root == language, _fit(_query(text, language))) for language in languages]
    return case(*whens, else_=0.0) if whens else literal_column("0.0")


def _fit(query: ColumnElement[Any]) -> ColumnElement[float]:
    search = activity.c.search
    return 2 * func.ts_rank(search, query) + func.ts_rank(search, _unfinished(query))


def _query(text: str, language: str) -> ColumnElement[Any]:
    return func.websearch_to_tsquery(_configuration(language), text)


def _configuration(language: str) -> ColumnElement[Any]:
    return literal_column(f"'{configuration(language)}'::regconfig")  # one of a fixed set of names


def _unfinished(query: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same query, its last word matching whatever begins with it."""
    text = cast(query, Text)
    return case((text.like("%'"), cast(text.concat(":*"), TSQUERY)), else_=query)
