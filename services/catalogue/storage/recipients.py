"""The register of names: one row per address, or its tombstone."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.recipient import Recipient, Said
from .tables import RecipientRow, core

recipient = core(RecipientRow)
_ADD = text("""
    INSERT INTO recipient SELECT * FROM json_populate_recordset(NULL::recipient, CAST(:told AS json))
    ORDER BY id ON CONFLICT DO NOTHING RETURNING id
""")
_ADD_EMPTY = text("""
    INSERT INTO recipient (id) SELECT unnest(CAST(:ids AS uuid[])) ON CONFLICT DO NOTHING
""")


async def add(session: AsyncSession, told: Iterable[Recipient]) -> set[UUID]:
    """Store those of these recipients of whom nothing was known; answers which they were.

    Rows are made in the order of their ids, as `lock` takes them.
    """
    rows = orjson.dumps([_values(one) for one in told], default=str).decode()
    return set((await session.execute(_ADD, {"told": rows})).scalars())


async def lock(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Recipient]:
    """What is known of these recipients, held until the transaction ends; those unknown get an empty row.

    Rows are taken in the order of their ids, so that two lists with the same people never block each other.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    await session.execute(_ADD_EMPTY, {"ids": wanted})
    query = select(recipient).where(recipient.c.id.in_(wanted)).order_by(recipient.c.id)
    return {row.id: _of_row(row) for row in await session.execute(query.with_for_update())}


async def known(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Recipient]:
    """What is known of these recipients."""
    rows = await session.execute(select(recipient).where(recipient.c.id.in_(ids)))
    return {row.id: _of_row(row) for row in rows}


async def of_learner(session: AsyncSession, learner: UUID) -> list[Recipient]:
    """The addresses a learner has proved to hold, oldest proof first."""
    query = select(recipient).where(recipient.c.learner == learner)
    rows = await session.execute(query.order_by(recipient.c.proven_at, recipient.c.id))
    return [_of_row(row) for row in rows]


async def save(session: AsyncSession, told: Iterable[Recipient]) -> None:
    """Store what is known of these recipients, whose rows are locked."""
    rows = [_values(one) for one in told]
    if rows:
        fresh = insert(recipient)
        changed = {name: fresh.excluded[name] for name in rows[0] if name != "id"}
        await session.execute(fresh.on_conflict_do_update(index_elements=["id"], set_=changed), rows)


def _values(told: Recipient) -> dict[str, Any]:
    return {
        "id": told.id,
        "address": told.address,
        **_said("name", told.name),
        **_said("language", told.language),
        "learner": told.learner,
        "proven_at": told.proven_at,
        "forgotten_at": told.forgotten_at,
    }


def _said(what: str, said: Said | None) -> dict[str, Any]:
    return {
        what: said.value if said else None,
        f"{what}_by_person": said.by_person if said else None,
        f"{what}_at": said.at if said else None,
    }


def _of_row(row: Row[Any]) -> Recipient:
    return Recipient(
        id=row.id,
        address=row.address,
        name=Said(row.name, row.name_by_person, row.name_at) if row.name is not None else None,
        language=Said(row.language, row.language_by_person, row.language_at) if row.language else None,
        learner=row.learner,
        proven_at=row.proven_at,
        forgotten_at=row.forgotten_at,
    )
