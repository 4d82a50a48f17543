"""The catalogue's tables. They never leave this package."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, DateTime, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Table(SQLModel, registry=registry()):
    """What every table of the catalogue is: apart from those of other services in the same process."""


def core(row: type[Table]) -> sa.Table:
    """A table for building statements; what they answer are plain rows."""
    return Table.metadata.tables[str(row.__tablename__)]


def _moment(*, null: bool = False) -> Any:
    return Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=null))


def _texts() -> Any:
    return Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))


def _bytes(*, null: bool = False, unique: bool = False) -> Any:
    return Field(default=None, sa_column=Column(LargeBinary, nullable=null, unique=unique))


class OrganisationRow(Table, table=True):
    """Somebody who offers learning."""

    __tablename__ = "organisation"
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    website: str | None = Field(default=None, sa_type=Text)
    language: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text, index=True)
    reason: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = _moment()
    decided_at: datetime | None = _moment(null=True)


class LearnerRow(Table, table=True):
    """An account, which holds at least one proven address."""

    __tablename__ = "learner"
    id: UUID = Field(primary_key=True)
    name: str | None = Field(default=None, sa_type=Text)
    language: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = _moment()


class RecipientRow(Table, table=True):
    """An address that badges can go to; without the address, the tombstone of one that was forgotten."""

    __tablename__ = "recipient"
    id: UUID = Field(primary_key=True)
    address: str | None = Field(default=None, sa_type=Text)
    name: str | None = Field(default=None, sa_type=Text)
    name_by_person: bool | None = None
    name_at: datetime | None = _moment(null=True)
    language: str | None = Field(default=None, sa_type=Text)
    language_by_person: bool | None = None
    language_at: datetime | None = _moment(null=True)
    learner: UUID | None = Field(default=None, foreign_key="learner.id", index=True)
    proven_at: datetime | None = _moment(null=True)
    forgotten_at: datetime | None = _moment(null=True)


class MemberRow(Table, table=True):
    """One role in an organisation, held by whoever holds an address."""

    __tablename__ = "member"
    __table_args__ = (UniqueConstraint("organisation", "recipient", "role"),)
    id: UUID = Field(primary_key=True)
    organisation: UUID = Field(foreign_key="organisation.id")
    recipient: UUID = Field(foreign_key="recipient.id", index=True)
    role: str = Field(sa_type=Text)
    added_at: datetime = _moment()
    added_by: str = Field(sa_type=Text)


class ActivityRow(Table, table=True):
    """Something to take part in. `words` is what else it can be found by; `search` is made of it all."""

    __tablename__ = "activity"
    __table_args__ = (
        CheckConstraint("ends >= starts"),
        Index("activity_search", "search", postgresql_using="gin"),
        Index("activity_skills", "skills", postgresql_using="gin"),
        Index("activity_where", "latitude", "longitude"),
        Index("activity_when", "state", "starts"),
    )
    id: UUID = Field(primary_key=True)
    organisation: UUID = Field(foreign_key="organisation.id", index=True)
    version: int
    state: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    mode: str = Field(sa_type=Text)
    layer: str = Field(sa_type=Text)
    language: str = Field(sa_type=Text)
    languages: list[str] = _texts()
    interests: list[str] = _texts()
    skills: list[str] = _texts()
    place: str | None = Field(default=None, sa_type=Text)
    latitude: float | None = None
    longitude: float | None = None
    address: str | None = Field(default=None, sa_type=Text)
    access: str | None = Field(default=None, sa_type=Text)
    starts: datetime | None = _moment(null=True)
    ends: datetime | None = _moment(null=True)
    sessions: list[list[str]] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    time_zone: str = Field(sa_type=Text)
    capacity: int | None = None
    age_from: int | None = None
    age_to: int | None = None
    cost_cents: int
    currency: str = Field(sa_type=Text)
    booking_url: str | None = Field(default=None, sa_type=Text)
    join_url: str | None = Field(default=None, sa_type=Text)
    changed_at: datetime = _moment()
    changed_by: str = Field(sa_type=Text)
    search: str | None = Field(default=None, sa_column=Column(TSVECTOR))


class ParticipationRow(Table, table=True):
    """Somebody joined an activity."""

    __tablename__ = "participation"
    activity: UUID = Field(primary_key=True, foreign_key="activity.id")
    recipient: UUID = Field(primary_key=True, index=True)
    joined_at: datetime = _moment()


class CompletionRow(Table, table=True):
    """Somebody completed an activity, or one session of it."""

    __tablename__ = "completion"
    __table_args__ = (
        UniqueConstraint("activity", "recipient", "session", postgresql_nulls_not_distinct=True),
    )
    id: UUID = Field(primary_key=True)
    activity: UUID = Field(foreign_key="activity.id")
    recipient: UUID = Field(index=True)
    session: date | None = None
    completed_on: date
    confirmed_at: datetime = _moment()
    confirmed_by: str = Field(sa_type=Text)


class AchievementRow(Table, table=True):
    """The badge that an activity gives, as badges announced it."""

    __tablename__ = "achievement"
    id: UUID = Field(primary_key=True)
    version: int
    activity: UUID = Field(index=True)
    name: str = Field(sa_type=Text)
    picture: str = Field(sa_type=Text)


class SignInRow(Table, table=True):
    """A link and a code that were sent to an address. `learner` proves one more address by it."""

    __tablename__ = "sign_in"
    id: UUID = Field(primary_key=True)
    recipient: UUID = Field(index=True)
    address: str = Field(sa_type=Text)
    language: str | None = Field(default=None, sa_type=Text)
    learner: UUID | None = Field(default=None, foreign_key="learner.id", ondelete="CASCADE", index=True)
    token_hash: bytes = _bytes(unique=True)
    code_hash: bytes = _bytes()
    client_hash: bytes = _bytes()
    wrong_tries: int = 0
    created_at: datetime = _moment()
    expires_at: datetime = Field(
        default=None, sa_column=Column(DateTime(timezone=True), nullable=False, index=True)
    )
    used_at: datetime | None = _moment(null=True)


class SessionRow(Table, table=True):
    """A browser that is signed in."""

    __tablename__ = "session"
    id: UUID = Field(primary_key=True)
    learner: UUID = Field(foreign_key="learner.id", ondelete="CASCADE", index=True)
    secret_hash: bytes = _bytes(unique=True)
    device: str = Field(sa_type=Text)
    created_at: datetime = _moment()
    seen_at: datetime = _moment()
    expires_at: datetime = _moment()


class ClientRow(Table, table=True):
    """A machine that may call."""

    __tablename__ = "client"
    id: UUID = Field(primary_key=True)
    organisation: UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    name: str = Field(sa_type=Text)
    scopes: list[str] = _texts()
    secret_hash: bytes = _bytes()
    previous_hash: bytes | None = _bytes(null=True)
    previous_until: datetime | None = _moment(null=True)
    created_at: datetime = _moment()
    created_by: str = Field(sa_type=Text)
    revoked_at: datetime | None = _moment(null=True)


class SkillRow(Table, table=True):
    """A skill, competence or piece of knowledge, by its concept URI."""

    __tablename__ = "skill"
    uri: str = Field(sa_type=Text, primary_key=True)
    kind: str = Field(sa_type=Text)
    reuse_level: str | None = Field(default=None, sa_type=Text)
    status: str = Field(sa_type=Text)
    broader: list[str] = _texts()


class SkillLabelRow(Table, table=True):
    """What a skill is called in one language. `terms` are label and alternatives, folded for search."""

    __tablename__ = "skill_label"
    uri: str = Field(sa_type=Text, primary_key=True, foreign_key="skill.uri")
    language: str = Field(sa_type=Text, primary_key=True)
    label: str = Field(sa_type=Text)
    unofficial: bool
    alternatives: list[str] = _texts()
    description: str | None = Field(default=None, sa_type=Text)


class SkillTermRow(Table, table=True):
    """One way to find a skill: its label or an alternative, folded. Made of skill_label."""

    __tablename__ = "skill_term"
    __table_args__ = (
        Index("skill_term_prefix", "language", "term", postgresql_ops={"term": "text_pattern_ops"}),
        Index("skill_term_trigrams", "term", postgresql_using="gin", postgresql_ops={"term": "gin_trgm_ops"}),
    )
    uri: str = Field(sa_type=Text, primary_key=True, foreign_key="skill.uri")
    language: str = Field(sa_type=Text, primary_key=True)
    term: str = Field(sa_type=Text, primary_key=True)
    preferred: bool
