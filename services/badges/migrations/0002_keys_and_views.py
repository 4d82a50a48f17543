"""keys of several kinds and their history, re-issue, tokens, Open Badges 2.0 views."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# What was issued before says itself which key signed it and when; its 2.0 view gets 128 random bits.
_BACKFILL = """
    UPDATE credential SET
        signed_by = split_part(document->'proof'->>'verificationMethod', '#', 2),
        signed_at = (document->>'validFrom')::timestamptz,
        assertion = translate(rtrim(encode(substring(
            sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea) for 16), 'base64'), '='),
            '+/', '-_')
    FROM (SELECT award AS id, convert_from(body, 'UTF8')::jsonb AS document FROM credential) AS read
    WHERE read.id = award
"""


def upgrade() -> None:
    op.alter_column("organisation_key", "public_multibase", new_column_name="name")
    op.add_column("organisation_key", sa.Column("kind", sa.String(), nullable=True))
    op.execute("UPDATE organisation_key SET kind = 'Ed25519'")
    op.alter_column("organisation_key", "kind", nullable=False)
    op.add_column("organisation_key", sa.Column("jwk", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.drop_index("organisation_key_current", table_name="organisation_key")
    op.create_index(
        "organisation_key_current",
        "organisation_key",
        ["organisation", "kind"],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.create_table(
        "key_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("did_document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_key_event_organisation", "key_event", ["organisation"], unique=False)
    _credentials()
    op.create_table(
        "credential_token",
        sa.Column("award", sa.Uuid(), nullable=False),
        sa.Column("algorithm", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("etag_of", sa.String(), nullable=False),
        sa.Column("signed_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["award"], ["credential.award"]),
        sa.ForeignKeyConstraint(["signed_by"], ["organisation_key.name"]),
        sa.PrimaryKeyConstraint("award", "algorithm"),
    )
    op.create_index("ix_credential_token_signed_by", "credential_token", ["signed_by"], unique=False)


def _credentials() -> None:
    op.add_column("credential", sa.Column("signed_by", sa.String(), nullable=True))
    op.add_column("credential", sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("credential", sa.Column("reissue_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("credential", sa.Column("assertion", sa.String(), nullable=True))
    op.add_column("credential", sa.Column("hosted", sa.Boolean(), nullable=True))
    op.execute(_BACKFILL)
    for column in ("signed_by", "signed_at", "assertion"):
        op.alter_column("credential", column, nullable=False)
    op.create_foreign_key(
        "credential_signed_by_fkey", "credential", "organisation_key", ["signed_by"], ["name"]
    )
    op.create_unique_constraint("credential_assertion_key", "credential", ["assertion"])
    op.create_index("ix_credential_signed_by", "credential", ["signed_by"], unique=False)
    op.create_index(
        "credential_reissue",
        "credential",
        ["reissue_at"],
        unique=False,
        postgresql_where=sa.text("reissue_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("credential_token")
    op.drop_index("credential_reissue", table_name="credential")
    op.drop_index("ix_credential_signed_by", table_name="credential")
    for column in ("signed_by", "signed_at", "reissue_at", "assertion", "hosted"):
        op.drop_column("credential", column)
    op.drop_table("key_event")
    op.drop_index("organisation_key_current", table_name="organisation_key")
    op.execute("DELETE FROM organisation_key WHERE kind <> 'Ed25519'")
    op.create_index(
        "organisation_key_current",
        "organisation_key",
        ["organisation"],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.drop_column("organisation_key", "jwk")
    op.drop_column("organisation_key", "kind")
    op.alter_column("organisation_key", "name", new_column_name="public_multibase")
