"""Credentials that are to be signed anew."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ..domain.issue import Reissue
from .tables import FRESH, CredentialRow, TokenRow

_ORDER = text("""
    UPDATE credential c SET reissue_at = greatest(:now, c.signed_at + interval '1 second')
    WHERE c.reissue_at IS NULL
        AND (CAST(:key AS text) IS NULL OR c.signed_by = :key
            OR EXISTS (SELECT FROM credential_token t WHERE t.award = c.award AND t.signed_by = :key))
        AND (CAST(:award AS uuid) IS NULL OR c.award = :award)
        AND (CAST(:organisation AS uuid) IS NULL OR c.organisation = :organisation)
        AND (:key IS NOT NULL OR NOT EXISTS (SELECT FROM organisation_key k
            WHERE k.name = c.signed_by AND k.retired_at IS NULL))
""")
_REPLACE = text("""
    UPDATE credential SET body = :body, etag = :etag, signed_by = :key, reissue_at = NULL,
        signed_at = (convert_from(:body, 'UTF8')::jsonb ->> 'validFrom')::timestamptz
    WHERE award = :award
""")
_PUT_OFF = text("UPDATE credential SET reissue_at = now() + interval '1 hour' WHERE award = :award")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which credentials: those that a key signed, one award's, an organisation's; all where all are None."""

    key: str | None = None
    award: UUID | None = None
    organisation: UUID | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A credential that is due, as it was signed before."""

    award: UUID
    organisation: UUID
    body: bytes


async def order(session: AsyncSession, wanted: Wanted, now: datetime) -> int:
    """Mark credentials as due, a second after they were last signed at the earliest; answers how many."""
    done: Any = await session.execute(_ORDER, {"now": now, **asdict(wanted)})
    return int(done.rowcount)


async def take_due(session: AsyncSession, limit: int, now: datetime) -> list[Due]:
    """Credentials that are due, locked for this transaction."""
    due = select(CredentialRow).where(col(CredentialRow.reissue_at) <= now)
    some = due.order_by(col(CredentialRow.reissue_at)).limit(limit).with_for_update(skip_locked=True)
    rows = await session.scalars(some, execution_options=FRESH)
    return [Due(UUID(int=row.award.int), UUID(int=row.organisation.int), row.body) for row in rows]


async def replace(session: AsyncSession, anew: Reissue, body: bytes, etag: str) -> None:
    """Store a credential that was signed anew; tokens made of the old one go."""
    await session.execute(delete(TokenRow).where(col(TokenRow.award) == anew.award))
    values = {"body": body, "etag": etag, "key": anew.key, "award": anew.award}
    await session.execute(_REPLACE, values)


async def put_off(session: AsyncSession, award: UUID) -> None:
    """Try one again in an hour."""
    await session.execute(_PUT_OFF, {"award": award})


async def left(session: AsyncSession, now: datetime) -> int:
    """How many are due or will be within a minute; what was put off is not counted."""
    soon = col(CredentialRow.reissue_at) < now + func.make_interval(0, 0, 0, 0, 0, 1)
    return (await session.scalars(select(func.count()).where(soon))).one()
