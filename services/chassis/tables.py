"""The chassis' own tables, which every service's database has beside its own."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

metadata = sa.MetaData()
_now = sa.func.now()

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("event_id", UUID, nullable=False),
    sa.Column("plane", sa.String(3), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("about", ARRAY(UUID), nullable=False, server_default="{}"),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=_now),
    sa.Index("journal_about", "about", postgresql_using="gin"),
)

# The journal's rows are long and indexed, so their numbers stand beside them: a row is written once.
unnumbered = sa.Table(
    "unnumbered", metadata, sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False)
)
numbered = sa.Table(
    "numbered",
    metadata,
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.BigInteger, nullable=False),
)
relayed = sa.Table("relayed", metadata, sa.Column("upto", sa.BigInteger, nullable=False))  # one row

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("event_id", UUID, primary_key=True),
    sa.Column("refused", sa.Text),
    sa.Column("handled_at", sa.DateTime(timezone=True), nullable=False, server_default=_now),
)

waiting = sa.Table(
    "waiting",
    metadata,
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("event_id", UUID, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("persons", ARRAY(UUID), nullable=False, server_default="{}"),
    sa.Column("needs", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("since", sa.DateTime(timezone=True), nullable=False, server_default=_now),
    sa.Column("next_at", sa.DateTime(timezone=True)),
    sa.Index("waiting_due", "next_at", postgresql_where=sa.text("next_at IS NOT NULL")),
    sa.Index("waiting_needs", "needs"),
)

idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("caller", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("status", sa.SmallInteger),
    sa.Column("media_type", sa.Text),
    sa.Column("body", sa.LargeBinary),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=_now),
)

progress = sa.Table(
    "consumer_progress",
    metadata,
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("stream_created", sa.DateTime(timezone=True), nullable=False),
    sa.Column("caught_up_to", sa.BigInteger, nullable=False),
)
