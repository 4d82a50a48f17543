"""Room in each page of enrolments, so that noting a step writes no index."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE enrolment SET (fillfactor = 50)")


def downgrade() -> None:
    op.execute("ALTER TABLE enrolment RESET (fillfactor)")
