"""The journal's rows are written once: numbers, and how far events have left, stand beside them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unnumbered", sa.Column("id", sa.BigInteger(), nullable=False), sa.PrimaryKeyConstraint("id")
    )
    op.create_table(
        "numbered",
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sequence"),
    )
    op.create_table("relayed", sa.Column("upto", sa.BigInteger(), nullable=False))
    op.execute("INSERT INTO numbered SELECT sequence, id FROM journal WHERE sequence IS NOT NULL")
    op.execute("INSERT INTO unnumbered SELECT id FROM journal WHERE sequence IS NULL")
    op.execute(
        "INSERT INTO relayed SELECT coalesce(min(sequence) FILTER (WHERE sent_at IS NULL) - 1,"
        " max(sequence), 0) FROM journal"
    )
    # A body had its number inside from the moment it was numbered; now the relay puts it there.
    op.execute("UPDATE journal SET body = '{' || substr(body, 36) WHERE body LIKE '{\"sequence\":\"%'")
    op.drop_index("journal_unsent", table_name="journal")
    op.drop_index("journal_unnumbered", table_name="journal")
    op.drop_constraint("journal_event_id_key", "journal")
    op.drop_column("journal", "sequence")
    op.drop_column("journal", "sent_at")
    # Whoever still runs the version before must fail to write here: it would not note what is to leave.
    op.alter_column("journal", "persons", new_column_name="about")
    op.execute("ALTER INDEX journal_persons RENAME TO journal_about")
    op.execute("""
        CREATE VIEW unsent AS SELECT id FROM unnumbered
            UNION ALL SELECT id FROM numbered WHERE sequence > (SELECT upto FROM relayed)
    """)


def downgrade() -> None:
    op.execute("DROP VIEW unsent")
    op.execute("ALTER INDEX journal_about RENAME TO journal_persons")
    op.alter_column("journal", "about", new_column_name="persons")
    op.add_column("journal", sa.Column("sequence", sa.BigInteger(), nullable=True, unique=True))
    op.add_column("journal", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("""
        UPDATE journal SET sequence = n.sequence, sent_at = CASE WHEN n.sequence <= upto THEN created_at END,
            body = '{"sequence":"' || lpad(n.sequence::text, 20, '0') || '",' || substr(body, 2)
        FROM numbered n, relayed WHERE n.id = journal.id
    """)
    op.create_unique_constraint("journal_event_id_key", "journal", ["event_id"])
    op.create_index("journal_unnumbered", "journal", ["id"], postgresql_where=sa.text("sequence IS NULL"))
    op.create_index("journal_unsent", "journal", ["sequence"], postgresql_where=sa.text("sent_at IS NULL"))
    op.drop_table("relayed")
    op.drop_table("numbered")
    op.drop_table("unnumbered")
