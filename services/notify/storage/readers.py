"""Readers and keys of integrations."""

from collections.abc import Collection
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ..domain.integration import Integration
from ..domain.reader import Key, Reader, ReaderState
from . import integrations
from .integration_tables import IntegrationRow, NatsKeyRow, ReaderRow

_NAMES = tuple(Reader.__dataclass_fields__)
_ALONE = text("SELECT pg_try_advisory_xact_lock(hashtext('readers'))")


async def alone(session: AsyncSession) -> bool:
    """Whether this transaction, and no other until it ends, makes the readers' consumers."""
    return bool((await session.execute(_ALONE)).scalar())


async def add(session: AsyncSession, reader: Reader) -> bool:
    """Store a new reader; False where the integration has one of that name."""
    row = insert(ReaderRow).values(**asdict(reader)).on_conflict_do_nothing()
    return (await session.execute(row.returning(col(ReaderRow.id)))).scalar() is not None


async def of(session: AsyncSession, integration: UUID) -> list[Reader]:
    """The readers of an integration that are there or about to be, oldest first."""
    mine = (col(ReaderRow.integration) == integration, col(ReaderRow.state) != "gone")
    rows = await session.scalars(select(ReaderRow).where(*mine).order_by(col(ReaderRow.id)))
    return [_reader(row) for row in rows]


async def every(session: AsyncSession) -> list[tuple[Reader, Integration | None]]:
    """All readers, each with its integration unless that has been removed."""
    query = select(ReaderRow, IntegrationRow).outerjoin(
        IntegrationRow,
        (col(IntegrationRow.id) == ReaderRow.integration) & (col(IntegrationRow.state) != "removed"),
    )
    rows = await session.execute(query.order_by(col(ReaderRow.id)))
    return [(_reader(row), integrations.as_integration(whose) if whose else None) for row, whose in rows]


async def mark(session: AsyncSession, readers: Collection[UUID], state: ReaderState) -> None:
    """Give readers another state."""
    await session.execute(update(ReaderRow).where(col(ReaderRow.id).in_(readers)).values(state=state))


async def release(session: AsyncSession, reader: UUID) -> None:
    """Give up the name of a reader, so that another one may have it."""
    await session.execute(update(ReaderRow).where(col(ReaderRow.id) == reader).values(name=str(reader)))


async def drop(session: AsyncSession, readers: Collection[UUID]) -> None:
    """Forget readers whose consumers are gone."""
    await session.execute(delete(ReaderRow).where(col(ReaderRow.id).in_(readers)))


async def add_key(session: AsyncSession, key: Key) -> bool:
    """Store the public half of a key; False where it is known already."""
    row = insert(NatsKeyRow).values(**asdict(key)).on_conflict_do_nothing()
    return (await session.execute(row.returning(col(NatsKeyRow.public)))).scalar() is not None


async def keys_of(session: AsyncSession, integration: UUID) -> list[Key]:
    """The keys of an integration, oldest first."""
    mine = col(NatsKeyRow.integration) == integration
    query = select(NatsKeyRow).where(mine).order_by(col(NatsKeyRow.created_at), col(NatsKeyRow.public))
    rows = await session.scalars(query)
    return [Key(row.public, row.integration, row.created_at, row.created_by) for row in rows]


async def drop_key(session: AsyncSession, integration: UUID, public: str) -> bool:
    """Forget a key; whether there was one."""
    mine = (col(NatsKeyRow.integration) == integration, col(NatsKeyRow.public) == public)
    query = delete(NatsKeyRow).where(*mine).returning(col(NatsKeyRow.public))
    return (await session.execute(query)).scalar() is not None


async def of_key(session: AsyncSession, public: str) -> Integration | None:
    """The integration that a key belongs to, or None."""
    query = (
        select(IntegrationRow)
        .join(NatsKeyRow, col(NatsKeyRow.integration) == IntegrationRow.id)
        .where(col(NatsKeyRow.public) == public, col(IntegrationRow.state) != "removed")
    )
    row = (await session.scalars(query)).one_or_none()
    return integrations.as_integration(row) if row else None


async def means(session: AsyncSession, of: Collection[UUID]) -> set[tuple[UUID, str]]:
    """By which client and which keys each of these integrations may be connected, if it is active."""
    active = (col(IntegrationRow.id).in_(of), col(IntegrationRow.state) == "active")
    clients = await session.execute(select(col(IntegrationRow.id), col(IntegrationRow.client)).where(*active))
    joined = select(col(IntegrationRow.id), col(NatsKeyRow.public)).join(
        NatsKeyRow, col(NatsKeyRow.integration) == IntegrationRow.id
    )
    keys = await session.execute(joined.where(*active))
    return {(id_, str(by)) for id_, by in (*clients, *keys)}


def _reader(row: ReaderRow) -> Reader:
    return Reader(**{name: getattr(row, name) for name in _NAMES})
