"""The chassis' own tables, which every service's database has beside its own."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

metadata = MetaData()
_now = func.now()

journal = Table(
    "journal",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", UUID, nullable=False, unique=True),
    Column("sequence", BigInteger, unique=True),
    Column("plane", String(3), nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("persons", ARRAY(UUID), nullable=False, server_default="{}"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("sent_at", DateTime(timezone=True)),
    Index("journal_unnumbered", "id", postgresql_where=text("sequence IS NULL")),
    Index("journal_unsent", "sequence", postgresql_where=text("sent_at IS NULL")),
    Index("journal_persons", "persons", postgresql_using="gin"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("event_id", UUID, primary_key=True),
    Column("refused", Text),
    Column("handled_at", DateTime(timezone=True), nullable=False, server_default=_now),
)

waiting = Table(
    "waiting",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("event_id", UUID, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("persons", ARRAY(UUID), nullable=False, server_default="{}"),
    Column("needs", Text),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("since", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("next_at", DateTime(timezone=True)),
    Index("waiting_due", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    Index("waiting_needs", "needs"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("caller", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("status", SmallInteger),
    Column("media_type", Text),
    Column("body", LargeBinary),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_now),
)

progress = Table(
    "consumer_progress",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("stream_created", DateTime(timezone=True), nullable=False),
    Column("caught_up_to", BigInteger, nullable=False),
)
