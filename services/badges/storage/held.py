"""Issued badges as their holders and their readers find them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from ..domain.shown import Shown, shown_from
from .tables import AwardRow, CredentialRow, OrganisationRow, PictureRow, RecipientRow, VersionRow


@dataclass(frozen=True, slots=True)
class Stored:
    """A signed credential as it is stored."""

    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Baking:
    """A signed credential and the picture it goes into, None until that is drawn."""

    body: bytes
    etag: str
    shown: Shown
    assertion: str
    hosted: bool | None
    png: bytes | None


@dataclass(frozen=True, slots=True)
class Held:
    """An issued badge, with the two addresses that only its holder knows."""

    award: UUID
    achievement: UUID
    version: int
    organisation: UUID
    issuer: str
    occasion: str
    awarded_at: datetime
    revoked_at: datetime | None
    capability: str
    claim: str
    assertion: str
    hosted: bool | None
    language: str | None
    shown: Shown


async def credential(session: AsyncSession, capability: str) -> Stored | None:
    """The credential at that capability, or None."""
    of = select(col(CredentialRow.body), col(CredentialRow.etag))
    row = (await session.execute(of.where(col(CredentialRow.capability) == capability))).one_or_none()
    return Stored(*row) if row else None


async def credentials(connection: AsyncConnection, capabilities: Collection[str]) -> dict[str, Stored]:
    """The credentials at these capabilities; those that lead nowhere are missing.

    One array as parameter, so that it is the same prepared statement for however many.
    """
    rows = await connection.execute(_CREDENTIALS, {"capabilities": list(capabilities)})
    return {capability: Stored(body, etag) for capability, body, etag in rows}


_CREDENTIALS = text("SELECT capability, body, etag FROM credential WHERE capability = ANY(:capabilities)")


async def baking(session: AsyncSession, capability: str) -> Baking | None:
    """The credential at that capability and its picture, or None."""
    of = (
        select(
            col(CredentialRow.body),
            col(CredentialRow.etag),
            col(VersionRow.shown),
            col(CredentialRow.assertion),
            col(CredentialRow.hosted),
            col(PictureRow.png),
        )
        .join(AwardRow, col(AwardRow.id) == col(CredentialRow.award))
        .join(VersionRow, _version_of_award())
        .join(PictureRow, col(PictureRow.look) == col(VersionRow.look))
    )
    row = (await session.execute(of.where(col(CredentialRow.capability) == capability))).one_or_none()
    return Baking(**{**row._mapping, "shown": shown_from(row.shown)}) if row else None


async def claimed(session: AsyncSession, claim: str) -> Held | None:
    """The badge that a claim leads to, or None."""
    row = (await session.execute(_held().where(col(CredentialRow.claim) == claim))).one_or_none()
    return _as_held(row) if row else None


async def at(session: AsyncSession, capability: str) -> Held | None:
    """The badge at that capability, or None."""
    row = (await session.execute(_held().where(col(CredentialRow.capability) == capability))).one_or_none()
    return _as_held(row) if row else None


async def held_by(
    session: AsyncSession, recipients: Collection[UUID], before: UUID | None, limit: int
) -> Sequence[Held]:
    """The badges of these recipients, newest first; only those awarded before the award `before`."""
    of = _held().where(col(AwardRow.recipient).in_(recipients)).order_by(col(AwardRow.id).desc())
    if before:
        of = of.where(col(AwardRow.id) < before)
    return [_as_held(row) for row in await session.execute(of.limit(limit))]


def _held() -> Select[Any]:
    columns: list[Any] = [
        col(AwardRow.id).label("award"),
        col(AwardRow.achievement),
        col(AwardRow.version),
        col(AwardRow.organisation),
        col(OrganisationRow.name).label("issuer"),
        col(AwardRow.occasion),
        col(AwardRow.awarded_at),
        col(AwardRow.revoked_at),
        col(CredentialRow.capability),
        col(CredentialRow.claim),
        col(CredentialRow.assertion),
        col(CredentialRow.hosted),
        col(RecipientRow.language),
        col(VersionRow.shown),
    ]
    return (
        select(*columns)
        .join(CredentialRow, col(CredentialRow.award) == col(AwardRow.id))
        .join(OrganisationRow, col(OrganisationRow.id) == col(AwardRow.organisation))
        .join(VersionRow, _version_of_award())
        .outerjoin(RecipientRow, col(RecipientRow.id) == col(AwardRow.recipient))
    )


def _version_of_award() -> Any:
    same = col(VersionRow.achievement) == col(AwardRow.achievement)
    return same & (col(VersionRow.version) == col(AwardRow.version))


def _as_held(row: Row[Any]) -> Held:
    return Held(**{**row._mapping, "shown": shown_from(row.shown)})
