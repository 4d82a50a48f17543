"""awards of many thousand lines: their state, and the lines until they are done with."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_WRITTEN = ("detail", "address", "name", "language", "date", "expiry", "evidence_url", "evidence", "note")


def upgrade() -> None:
    op.add_column("award_job", sa.Column("state", sa.String(), server_default="done", nullable=False))
    op.alter_column("award_job", "state", server_default=None)
    for name in ("turn_at", "finished_at"):
        op.add_column("award_job", sa.Column(name, _MOMENT, nullable=True))
    op.create_index(
        "award_job_running", "award_job", ["organisation"], postgresql_where=sa.text("state = 'running'")
    )
    for name in _WRITTEN:
        op.add_column("award_job_line", sa.Column(name, sa.String(), nullable=True))
    op.add_column("award_job_line", sa.Column("done_at", _MOMENT, nullable=True))
    op.add_column("award_job_line", sa.Column("recipient", sa.Uuid(), nullable=True))
    op.create_index(
        "award_job_line_waiting",
        "award_job_line",
        ["job", "line"],
        postgresql_where=sa.text("outcome = 'waiting'"),
    )
    op.create_index(
        "award_job_line_recipient",
        "award_job_line",
        ["recipient"],
        postgresql_where=sa.text("recipient IS NOT NULL"),
    )
    op.drop_index("award_due", "award")
    op.create_index(
        "award_due", "award", ["organisation", "due_at"], postgresql_where=sa.text("due_at IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("award_due", "award")
    op.create_index("award_due", "award", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))
    op.drop_index("award_job_line_recipient", "award_job_line")
    op.drop_index("award_job_line_waiting", "award_job_line")
    for name in ("recipient", "done_at", *_WRITTEN):
        op.drop_column("award_job_line", name)
    op.drop_index("award_job_running", "award_job")
    for name in ("finished_at", "turn_at", "state"):
        op.drop_column("award_job", name)
