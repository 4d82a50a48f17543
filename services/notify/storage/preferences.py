"""What readers want: which kinds of letters not, and in which language."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from .feedback_tables import PreferenceRow

LANGUAGE = "language"


@dataclass(frozen=True)
class Preferences:
    """Which kinds of letters a reader does not want, and the language they chose, if they did."""

    declined: frozenset[str] = frozenset()
    language: str | None = None


async def of(session: AsyncSession, readers: Collection[UUID]) -> dict[UUID, Preferences]:
    """What those of these readers want who have said so."""
    rows = await session.scalars(select(PreferenceRow).where(col(PreferenceRow.reader).in_(readers)))
    said: defaultdict[UUID, dict[str, str]] = defaultdict(dict)
    for row in rows:
        said[row.reader][row.what] = row.value
    return {
        reader: Preferences(frozenset(what) - {LANGUAGE}, what.get(LANGUAGE)) for reader, what in said.items()
    }


async def put(session: AsyncSession, reader: UUID, wanted: Preferences) -> None:
    """The reader wants this, and nothing else of what they may have said before."""
    await forget(session, reader)
    said = dict.fromkeys(sorted(wanted.declined), "")
    if wanted.language:
        said[LANGUAGE] = wanted.language
    for what, value in said.items():
        await session.execute(insert(PreferenceRow).values(reader=reader, what=what, value=value))


async def decline(session: AsyncSession, reader: UUID, kind: str) -> None:
    """The reader wants no letters of this kind."""
    row = insert(PreferenceRow).values(reader=reader, what=kind, value="")
    await session.execute(row.on_conflict_do_nothing())


async def forget(session: AsyncSession, reader: UUID) -> None:
    """Delete what the reader wants."""
    await session.execute(delete(PreferenceRow).where(col(PreferenceRow.reader) == reader))
