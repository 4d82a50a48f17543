"""which trace an award and a bulk award go on; finding the bulk awards that are not finished."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_UNFINISHED = sa.text("state IN ('running', 'paused')")


def upgrade() -> None:
    for table in ("award", "award_job"):
        op.add_column(table, sa.Column("traceparent", sa.String(), nullable=True))
    op.create_index("award_job_unfinished", "award_job", ["made_at"], postgresql_where=_UNFINISHED)


def downgrade() -> None:
    op.drop_index("award_job_unfinished", "award_job")
    for table in ("award_job", "award"):
        op.drop_column(table, "traceparent")
