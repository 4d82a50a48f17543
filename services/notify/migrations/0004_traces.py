"""Which trace a letter goes on; finding the letters that went wrong."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TROUBLED = sa.text("state IN ('failed', 'bounced', 'complained', 'unknown')")


def upgrade() -> None:
    op.add_column("letter", sa.Column("traceparent", sa.String(), nullable=True))
    op.create_index("letter_troubled", "letter", ["state"], postgresql_where=_TROUBLED)


def downgrade() -> None:
    op.drop_index("letter_troubled", "letter")
    op.drop_column("letter", "traceparent")
