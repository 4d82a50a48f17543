"""Which trace working out somebody's enrolments goes on."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("due", sa.Column("traceparent", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("due", "traceparent")
