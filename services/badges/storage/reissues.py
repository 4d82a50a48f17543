"""Credentials that are to be signed anew."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ..domain.issue import Reissue
from .carrying import Badge
from .tables import TokenRow

# What a key signed; without one, what was signed with a key that is no longer in use, or that was given up.
_ORDER = text("""
    UPDATE credential c SET reissue_at = greatest(:now, c.signed_at + interval '1 second')
    WHERE c.reissue_at IS NULL
        AND (CAST(:key AS text) IS NULL OR c.signed_by = :key
            OR EXISTS (SELECT FROM credential_token t WHERE t.award = c.award AND t.signed_by = :key))
        AND (CAST(:award AS uuid) IS NULL OR c.award = :award)
        AND (CAST(:organisation AS uuid) IS NULL OR c.organisation = :organisation)
        AND (CAST(:key AS text) IS NOT NULL OR EXISTS (SELECT FROM organisation_key k
            WHERE k.name = c.signed_by AND k.retired_at IS NOT NULL
                AND (k.compromised_at IS NOT NULL OR NOT :compromised)))
    RETURNING c.organisation, coalesce(:key, c.signed_by)
""")
_ENDORSEMENTS = text("""
    UPDATE endorsement e SET attempts = 0, due_at = greatest(:now, e.signed_at + interval '1 second')
    WHERE e.state = 'accepted' AND e.due_at IS NULL AND CAST(:award AS uuid) IS NULL
        AND (CAST(:key AS text) IS NULL OR :key IN (e.signed_by, e.token_signed_by))
        AND (CAST(:organisation AS uuid) IS NULL OR e.endorser = :organisation)
        AND (CAST(:key AS text) IS NOT NULL OR EXISTS (SELECT FROM organisation_key k
            WHERE k.name = ANY(ARRAY[e.signed_by, e.token_signed_by]) AND k.retired_at IS NOT NULL
                AND (k.compromised_at IS NOT NULL OR NOT :compromised)))
    RETURNING e.endorser, coalesce(:key, e.signed_by)
""")
_LEFT = text("""
    SELECT (SELECT count(*) FROM credential WHERE reissue_at < soon)
        + (SELECT count(*) FROM endorsement WHERE due_at < soon AND attempts = 0)
    FROM (SELECT CAST(:now AS timestamptz) + interval '1 minute' AS soon) s
""")
_TAKE_DUE = text("""
    SELECT c.award, c.organisation, a.achievement, a.version, c.body, c.for_holder, r.address, w.did
    FROM credential c JOIN award a ON a.id = c.award
    LEFT JOIN recipient r ON r.id = a.recipient
    LEFT JOIN wallet w ON w.recipient = a.recipient
    WHERE c.reissue_at <= :now ORDER BY c.reissue_at LIMIT :limit FOR UPDATE OF c SKIP LOCKED
""")
_FOR_HOLDER = text("""
    UPDATE credential SET for_holder = true,
        reissue_at = coalesce(reissue_at, greatest(:now, signed_at + interval '1 second'))
    WHERE award = :award
""")
_REPLACE = text("""
    UPDATE credential SET body = :body, etag = :etag, signed_by = :key, reissue_at = NULL, for_holder = false,
        signed_at = (convert_from(:body, 'UTF8')::jsonb ->> 'validFrom')::timestamptz
    WHERE award = :award
""")
_PUT_OFF = text("UPDATE credential SET reissue_at = now() + interval '1 hour' WHERE award = :award")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a key signed, one award's badge, an organisation's badges and endorsements; else everybody's.

    Without a key only what was signed with keys that were replaced; with `compromised`, were given up.
    """

    key: str | None = None
    award: UUID | None = None
    organisation: UUID | None = None
    compromised: bool = False


@dataclass(frozen=True, slots=True)
class Ordered:
    """How many badges and endorsements were ordered, and whose keys had signed them: organisation and key."""

    badges: int
    endorsements: int
    signed_by: frozenset[tuple[UUID, str]]


@dataclass(frozen=True, slots=True)
class Due:
    """A credential that is due, as it was signed before; `for_holder` where its holder asked for it.

    Address and wallet are its holder's of now, None where there are none.
    """

    award: UUID
    organisation: UUID
    achievement: UUID
    version: int
    body: bytes
    for_holder: bool
    address: str | None
    wallet: str | None

    @property
    def badge(self) -> Badge:
        """What can be endorsed about it."""
        return Badge(self.award, self.achievement, self.version, self.organisation)


async def order(session: AsyncSession, wanted: Wanted, now: datetime) -> Ordered:
    """Mark badges and endorsements as due, a second after they were last signed at the earliest."""
    values = {"now": now, **asdict(wanted)}
    badges = (await session.execute(_ORDER, values)).all()
    endorsements = (await session.execute(_ENDORSEMENTS, values)).all()
    signed_by = frozenset((organisation, key) for organisation, key in (*badges, *endorsements) if key)
    return Ordered(len(badges), len(endorsements), signed_by)


async def order_for_holder(session: AsyncSession, award: UUID, now: datetime) -> bool:
    """Mark one as due because its holder asks for it; False where it has not been issued."""
    done: Any = await session.execute(_FOR_HOLDER, {"now": now, "award": award})
    return bool(done.rowcount)


async def take_due(session: AsyncSession, limit: int, now: datetime) -> list[Due]:
    """Credentials that are due, locked for this transaction."""
    rows = await session.execute(_TAKE_DUE, {"now": now, "limit": limit})
    return [Due(UUID(int=award.int), UUID(int=by.int), *rest) for award, by, *rest in rows]


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
    found: int = (await session.scalars(_LEFT, {"now": now})).one()
    return found
