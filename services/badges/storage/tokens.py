"""Credentials as JSON Web Tokens, kept once they were asked for."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from .tables import CredentialRow, KeyRow, TokenRow


@dataclass(frozen=True, slots=True)
class Source:
    """The credential that a token is made of."""

    award: UUID
    organisation: UUID
    body: bytes
    etag: str


async def source(session: AsyncSession, capability: str) -> Source | None:
    """The credential at that capability, or None."""
    of = select(
        col(CredentialRow.award),
        col(CredentialRow.organisation),
        col(CredentialRow.body),
        col(CredentialRow.etag),
    )
    row = (await session.execute(of.where(col(CredentialRow.capability) == capability))).one_or_none()
    return Source(*row) if row else None


async def kept(session: AsyncSession, source: Source, algorithm: str) -> str | None:
    """The token that was made of this very credential, by a key that is not compromised; or None."""
    of = select(col(TokenRow.body)).join(KeyRow, col(KeyRow.name) == col(TokenRow.signed_by))
    of = of.where(
        col(TokenRow.award) == source.award,
        col(TokenRow.algorithm) == algorithm,
        col(TokenRow.etag_of) == source.etag,
        col(KeyRow.compromised_at).is_(None),
    )
    return (await session.scalars(of)).one_or_none()


async def keep(session: AsyncSession, source: Source, algorithm: str, body: str, signed_by: str) -> None:
    """Keep a token in place of one that was made before."""
    made = {"body": body, "etag_of": source.etag, "signed_by": signed_by}
    new = insert(TokenRow).values(award=source.award, algorithm=algorithm, **made)
    await session.execute(new.on_conflict_do_update(index_elements=["award", "algorithm"], set_=made))
