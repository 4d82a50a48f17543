"""Endorsements: proposed, settled by either side, signed once accepted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Index, Select, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from ..domain.endorsement import Kind, State
from ..domain.issue import Place
from .tables import AwardRow, Table

_STANDING = text("state IN ('proposed', 'accepted')")


class EndorsementRow(Table, table=True):
    """One organisation's word for something of another's. Due from when it is accepted until it is signed.

    `target` is the achievement, organisation or award; `version` that of the achievement, else 0.
    """

    __tablename__ = "endorsement"
    id: UUID = Field(primary_key=True)
    endorser: UUID = Field(foreign_key="organisation.id", index=True)
    kind: str
    target: UUID
    version: int = 0
    organisation: UUID = Field(foreign_key="organisation.id", index=True)
    subject: str
    name: str
    language: str
    comment: str
    state: str
    proposed_by: str
    proposed_at: datetime = Field(sa_type=DateTime(timezone=True))
    moved_by: str | None = None
    moved_at: datetime | None = Field(sa_type=DateTime(timezone=True), default=None)
    capability: str = Field(unique=True)
    due_at: datetime | None = Field(sa_type=DateTime(timezone=True), default=None)
    attempts: int = 0
    signed_at: datetime | None = Field(sa_type=DateTime(timezone=True), default=None)
    body: bytes | None = None
    etag: str | None = None
    signed_by: str | None = Field(default=None, foreign_key="organisation_key.name", index=True)
    token: str | None = None
    token_signed_by: str | None = Field(default=None, foreign_key="organisation_key.name", index=True)
    list_number: int | None = None
    list_index: int | None = None
    __table_args__ = (
        Index(
            "endorsement_standing",
            "kind",
            "target",
            "version",
            "endorser",
            unique=True,
            postgresql_where=_STANDING,
        ),
        Index("endorsement_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )


class CarriedRow(Table, table=True):
    """That the stored credential of an award carries an endorsement."""

    __tablename__ = "carried_endorsement"
    award: UUID = Field(primary_key=True, foreign_key="credential.award")
    endorsement: UUID = Field(primary_key=True, foreign_key="endorsement.id", index=True)


@dataclass(frozen=True, slots=True)
class Endorsement:
    """An endorsement as it stands."""

    id: UUID
    endorser: UUID
    kind: Kind
    target: UUID
    version: int
    organisation: UUID
    subject: str
    name: str
    language: str
    comment: str
    state: State
    proposed_by: str
    proposed_at: datetime
    moved_at: datetime | None
    capability: str
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed endorsement, as it is stored and served."""

    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Signature:
    """What is stored of an endorsement once it is signed, and the names of the keys that signed."""

    document: Signed
    token: str
    signed_by: str
    token_signed_by: str
    place: Place
    at: datetime


async def propose(session: AsyncSession, new: Endorsement) -> bool:
    """Store a proposal; False where the same organisation's word for the same thing stands already."""
    values = {field.name: getattr(new, field.name) for field in fields(Endorsement)}
    key = ["kind", "target", "version", "endorser"]
    stored = insert(EndorsementRow).values(**values, attempts=0)
    made = stored.on_conflict_do_nothing(index_elements=key, index_where=_STANDING)
    return (await session.scalars(made.returning(col(EndorsementRow.id)))).one_or_none() is not None


async def standing(session: AsyncSession, like: Endorsement) -> Endorsement | None:
    """The endorsement of the same thing by the same organisation that stands, or None."""
    row = col(EndorsementRow.kind) == like.kind, col(EndorsementRow.target) == like.target
    same = *row, col(EndorsementRow.version) == like.version, col(EndorsementRow.endorser) == like.endorser
    found = (await session.execute(_endorsements().where(*same, _STANDING))).one_or_none()
    return Endorsement(*found) if found else None


async def endorsement(session: AsyncSession, endorsement: UUID, lock: bool = False) -> Endorsement | None:
    """One endorsement, or None; with `lock` nobody else moves it until the transaction ends."""
    of = _endorsements().where(col(EndorsementRow.id) == endorsement)
    row = (await session.execute(of.with_for_update() if lock else of)).one_or_none()
    return Endorsement(*row) if row else None


async def of_organisation(
    session: AsyncSession, organisation: UUID, before: UUID | None, limit: int
) -> list[Endorsement]:
    """What an organisation endorsed and what of its own was endorsed, newest first."""
    theirs = or_(
        col(EndorsementRow.endorser) == organisation, col(EndorsementRow.organisation) == organisation
    )
    return await _newest(session, _endorsements().where(theirs), before, limit)


