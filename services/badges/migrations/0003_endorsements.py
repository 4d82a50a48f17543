"""endorsements, additions to achievements, evidence and expiry of an award."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("award", sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("award", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "achievement_additions",
        sa.Column("achievement", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("added", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["achievement"], ["achievement.id"]),
        sa.PrimaryKeyConstraint("achievement"),
    )
    _endorsement()


def _endorsement() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "endorsement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endorser", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", moment, nullable=False),
        sa.Column("moved_by", sa.String(), nullable=True),
        sa.Column("moved_at", moment, nullable=True),
        sa.Column("capability", sa.String(), nullable=False),
        sa.Column("due_at", moment, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("signed_at", moment, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("list_number", sa.Integer(), nullable=True),
        sa.Column("list_index", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["endorser"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["organisation"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("capability"),
    )
    op.create_index("ix_endorsement_endorser", "endorsement", ["endorser"])
    op.create_index("ix_endorsement_organisation", "endorsement", ["organisation"])
    op.create_index(
        "endorsement_due", "endorsement", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index(
        "endorsement_standing",
        "endorsement",
        ["kind", "target", "version", "endorser"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'accepted')"),
    )


def downgrade() -> None:
    op.drop_table("endorsement")
    op.drop_table("achievement_additions")
    op.drop_column("award", "expires_at")
    op.drop_column("award", "evidence")
