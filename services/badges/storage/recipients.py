"""People that badges go to: their address and language, or the tombstone of one who was forgotten."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.recipient import Named
from .tables import as_json

_NAME = text("""
    INSERT INTO recipient (id, address, language, said_by, said_at)
    SELECT id, address, language, said_by, said_at FROM json_to_recordset(CAST(:rows AS json))
        AS r(id uuid, address text, language text, said_by text, said_at timestamptz) ORDER BY id
    ON CONFLICT (id) DO UPDATE SET address = excluded.address, language = excluded.language,
        said_by = excluded.said_by, said_at = excluded.said_at
    WHERE (recipient.forgotten_at IS NULL OR excluded.said_at > recipient.forgotten_at)
        AND (recipient.address IS NULL
            OR (excluded.said_by = 'person', excluded.said_at, excluded.address,
                coalesce(excluded.language, ''))
             > (recipient.said_by = 'person', recipient.said_at, recipient.address,
                coalesce(recipient.language, '')))
    RETURNING id
""")
_FORGET = text("""
    INSERT INTO recipient (id, forgotten_at) VALUES (:id, :at)
    ON CONFLICT (id) DO UPDATE SET forgotten_at = greatest(recipient.forgotten_at, excluded.forgotten_at),
        address = CASE WHEN recipient.said_at > excluded.forgotten_at THEN recipient.address END,
        language = CASE WHEN recipient.said_at > excluded.forgotten_at THEN recipient.language END,
        said_by = CASE WHEN recipient.said_at > excluded.forgotten_at THEN recipient.said_by END,
        said_at = CASE WHEN recipient.said_at > excluded.forgotten_at THEN recipient.said_at END
""")


async def name(session: AsyncSession, statements: Mapping[UUID, Named]) -> set[UUID]:
    """Take in what was said of recipients; answers those of whom it is now what is known.

    One statement, so that two at once cannot both win; the rule is that of `domain.recipient`.
    """
    if not statements:
        return set()
    rows = [
        {"id": i, "address": s.address, "language": s.language, "said_by": s.said_by, "said_at": s.at}
        for i, s in statements.items()
    ]
    return set(await session.scalars(_NAME, {"rows": as_json(rows)}))


async def forget(session: AsyncSession, recipient: UUID, at: datetime) -> None:
    """Delete what was said of a recipient until `at` and leave a tombstone."""
    await session.execute(_FORGET, {"id": recipient, "at": at})
