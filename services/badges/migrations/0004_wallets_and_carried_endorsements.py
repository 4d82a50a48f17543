"""wallets of learners, endorsements that badges carry, and which keys signed endorsements."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "credential", sa.Column("for_holder", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.alter_column("credential", "for_holder", server_default=None)
    _endorsements()
    op.create_table(
        "wallet",
        sa.Column("recipient", sa.Uuid(), nullable=False),
        sa.Column("learner", sa.Uuid(), nullable=False),
        sa.Column("did", sa.String(), nullable=False),
        sa.Column("proven_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("recipient"),
    )
    op.create_index("ix_wallet_learner", "wallet", ["learner"])
    op.create_table(
        "wallet_challenge",
        sa.Column("learner", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("learner"),
    )


def _endorsements() -> None:
    for name in ("signed_by", "token", "token_signed_by"):
        op.add_column("endorsement", sa.Column(name, sa.String(), nullable=True))
    for name in ("signed_by", "token_signed_by"):
        op.create_foreign_key(None, "endorsement", "organisation_key", [name], ["name"])
        op.create_index(f"ix_endorsement_{name}", "endorsement", [name])
    # Those signed before are signed once more, as only now badges carry them and their keys are noted.
    op.execute("UPDATE endorsement SET due_at = now() WHERE state = 'accepted' AND body IS NOT NULL")
    op.create_table(
        "carried_endorsement",
        sa.Column("award", sa.Uuid(), nullable=False),
        sa.Column("endorsement", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["award"], ["credential.award"]),
        sa.ForeignKeyConstraint(["endorsement"], ["endorsement.id"]),
        sa.PrimaryKeyConstraint("award", "endorsement"),
    )
    op.create_index("ix_carried_endorsement_endorsement", "carried_endorsement", ["endorsement"])


def downgrade() -> None:
    for table in ("wallet_challenge", "wallet", "carried_endorsement"):
        op.drop_table(table)
    for name in ("token_signed_by", "token", "signed_by"):
        op.drop_column("endorsement", name)
    op.drop_column("credential", "for_holder")
