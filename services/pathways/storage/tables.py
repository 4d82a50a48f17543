"""The tables of pathways."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, ForeignKeyConstraint, Identity, Index, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

MOMENT = DateTime(timezone=True)


class Table(SQLModel, registry=registry()):
    """The base of this service's tables: metadata of their own, beside other services' in one process."""


class OrganisationRow(Table, table=True):
    """An organisation as catalogue told of it; `name` is None where only its verification was heard yet."""

    __tablename__ = "organisation"
    id: UUID = Field(primary_key=True)
    name: str | None = None
    named_at: datetime | None = Field(default=None, sa_type=MOMENT)
    verified: bool = False


class AchievementRow(Table, table=True):
    """The newest version of an achievement, as badges told of it."""

    __tablename__ = "achievement"
    id: UUID = Field(primary_key=True)
    version: int
    name: str
    picture: str
    source_kind: str
    source_id: UUID


class PathwayRow(Table, table=True):
    """A pathway: the plan being drafted, and the number of the version last published (0: none)."""

    __tablename__ = "pathway"
    id: UUID = Field(primary_key=True)
    organisation: UUID = Field(index=True)
    draft: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    drafted_by: str
    version: int = 0


class VersionRow(Table, table=True):
    """One published version; never changed again."""

    __tablename__ = "pathway_version"
    pathway: UUID = Field(primary_key=True, foreign_key="pathway.id")
    version: int = Field(primary_key=True)
    plan: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    published_at: datetime = Field(sa_type=MOMENT)
    published_by: str


class EnrolmentRow(Table, table=True):
    """A learner's way; without learner and recipient once they were forgotten."""

    __tablename__ = "enrolment"
    __table_args__ = (
        ForeignKeyConstraint(["pathway", "version"], ["pathway_version.pathway", "pathway_version.version"]),
        Index(
            "enrolment_once",
            "pathway",
            "learner",
            unique=True,
            postgresql_where=text("stopped_at IS NULL AND learner IS NOT NULL"),
        ),
        {
            "postgresql_with": {"fillfactor": 50}
        },  # a step is noted beside its row, and indexes stay as they are
    )
    id: UUID = Field(primary_key=True)
    pathway: UUID
    version: int
    learner: UUID | None = Field(default=None, index=True)
    recipient: UUID | None = Field(default=None, index=True)
    started_at: datetime = Field(sa_type=MOMENT)
    stopped_at: datetime | None = Field(default=None, sa_type=MOMENT)
    completed_at: datetime | None = Field(default=None, sa_type=MOMENT)
    told: list[UUID] = Field(
        default_factory=list, sa_column=Column(ARRAY(Uuid), nullable=False, server_default="{}")
    )


class AddressRow(Table, table=True):
    """The newest that was heard of a learner and an address."""

    __tablename__ = "address"
    learner: UUID = Field(primary_key=True)
    recipient: UUID = Field(primary_key=True, index=True)
    held: bool
    at: datetime = Field(sa_type=MOMENT)


class BadgeRow(Table, table=True):
    """An award. A withdrawal that came first, or whose person was forgotten, has nothing but its id."""

    __tablename__ = "badge"
    award: UUID = Field(primary_key=True)
    achievement: UUID | None = None
    recipient: UUID | None = Field(default=None, index=True)
    awarded_at: datetime | None = Field(default=None, sa_type=MOMENT)
    revoked: bool = False


class ForgottenRow(Table, table=True):
    """A recipient who asked to be forgotten: what is older than `at` is not taken in again."""

    __tablename__ = "forgotten"
    recipient: UUID = Field(primary_key=True)
    at: datetime = Field(sa_type=MOMENT)


class DueRow(Table, table=True):
    """A learner or recipient of whom a fact has changed, until their enrolments were worked out anew.

    Not unique by person: a change noted while the loop works on an earlier one must be seen by itself.
    """

    __tablename__ = "due"
    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    person: UUID
    traceparent: str | None = None
