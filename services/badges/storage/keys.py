"""The keys that organisations sign with, and what was done to them."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ..domain.did import IssuerKey, Kind
from .tables import FRESH, KeyEventRow, KeyRow


@dataclass(frozen=True, slots=True)
class Key:
    """A key pair of an organisation; the private half is sealed. `name` as in `IssuerKey`."""

    organisation: UUID
    name: str
    did: str
    sealed: bytes
    created_at: datetime
    kind: Kind = "Ed25519"
    jwk: dict[str, Any] | None = None
    retired_at: datetime | None = None
    compromised_at: datetime | None = None

    @property
    def public(self) -> IssuerKey:
        """What of it is published."""
        return IssuerKey(self.name, self.compromised_at, self.jwk)


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """That somebody did something to a key, and the DID document as it stood afterwards."""

    id: UUID
    organisation: UUID
    key: str
    action: str
    actor: str
    at: datetime
    did_document: dict[str, Any]


async def current_keys(
    session: AsyncSession, organisations: Collection[UUID], kind: Kind = "Ed25519"
) -> dict[UUID, Key]:
    """The key that each of them signs with now; those without one are missing.

    None of these is retired before the transaction ends, so that nothing is signed with one that was.
    """
    found = select(KeyRow).where(
        col(KeyRow.organisation).in_(organisations),
        col(KeyRow.kind) == kind,
        col(KeyRow.retired_at).is_(None),
    )
    locked = found.order_by(col(KeyRow.name)).with_for_update(read=True)
    return {row.organisation: _key(row) for row in await session.scalars(locked, execution_options=FRESH)}


async def keys(session: AsyncSession, organisation: UUID | None = None) -> Sequence[Key]:
    """Every key an organisation (or anybody) ever had, by organisation and age."""
    of = select(KeyRow).order_by(col(KeyRow.organisation), col(KeyRow.created_at), col(KeyRow.name))
    if organisation:
        of = of.where(col(KeyRow.organisation) == organisation)
    return [_key(row) for row in await session.scalars(of, execution_options=FRESH)]


async def newest(session: AsyncSession, limit: int) -> Sequence[Key]:
    """The newest of the keys that anybody signs with now."""
    of = select(KeyRow).where(col(KeyRow.retired_at).is_(None)).order_by(col(KeyRow.created_at).desc())
    return [_key(row) for row in await session.scalars(of.limit(limit), execution_options=FRESH)]


async def key(session: AsyncSession, name: str, lock: bool = False) -> Key | None:
    """The key of that name, or None; with `lock` nobody signs with it until the transaction ends."""
    of = select(KeyRow).where(col(KeyRow.name) == name)
    of = of.with_for_update() if lock else of
    row = (await session.scalars(of, execution_options=FRESH)).one_or_none()
    return _key(row) if row else None


async def add_keys(session: AsyncSession, made: Sequence[Key]) -> set[str]:
    """Store new keys and answer which; one that another process made first stays in place of ours."""
    if not made:
        return set()
    new = insert(KeyRow).values([asdict(each) for each in made]).on_conflict_do_nothing()
    return set(await session.scalars(new.returning(col(KeyRow.name))))


async def retire(session: AsyncSession, name: str, now: datetime) -> None:
    """Have nothing signed with a key any more."""
    this = (col(KeyRow.name) == name) & col(KeyRow.retired_at).is_(None)
    await session.execute(update(KeyRow).where(this).values(retired_at=now))


async def compromise(session: AsyncSession, name: str, now: datetime) -> None:
    """Note that somebody else may have a key."""
    await session.execute(update(KeyRow).where(col(KeyRow.name) == name).values(compromised_at=now))


async def reseal(session: AsyncSession, name: str, sealed: bytes) -> None:
    """Store a private key sealed anew."""
    await session.execute(update(KeyRow).where(col(KeyRow.name) == name).values(sealed=sealed))


async def lock_all(session: AsyncSession) -> None:
    """Let nobody read or change any key until the transaction ends."""
    await session.execute(text("LOCK TABLE organisation_key IN EXCLUSIVE MODE"))


async def note(session: AsyncSession, event: KeyEvent) -> None:
    """Keep what was done to a key; it is never deleted."""
    await session.execute(insert(KeyEventRow).values(asdict(event)))


async def history(session: AsyncSession, organisation: UUID) -> Sequence[KeyEvent]:
    """What was ever done to an organisation's keys, oldest first."""
    of = select(KeyEventRow).where(col(KeyEventRow.organisation) == organisation)
    rows = await session.scalars(of.order_by(col(KeyEventRow.id)), execution_options=FRESH)
    return [KeyEvent(**row.model_dump()) for row in rows]


def _key(row: KeyRow) -> Key:
    return Key(**row.model_dump())
