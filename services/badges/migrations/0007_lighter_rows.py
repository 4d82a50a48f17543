"""a row of an award or credential costs less: bodies compressed by LZ4, one index and four checks less."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_CHECKS = (
    ("award", ["organisation"], "organisation", ["id"]),
    ("award", ["achievement"], "achievement", ["id"]),
    ("credential", ["signed_by"], "organisation_key", ["name"]),
    ("credential", ["organisation", "list_number"], "status_list", ["organisation", "number"]),
)
_COMPRESSED = (("credential", "body"), ("status_list", "taken"), ("status_list", "bits"))
_KNOWS_LZ4 = sa.text(
    "SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
)


def upgrade() -> None:
    op.create_unique_constraint(
        "award_recipient_achievement_occasion_key", "award", ["recipient", "achievement", "occasion"]
    )
    op.drop_constraint("award_achievement_recipient_occasion_key", "award")
    op.drop_index("award_recipient", "award")
    for table, columns, _, _ in _CHECKS:
        op.drop_constraint(_name(table, columns), table)
    if op.get_bind().scalar(_KNOWS_LZ4):  # a PostgreSQL may have been built without
        for table, column in _COMPRESSED:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET COMPRESSION lz4")


def downgrade() -> None:
    for table, column in _COMPRESSED:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET COMPRESSION default")
    for table, columns, other, others in _CHECKS:
        op.create_foreign_key(_name(table, columns), table, other, columns, others)
    op.create_index("award_recipient", "award", ["recipient", "id"])
    op.create_unique_constraint(
        "award_achievement_recipient_occasion_key", "award", ["achievement", "recipient", "occasion"]
    )
    op.drop_constraint("award_recipient_achievement_occasion_key", "award")


def _name(table: str, columns: list[str]) -> str:
    return "_".join((table, *columns, "fkey"))
