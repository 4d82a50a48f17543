"""The tables of badges."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import DateTime, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

# A batch of events shares one session, whose memory of a row would outlive the statement that changed it.
FRESH = {"populate_existing": True}


def as_json(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as the one parameter of a statement that takes in any number of them."""
    return orjson.dumps(list(rows), default=str).decode()  # the driver's UUIDs are not quite Python's


def members(value: Any) -> dict[str, Any]:
    """The fields of a dataclass with slots, as they are; `asdict` copies all that is inside them."""
    return {name: getattr(value, name) for name in value.__slots__}


class Table(SQLModel, registry=registry()):
    """The base of this service's tables: metadata of their own, beside other services' in one process."""


def _moment(**options: Any) -> Any:
    return Field(sa_type=DateTime(timezone=True), **options)


class OrganisationRow(Table, table=True):
    """An organisation; without a name where only its verification has been heard of."""

    __tablename__ = "organisation"
    id: UUID = Field(primary_key=True)
    name: str | None = None
    description: str = ""
    website: str | None = None
    verified: bool = False


class KeyRow(Table, table=True):
    """A key pair of an organisation: the private half sealed, the public one for ever in its DID document.

    `name` is the public key in multibase form; where there is a `jwk`, that key's thumbprint.
    """

    __tablename__ = "organisation_key"
    name: str = Field(primary_key=True)
    organisation: UUID = Field(foreign_key="organisation.id")
    did: str
    kind: str = "Ed25519"
    jwk: dict[str, Any] | None = Field(sa_type=JSONB(none_as_null=True), default=None)
    sealed: bytes
    created_at: datetime = _moment()
    retired_at: datetime | None = _moment(default=None)
    compromised_at: datetime | None = _moment(default=None)
    __table_args__ = (
        Index("organisation_key_all", "organisation", "created_at"),
        Index(
            "organisation_key_current",
            "organisation",
            "kind",
            unique=True,
            postgresql_where=text("retired_at IS NULL"),
        ),
    )


class KeyEventRow(Table, table=True):
    """Who did what to an organisation's keys, and the DID document as it stood afterwards."""

    __tablename__ = "key_event"
    id: UUID = Field(primary_key=True)
    organisation: UUID = Field(foreign_key="organisation.id", index=True)
    key: str
    action: str
    actor: str
    at: datetime = _moment()
    did_document: dict[str, Any] = Field(sa_type=JSONB)


class RecipientRow(Table, table=True):
    """A person that badges go to, or the tombstone of one."""

    __tablename__ = "recipient"
    id: UUID = Field(primary_key=True)
    address: str | None = None
    language: str | None = None
    said_by: str | None = None
    said_at: datetime | None = _moment(default=None)
    forgotten_at: datetime | None = _moment(default=None)


class AchievementRow(Table, table=True):
    """What can be earned; `current` is its version in force."""

    __tablename__ = "achievement"
    id: UUID = Field(primary_key=True)
    organisation: UUID = Field(foreign_key="organisation.id", index=True)
    source_kind: str
    source: UUID = Field(index=True)
    current: int


class VersionRow(Table, table=True):
    """One version of an achievement, never changed once written. `look` names its picture."""

    __tablename__ = "achievement_version"
    achievement: UUID = Field(primary_key=True, foreign_key="achievement.id")
    version: int = Field(primary_key=True)
    fingerprint: str
    shown: dict[str, Any] = Field(sa_type=JSONB)
    look: str = Field(foreign_key="picture.look", index=True)
    made_by: str | None = None


class AdditionsRow(Table, table=True):
    """What an organiser last added to an achievement that comes with something; `number` counts from 1."""

    __tablename__ = "achievement_additions"
    achievement: UUID = Field(primary_key=True, foreign_key="achievement.id")
    number: int
    added: dict[str, Any] = Field(sa_type=JSONB)
    made_by: str
    made_at: datetime = _moment()


