"""The inbox: which events a consumer has had. Business keys are unique too; this saves the work."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from .tables import inbox

# One prepared statement whatever the batch's size.
_REMEMBER = text("""
    INSERT INTO inbox (consumer, event_id)
    SELECT :consumer, id FROM unnest(CAST(:ids AS uuid[])) AS id
    ON CONFLICT DO NOTHING RETURNING event_id
""")


async def remember(session: AsyncSession, consumer: str, ids: Iterable[UUID]) -> set[UUID]:
    """Note `ids` as handled by `consumer`; answers those it had not had before."""
    rows = await session.execute(_REMEMBER, {"consumer": consumer, "ids": list(ids)})
    return set(rows.scalars())


async def refuse(session: AsyncSession, consumer: str, event_id: UUID, rule: str) -> None:
    """Note that a rule refused the event for good. `rule` names the rule, never the person."""
    row = insert(inbox).values(consumer=consumer, event_id=event_id, refused=rule)
    await session.execute(row.on_conflict_do_nothing())
