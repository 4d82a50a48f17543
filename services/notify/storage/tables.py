"""The tables of notify."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, Integer, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import registry
from sqlmodel import Column, Field, SQLModel

MOMENT = DateTime(timezone=True)


class Table(SQLModel, registry=registry()):
    """The base of this service's tables: metadata of their own, beside other services' in one process."""


class SaidRow(Table, table=True):
    """What was said about a recipient: one row for each of `address`, `name`, `language`."""

    __tablename__ = "said"
    recipient: UUID = Field(primary_key=True)
    what: str = Field(primary_key=True)
    value: str
    by_person: bool
    at: datetime = Field(sa_type=MOMENT)


class ForgottenRow(Table, table=True):
    """A recipient who asked to be forgotten: what is older than `at` is not taken in again."""

    __tablename__ = "forgotten"
    recipient: UUID = Field(primary_key=True)
    at: datetime = Field(sa_type=MOMENT)


class OrganisationRow(Table, table=True):
    """An organisation and its name as of `at`."""

    __tablename__ = "organisation"
    id: UUID = Field(primary_key=True)
    name: str
    at: datetime = Field(sa_type=MOMENT)


class AchievementRow(Table, table=True):
    """One version of an achievement."""

    __tablename__ = "achievement"
    id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    name: str
    language: str
    picture: str


class PathwayRow(Table, table=True):
    """One version of a pathway."""

    __tablename__ = "pathway"
    id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    name: str
    language: str


class RevokedRow(Table, table=True):
    """An award that was withdrawn."""

    __tablename__ = "revoked"
    award: UUID = Field(primary_key=True)


class LetterRow(Table, table=True):
    """A letter. Its text is made when it is sent and not kept.

    `thing` is the achievement, pathway or subscription it is about. `address`, `code` and `language` are
    those of a letter to an address and not to a recipient (sign-in, subscription disabled), and are deleted
    with its link once it has left; other letters look up what was said last. `traceparent` is the trace of
    what it is about, which sending it goes on.
    """

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("kind", "cause"),
        Index("letter_due", "priority", "due", postgresql_where=text("state = 'queued'")),
        Index("letter_sending", "claimed_by", postgresql_where=text("state = 'sending'")),
        Index("letter_of_organisation", "organisation", "id"),
        Index(
            "letter_troubled",
            "state",
            postgresql_where=text("state IN ('failed', 'bounced', 'complained', 'unknown')"),
        ),
    )
    id: UUID = Field(primary_key=True)
    kind: str
    cause: UUID
    caused_at: datetime = Field(sa_type=MOMENT)
    recipient: UUID | None = Field(default=None, index=True)
    organisation: UUID | None = None
    thing: UUID | None = None
    version: int | None = None
    link: str | None = None
    code: str | None = None
    address: str | None = None
    language: str | None = None
    expires: datetime | None = Field(default=None, sa_type=MOMENT)
    figures: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False, server_default="{}"))
    message: UUID | None = Field(default=None, index=True)
    state: str = "queued"
    reason: str | None = None
    priority: int = 1
    attempts: int = 0
    attempts_before: int = 0
    due: datetime = Field(sa_type=MOMENT)
    claimed_by: str | None = None
    run: UUID | None = None
    claim: UUID | None = None
    traceparent: str | None = None
    created_at: datetime = Field(sa_type=MOMENT)
    changed_at: datetime = Field(sa_type=MOMENT)


class SenderRow(Table, table=True):
    """A process that sends letters, and when it was last seen alive."""

    __tablename__ = "sender"
    instance: str = Field(primary_key=True)
    seen_at: datetime = Field(sa_type=MOMENT)


class ResendRow(Table, table=True):
    """Somebody had a letter sent again: who, when, and what it was before."""

    __tablename__ = "resend"
    id: UUID = Field(primary_key=True)
    letter: UUID = Field(index=True)
    by: str
    at: datetime = Field(sa_type=MOMENT)
    was: str