class PictureRow(Table, table=True):
    """A picture, drawn once for all versions that look the same. Due until it is drawn."""

    __tablename__ = "picture"
    look: str = Field(primary_key=True)
    shown: dict[str, Any] = Field(sa_type=JSONB)
    png: bytes | None = None
    etag: str | None = None
    attempts: int = 0
    due_at: datetime | None = _moment()
    __table_args__ = (Index("picture_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),)


class JobRow(Table, table=True):
    """A direct award to many: who asked for it, how it stands, and when it last had its turn."""

    __tablename__ = "award_job"
    id: UUID = Field(primary_key=True)
    organisation: UUID = Field(foreign_key="organisation.id")
    achievement: UUID = Field(foreign_key="achievement.id")
    occasion: str
    made_by: str
    made_at: datetime = _moment()
    state: str = "done"
    turn_at: datetime | None = _moment(default=None)
    finished_at: datetime | None = _moment(default=None)
    traceparent: str | None = None
    __table_args__ = (
        Index("award_job_running", "organisation", postgresql_where=text("state = 'running'")),
        Index("award_job_unfinished", "made_at", postgresql_where=text("state IN ('running', 'paused')")),
    )


class JobLineRow(Table, table=True):
    """What became of one line of a job, and the line itself in bulk: it is about a person, and goes again.

    `date` and `expiry` stay as they were written until the line is worked on.
    """

    __tablename__ = "award_job_line"
    job: UUID = Field(primary_key=True, foreign_key="award_job.id")
    line: int = Field(primary_key=True)
    outcome: str
    award: UUID | None = None
    detail: str | None = None
    done_at: datetime | None = _moment(default=None)
    recipient: UUID | None = None
    address: str | None = None
    name: str | None = None
    language: str | None = None
    date: str | None = None
    expiry: str | None = None
    evidence_url: str | None = None
    evidence: str | None = None
    note: str | None = None
    __table_args__ = (
        Index("award_job_line_waiting", "job", "line", postgresql_where=text("outcome = 'waiting'")),
        Index("award_job_line_recipient", "recipient", postgresql_where=text("recipient IS NOT NULL")),
    )


class AwardRow(Table, table=True):
    """A decision that somebody has earned an achievement. Due until its credential is issued.

    `traceparent` is the trace of what led to it, which the credential goes on. Organisations and achievements
    are never deleted, so that not every award looks for its own.
    """

    __tablename__ = "award"
    id: UUID = Field(primary_key=True)
    organisation: UUID
    achievement: UUID
    version: int | None = None
    recipient: UUID
    occasion: str
    awarded_at: datetime = _moment()
    awarded_by: str | None = None
    session: date | None = None
    completed_on: date | None = None
    evidence: list[dict[str, Any]] | None = Field(sa_type=JSONB(none_as_null=True), default=None)
    expires_at: datetime | None = _moment(default=None)
    due_at: datetime | None = _moment()
    attempts: int = 0
    issued_at: datetime | None = _moment(default=None)
    revoked_at: datetime | None = _moment(default=None)
    revoked_by: str | None = None
    reason: str | None = None
    forgotten: bool = False
    traceparent: str | None = None
    __table_args__ = (
        UniqueConstraint("recipient", "achievement", "occasion"),
        ForeignKeyConstraint(
            ["achievement", "version"], ["achievement_version.achievement", "achievement_version.version"]
        ),
        Index("award_due", "organisation", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("award_organisation", "organisation", "id"),
    )


class CredentialRow(Table, table=True):
    """An award's signed document, served as it is, and its place in the organisation's status lists.

    `capability` and `claim` are 128 random bits each: whoever knows them holds the badge. `for_holder` says
    that its holder has asked for it to be issued anew, named as they are now. `assertion` is where the Open
    Badges 2.0 view stands; `hosted` says whether it is shown, where its holder has said so. Keys and status
    lists are never deleted, so that not every credential looks for its own.
    """

    __tablename__ = "credential"
    award: UUID = Field(primary_key=True, foreign_key="award.id")
    organisation: UUID
    capability: str = Field(unique=True)
    claim: str = Field(unique=True)
    body: bytes
    etag: str
    list_number: int
    list_index: int
    signed_by: str = Field(index=True)
    signed_at: datetime = _moment()
    reissue_at: datetime | None = _moment(default=None)
    for_holder: bool = False
    assertion: str = Field(unique=True)
    hosted: bool | None = None
    __table_args__ = (
        UniqueConstraint("organisation", "list_number", "list_index"),
        Index("credential_reissue", "reissue_at", postgresql_where=text("reissue_at IS NOT NULL")),
    )


class TokenRow(Table, table=True):
    """A credential as a JSON Web Token, kept so that it stays the same. `etag_of` is the credential's."""

    __tablename__ = "credential_token"
    award: UUID = Field(primary_key=True, foreign_key="credential.award")
    algorithm: str = Field(primary_key=True)
    body: str
    etag_of: str
    signed_by: str = Field(foreign_key="organisation_key.name", index=True)


class StatusListRow(Table, table=True):
    """A status list: which entries are given out and which are withdrawn, and the signed document.

    `stale` says that the document is behind the bits.
    """

    __tablename__ = "status_list"
    organisation: UUID = Field(primary_key=True, foreign_key="organisation.id")
    number: int = Field(primary_key=True)
    taken: bytes
    used: int
    bits: bytes
    body: bytes | None = None
    etag: str | None = None
    signed_at: datetime | None = _moment(default=None)
    stale: bool = True
    __table_args__ = (Index("status_list_stale", "organisation", postgresql_where=text("stale")),)