async def of_badges(
    session: AsyncSession, recipients: Collection[UUID], before: UUID | None, limit: int
) -> list[Endorsement]:
    """The endorsements of badges that these recipients hold, newest first."""
    mine = select(col(AwardRow.id)).where(col(AwardRow.recipient).in_(recipients))
    of = _endorsements().where(col(EndorsementRow.kind) == "credential")
    return await _newest(session, of.where(col(EndorsementRow.target).in_(mine)), before, limit)


async def published(
    session: AsyncSession, kind: Kind, target: UUID, version: int | None = None
) -> Sequence[bytes]:
    """The signed documents of what stands for a target, oldest first; without `version` for all of them."""
    of = select(col(EndorsementRow.body)).where(
        col(EndorsementRow.kind) == kind,
        col(EndorsementRow.target) == target,
        col(EndorsementRow.state) == "accepted",
        col(EndorsementRow.body).is_not(None),
    )
    if version is not None:
        of = of.where(col(EndorsementRow.version) == version)
    return [body for body in await session.scalars(of.order_by(col(EndorsementRow.id)).limit(100)) if body]


async def signed(session: AsyncSession, capability: str) -> Signed | None:
    """The signed endorsement at that address, withdrawn or not; None where there is none."""
    of = select(col(EndorsementRow.body), col(EndorsementRow.etag)).where(
        col(EndorsementRow.capability) == capability, col(EndorsementRow.body).is_not(None)
    )
    row = (await session.execute(of)).one_or_none()
    return Signed(row.body, row.etag) if row and row.body and row.etag else None


async def move(session: AsyncSession, endorsement: UUID, to: State, by: str, now: datetime) -> None:
    """Note the new state; one that was accepted is due to be signed, any other is not."""
    told = {"state": to, "moved_by": by, "moved_at": now, "due_at": now if to == "accepted" else None}
    await session.execute(update(EndorsementRow).where(col(EndorsementRow.id) == endorsement).values(**told))


async def place(session: AsyncSession, endorsement: UUID) -> Place | None:
    """Its entry of the endorser's status lists; None where it is not signed."""
    of = select(col(EndorsementRow.list_number), col(EndorsementRow.list_index))
    row = (await session.execute(of.where(col(EndorsementRow.id) == endorsement))).one_or_none()
    if row is None or row.list_number is None or row.list_index is None:
        return None
    return Place(row.list_number, row.list_index)


async def take_due(session: AsyncSession, limit: int) -> list[Endorsement]:
    """Accepted endorsements that are to be signed, locked for this transaction."""
    due = _endorsements().where(col(EndorsementRow.due_at) <= func.now())
    rows = await session.execute(
        due.order_by(col(EndorsementRow.due_at)).limit(limit).with_for_update(skip_locked=True)
    )
    return [Endorsement(*row) for row in rows]


async def store(session: AsyncSession, endorsement: UUID, made: Signature) -> None:
    """Store what was signed; the endorsement is no longer due."""
    told = {
        "body": made.document.body,
        "etag": made.document.etag,
        "token": made.token,
        "signed_by": made.signed_by,
        "token_signed_by": made.token_signed_by,
        "list_number": made.place.list_number,
        "list_index": made.place.list_index,
        "signed_at": made.at,
        "due_at": None,
    }
    await session.execute(update(EndorsementRow).where(col(EndorsementRow.id) == endorsement).values(**told))


async def not_signed(session: AsyncSession, endorsement: UUID) -> None:
    """Try one again later: after 1 s, doubling up to an hour."""
    await session.execute(_AGAIN, {"id": endorsement})


_AGAIN = text("""
    UPDATE endorsement SET attempts = attempts + 1,
        due_at = now() + make_interval(secs => least(2 ^ attempts, 3600))
    WHERE id = :id
""")


def _endorsements() -> Select[Any]:
    return select(*(getattr(EndorsementRow, field.name) for field in fields(Endorsement)))


async def _newest(
    session: AsyncSession, of: Select[Any], before: UUID | None, limit: int
) -> list[Endorsement]:
    if before:
        of = of.where(col(EndorsementRow.id) < before)
    rows = await session.execute(of.order_by(col(EndorsementRow.id).desc()).limit(limit))
    return [Endorsement(*row) for row in rows]
