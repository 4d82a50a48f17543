"""Achievements, their versions and their pictures."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, Select, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ..domain.additions import Additions, additions_from
from ..domain.shown import Shown, shown_from
from .tables import FRESH, AchievementRow, AdditionsRow, PictureRow, VersionRow

SourceKind = Literal["activity", "pathway", "organisation"]


@dataclass(frozen=True, slots=True)
class Achievement:
    """One version of an achievement, and which version is in force."""

    id: UUID
    organisation: UUID
    source_kind: SourceKind
    source: UUID
    current: int
    version: int
    shown: Shown


@dataclass(frozen=True, slots=True)
class Added:
    """What an organiser added to an achievement; `number` counts how often that was changed."""

    number: int
    says: Additions


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture by its look; `png` and `etag` are None until it is drawn."""

    look: str
    shown: Shown
    png: bytes | None
    etag: str | None


async def lock(session: AsyncSession, achievement: UUID) -> None:
    """Let nobody else add versions to this achievement, there or not, until the transaction ends."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:id))"), {"id": str(achievement)})


async def versions(session: AsyncSession, achievement: UUID) -> list[tuple[int, str]]:
    """The versions of an achievement with what tells them apart."""
    of = select(col(VersionRow.version), col(VersionRow.fingerprint))
    rows = await session.execute(of.where(col(VersionRow.achievement) == achievement))
    return [(version, fingerprint) for version, fingerprint in rows]


async def add_version(
    session: AsyncSession, found: Achievement, look: str, made_by: str | None, now: datetime
) -> None:
    """Store a version and which one is in force now; have its picture drawn if none looks the same."""
    shown = asdict(found.shown)
    await session.execute(
        insert(PictureRow).values(look=look, shown=shown, due_at=now).on_conflict_do_nothing()
    )
    head = {"organisation": found.organisation, "source_kind": found.source_kind, "source": found.source}
    new = insert(AchievementRow).values(id=found.id, current=found.current, **head)
    await session.execute(new.on_conflict_do_update(index_elements=["id"], set_={"current": found.current}))
    version = {"achievement": found.id, "version": found.version, "fingerprint": found.shown.fingerprint}
    await session.execute(insert(VersionRow).values(**version, shown=shown, look=look, made_by=made_by))


async def source_versions(session: AsyncSession, achievement: UUID, below: int) -> list[tuple[int, Shown]]:
    """The versions with a number below `below` and what each shows, oldest first."""
    of = select(col(VersionRow.version), col(VersionRow.shown)).where(
        col(VersionRow.achievement) == achievement, col(VersionRow.version) < below
    )
    rows = await session.execute(of.order_by(col(VersionRow.version)))
    return [(version, shown_from(shown)) for version, shown in rows]


async def additions(session: AsyncSession, achievement: UUID) -> Added | None:
    """What its organiser last added to an achievement, or None."""
    row = await session.get(AdditionsRow, achievement, populate_existing=True)
    return Added(row.number, additions_from(row.added)) if row else None


async def set_additions(
    session: AsyncSession, achievement: UUID, added: Added, made_by: str, now: datetime
) -> None:
    """Replace what was added to an achievement."""
    told = {"number": added.number, "added": asdict(added.says), "made_by": made_by, "made_at": now}
    new = insert(AdditionsRow).values(achievement=achievement, **told)
    await session.execute(new.on_conflict_do_update(index_elements=["achievement"], set_=told))


async def achievement(
    session: AsyncSession, achievement: UUID, version: int | None = None
) -> Achievement | None:
    """One version of an achievement, or the one in force; None where there is none."""
    wanted = col(AchievementRow.current) if version is None else version
    of = _achievements().where(col(AchievementRow.id) == achievement, col(VersionRow.version) == wanted)
    row = (await session.execute(of)).one_or_none()
    return _achievement(row) if row else None


async def achievements(
    session: AsyncSession, organisation: UUID | None, source: UUID | None, after: UUID | None, limit: int
) -> Sequence[Achievement]:
    """Achievements in force, in order of id, those of an organisation or source where one is given."""
    of = _achievements().where(col(VersionRow.version) == col(AchievementRow.current))
    if organisation:
        of = of.where(col(AchievementRow.organisation) == organisation)
    if source:
        of = of.where(col(AchievementRow.source) == source)
    if after:
        of = of.where(col(AchievementRow.id) > after)
    rows = await session.execute(of.order_by(col(AchievementRow.id)).limit(limit))
    return [_achievement(row) for row in rows]


async def picture(session: AsyncSession, achievement: UUID, version: int) -> Picture | None:
    """The picture of one version; None where there is no such version."""
    of = select(PictureRow).join(VersionRow, col(VersionRow.look) == col(PictureRow.look))
    of = of.where(col(VersionRow.achievement) == achievement, col(VersionRow.version) == version)
    row = (await session.scalars(of, execution_options=FRESH)).one_or_none()
    return _picture(row) if row else None


async def take_undrawn(session: AsyncSession) -> Picture | None:
    """A picture that is due, locked for this transaction."""
    due = (
        select(PictureRow)
        .where(col(PictureRow.due_at) <= func.now())
        .order_by(col(PictureRow.due_at))
        .limit(1)
    )
    row = (
        await session.scalars(due.with_for_update(skip_locked=True), execution_options=FRESH)
    ).one_or_none()
    return _picture(row) if row else None


async def drawn(session: AsyncSession, look: str, png: bytes, etag: str) -> None:
    """Store a picture."""
    done = update(PictureRow).where(col(PictureRow.look) == look).values(png=png, etag=etag, due_at=None)
    await session.execute(done)


async def not_drawn(session: AsyncSession, look: str) -> None:
    """Try a picture again later: after 1 s, doubling up to about an hour."""
    await session.execute(_AGAIN, {"look": look})


_AGAIN = text("""
    UPDATE picture SET attempts = attempts + 1,
        due_at = now() + make_interval(secs => least(2 ^ attempts, 3600))
    WHERE look = :look
""")


def _achievements() -> Select[Any]:
    return select(
        col(AchievementRow.id),
        col(AchievementRow.organisation),
        col(AchievementRow.source_kind),
        col(AchievementRow.source),
        col(AchievementRow.current),
        col(VersionRow.version),
        col(VersionRow.shown),
    ).join(VersionRow, col(VersionRow.achievement) == col(AchievementRow.id))


def _achievement(row: Row[Any]) -> Achievement:
    return Achievement(**{**row._mapping, "shown": shown_from(row.shown)})


def _picture(row: PictureRow) -> Picture:
    return Picture(row.look, shown_from(row.shown), row.png, row.etag)
