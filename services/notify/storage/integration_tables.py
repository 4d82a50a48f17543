"""The tables of integrations: who they are, what they subscribed to, and what became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlmodel import Column, Field

from .tables import MOMENT, Table


class ClientRow(Table, table=True):
    """An OAuth2 client, as catalogue tells of it. Revoked ones stay, so that order does not matter."""

    __tablename__ = "client"
    id: UUID = Field(primary_key=True)
    organisation: UUID | None = None
    name: str = ""
    scopes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))
    revoked: bool = False


class IntegrationRow(Table, table=True):
    """A system outside that hears public events; its client speaks for no other one."""

    __tablename__ = "integration"
    __table_args__ = (
        Index("integration_of_client", "client", unique=True, postgresql_where=text("state <> 'removed'")),
        Index("integration_of_organisation", "organisation", "id"),
    )
    id: UUID = Field(primary_key=True)
    name: str
    contact: str
    language: str | None = None
    organisation: UUID | None = None
    client: UUID
    state: str = "active"
    reason: str | None = None
    created_at: datetime = Field(sa_type=MOMENT)
    created_by: str


class IntegrationLogRow(Table, table=True):
    """What was done to an integration and what belongs to it (`about`), and by whom."""

    __tablename__ = "integration_log"
    __table_args__ = (Index("log_of_integration", "integration", "id"),)
    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    integration: UUID
    at: datetime = Field(sa_type=MOMENT)
    by: str
    what: str
    about: UUID | None = None


class FeedRow(Table, table=True):
    """A public event of any service, in the order of the city's stream; `body` is what travelled on NATS."""

    __tablename__ = "feed"
    __table_args__ = (
        Index("feed_of_organisation", "organisation", "position"),
        Index("feed_of_type", "type", "position"),
    )
    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    event: UUID = Field(unique=True)
    type: str
    organisation: UUID | None = None
    achievement: UUID | None = None
    pathway: UUID | None = None
    skills: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))
    time: datetime = Field(sa_type=MOMENT)
    kept_at: datetime = Field(sa_type=MOMENT)
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class FeedCursorRow(Table, table=True):
    """How far the feed's writer has read which making of the city's stream, and the last position given."""

    __tablename__ = "feed_cursor"
    consumer: str = Field(primary_key=True)
    stream_created: datetime = Field(sa_type=MOMENT)
    sequence: int = Field(sa_type=BigInteger)
    position: int = Field(sa_type=BigInteger)


class FeedAchievementRow(Table, table=True):
    """The skills of an achievement by its newest version; an award of it does not name them."""

    __tablename__ = "feed_achievement"
    id: UUID = Field(primary_key=True)
    version: int
    skills: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))


class SubscriptionRow(Table, table=True):
    """Which events of its integration go to which address. Empty lists filter nothing.

    Secrets are not here: they follow from the service's own secret, the id and `secret_version`. `failures`
    counts those since the last success; nothing is sent before `held_until`.
    """

    __tablename__ = "subscription"
    __table_args__ = (Index("subscription_of_integration", "integration", "id"),)
    id: UUID = Field(primary_key=True)
    integration: UUID
    name: str
    url: str
    types: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    organisations: list[UUID] = Field(
        sa_column=Column(ARRAY(PG_UUID(as_uuid=True)), nullable=False, server_default="{}")
    )
    achievements: list[UUID] = Field(
        sa_column=Column(ARRAY(PG_UUID(as_uuid=True)), nullable=False, server_default="{}")
    )
    pathways: list[UUID] = Field(
        sa_column=Column(ARRAY(PG_UUID(as_uuid=True)), nullable=False, server_default="{}")
    )
    skills: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))
    ordered: bool = False
    signature: str = "hmac"
    secret_version: int = 1
    old_secret_until: datetime | None = Field(default=None, sa_type=MOMENT)
    state: str = "active"
    reason: str | None = None
    failing_since: datetime | None = Field(default=None, sa_type=MOMENT)
    failures: int = 0
    held_until: datetime | None = Field(default=None, sa_type=MOMENT)
    created_at: datetime = Field(sa_type=MOMENT)
    created_by: str


class DeliveryRow(Table, table=True):
    """One event for one subscription. A test event has no `position` and a `body` of its own."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("subscription", "position"),
        Index("delivery_due", "subscription", "due", postgresql_where=text("state = 'due'")),
        Index("delivery_next", "subscription", "position", postgresql_where=text("state = 'due'")),
        Index("delivery_of_subscription", "subscription", "id"),
        Index("delivery_held", "subscription", postgresql_where=text("state = 'sending'")),
        Index("delivery_settled", "changed_at", postgresql_where=text("state IN ('delivered', 'failed')")),
    )
    id: UUID = Field(primary_key=True)
    subscription: UUID
    position: int | None = Field(default=None, sa_type=BigInteger)
    event: UUID
    type: str
    body: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    state: str = "due"
    attempts: int = 0
    attempts_before: int = 0
    due: datetime = Field(sa_type=MOMENT)
    claimed_by: str | None = None
    claimed_until: datetime | None = Field(default=None, sa_type=MOMENT)
    created_at: datetime = Field(sa_type=MOMENT)
    changed_at: datetime = Field(sa_type=MOMENT)


class ReplayRow(Table, table=True):
    """Somebody wants events again: those that failed, or (`failed` false) those of the feed that match.

    `cursor` is the position that was looked at last, `upto` the last one there was when it was asked for.
    """

    __tablename__ = "replay"
    __table_args__ = (
        Index("replay_of_subscription", "subscription", "id"),
        Index("replay_running", "id", postgresql_where=text("state = 'running'")),
    )
    id: UUID = Field(primary_key=True)
    subscription: UUID
    failed: bool
    since: datetime | None = Field(default=None, sa_type=MOMENT)
    cursor: int = Field(sa_type=BigInteger)
    upto: int = Field(sa_type=BigInteger)
    queued: int = 0
    state: str = "running"
    created_at: datetime = Field(sa_type=MOMENT)
    created_by: str
    changed_at: datetime = Field(sa_type=MOMENT)


class AttemptRow(Table, table=True):
    """One try to deliver: what was sent, cut short, and what came back, cut short."""

    __tablename__ = "attempt"
    __table_args__ = (
        Index("attempt_of_delivery", "delivery", "number"),
        Index("attempt_at", "at"),
    )
    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    delivery: UUID
    subscription: UUID
    number: int
    at: datetime = Field(sa_type=MOMENT)
    status: int | None = None
    milliseconds: int
    request: str
    response: str | None = None
    error: str | None = None


class ReaderRow(Table, table=True):
    """A durable consumer on NATS that an integration reads, acknowledges and rewinds itself.

    Its name is the integration's own affair, `durable` is the name on NATS.
    """

    __tablename__ = "reader"
    __table_args__ = (UniqueConstraint("integration", "name"),)
    id: UUID = Field(primary_key=True)
    integration: UUID
    name: str
    types: str
    durable: str = Field(unique=True)
    state: str = "wanted"
    created_at: datetime = Field(sa_type=MOMENT)
    created_by: str


class NatsKeyRow(Table, table=True):
    """The public half of an nkey with which an integration connects to NATS."""

    __tablename__ = "nats_key"
    public: str = Field(primary_key=True)
    integration: UUID = Field(index=True)
    created_at: datetime = Field(sa_type=MOMENT)
    created_by: str
