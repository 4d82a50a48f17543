"""Pathways, enrolments and the facts that progress is worked out from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('achievement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('picture', sa.String(), nullable=False),
    sa.Column('source_kind', sa.String(), nullable=False),
    sa.Column('source_id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('address',
    sa.Column('learner', sa.Uuid(), nullable=False),
    sa.Column('recipient', sa.Uuid(), nullable=False),
    sa.Column('held', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('learner', 'recipient')
    )
    op.create_index(op.f('ix_address_recipient'), 'address', ['recipient'], unique=False)
    op.create_table('badge',
    sa.Column('award', sa.Uuid(), nullable=False),
    sa.Column('achievement', sa.Uuid(), nullable=True),
    sa.Column('recipient', sa.Uuid(), nullable=True),
    sa.Column('awarded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('award')
    )
    op.create_index(op.f('ix_badge_recipient'), 'badge', ['recipient'], unique=False)
    op.create_table('due',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('person', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('forgotten',
    sa.Column('recipient', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('recipient')
    )
    op.create_table('organisation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=True),
    sa.Column('named_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('verified', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('pathway',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation', sa.Uuid(), nullable=False),
    sa.Column('draft', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('drafted_by', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_pathway_organisation'), 'pathway', ['organisation'], unique=False)
    op.create_table('pathway_version',
    sa.Column('pathway', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('plan', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_by', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['pathway'], ['pathway.id'], ),
    sa.PrimaryKeyConstraint('pathway', 'version')
    )
    op.create_table('enrolment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('pathway', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('learner', sa.Uuid(), nullable=True),
    sa.Column('recipient', sa.Uuid(), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('told', sa.ARRAY(sa.Uuid()), server_default='{}', nullable=False),
    sa.ForeignKeyConstraint(['pathway', 'version'], ['pathway_version.pathway', 'pathway_version.version'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('enrolment_once', 'enrolment', ['pathway', 'learner'], unique=True, postgresql_where=sa.text('stopped_at IS NULL AND learner IS NOT NULL'))
    op.create_index(op.f('ix_enrolment_learner'), 'enrolment', ['learner'], unique=False)
    op.create_index(op.f('ix_enrolment_recipient'), 'enrolment', ['recipient'], unique=False)


def downgrade() -> None:
    for table in ('enrolment', 'pathway_version', 'pathway', 'organisation', 'forgotten', 'due', 'badge', 'address', 'achievement'):
        op.drop_table(table)
