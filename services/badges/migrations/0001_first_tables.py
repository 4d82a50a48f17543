"""organisations, achievements, awards, credentials."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "picture",
        sa.Column("look", sa.String(), nullable=False),
        sa.Column("shown", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("png", sa.LargeBinary(), nullable=True),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("look"),
    )
    op.create_index(
        "picture_due", "picture", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_table(
        "recipient",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("said_by", sa.String(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "achievement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("source_kind", sa.String(), nullable=False),
        sa.Column("source", sa.Uuid(), nullable=False),
        sa.Column("current", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_achievement_organisation", "achievement", ["organisation"], unique=False)
    op.create_index("ix_achievement_source", "achievement", ["source"], unique=False)
    op.create_table(
        "organisation_key",
        sa.Column("public_multibase", sa.String(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("did", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("compromised_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("public_multibase"),
    )
    op.create_index("organisation_key_all", "organisation_key", ["organisation", "created_at"], unique=False)
    op.create_index(
        "organisation_key_current",
        "organisation_key",
        ["organisation"],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.create_table(
        "status_list",
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("taken", sa.LargeBinary(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation", "number"),
    )
    op.create_index(
        "status_list_stale", "status_list", ["organisation"], unique=False, postgresql_where=sa.text("stale")
    )
    op.create_table(
        "achievement_version",
        sa.Column("achievement", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("shown", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("look", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["achievement"],
            ["achievement.id"],
        ),
        sa.ForeignKeyConstraint(
            ["look"],
            ["picture.look"],
        ),
        sa.PrimaryKeyConstraint("achievement", "version"),
    )
    op.create_index("ix_achievement_version_look", "achievement_version", ["look"], unique=False)
    op.create_table(
        "award_job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("achievement", sa.Uuid(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["achievement"],
            ["achievement.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "award",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("achievement", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("recipient", sa.Uuid(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("awarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("awarded_by", sa.String(), nullable=True),
        sa.Column("session", sa.Date(), nullable=True),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("forgotten", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["achievement", "version"],
            ["achievement_version.achievement", "achievement_version.version"],
        ),
        sa.ForeignKeyConstraint(
            ["achievement"],
            ["achievement.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("achievement", "recipient", "occasion"),
    )
    op.create_index(
        "award_due", "award", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index("award_organisation", "award", ["organisation", "id"], unique=False)
    op.create_index("award_recipient", "award", ["recipient", "id"], unique=False)
    op.create_table(
        "award_job_line",
        sa.Column("job", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("award", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["job"],
            ["award_job.id"],
        ),
        sa.PrimaryKeyConstraint("job", "line"),
    )
    op.create_table(
        "credential",
        sa.Column("award", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("capability", sa.String(), nullable=False),
        sa.Column("claim", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("list_number", sa.Integer(), nullable=False),
        sa.Column("list_index", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["award"],
            ["award.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation", "list_number"],
            ["status_list.organisation", "status_list.number"],
        ),
        sa.PrimaryKeyConstraint("award"),
        sa.UniqueConstraint("capability"),
        sa.UniqueConstraint("claim"),
        sa.UniqueConstraint("organisation", "list_number", "list_index"),
    )


def downgrade() -> None:
    op.drop_table("credential")
    op.drop_table("award_job_line")
    op.drop_index("award_recipient", table_name="award")
    op.drop_index("award_organisation", table_name="award")
    op.drop_index("award_due", table_name="award", postgresql_where=sa.text("due_at IS NOT NULL"))
    op.drop_table("award")
    op.drop_table("award_job")
    op.drop_index("ix_achievement_version_look", table_name="achievement_version")
    op.drop_table("achievement_version")
    op.drop_index("status_list_stale", table_name="status_list", postgresql_where=sa.text("stale"))
    op.drop_table("status_list")
    op.drop_index(
        "organisation_key_current",
        table_name="organisation_key",
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.drop_index("organisation_key_all", table_name="organisation_key")
    op.drop_table("organisation_key")
    op.drop_index("ix_achievement_source", table_name="achievement")
    op.drop_index("ix_achievement_organisation", table_name="achievement")
    op.drop_table("achievement")
    op.drop_table("recipient")
    op.drop_index("picture_due", table_name="picture", postgresql_where=sa.text("due_at IS NOT NULL"))
    op.drop_table("picture")
    op.drop_table("organisation")
