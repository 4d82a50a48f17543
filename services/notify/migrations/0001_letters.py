"""Letters, who sends them, and what they are made from."""

import sqlalchemy as sa
from alembic import op


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('achievement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('picture', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', 'version')
    )
    op.create_table('forgotten',
    sa.Column('recipient', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('recipient')
    )
    op.create_table('letter',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('cause', sa.Uuid(), nullable=False),
    sa.Column('caused_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recipient', sa.Uuid(), nullable=True),
    sa.Column('organisation', sa.Uuid(), nullable=True),
    sa.Column('thing', sa.Uuid(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=True),
    sa.Column('link', sa.String(), nullable=True),
    sa.Column('code', sa.String(), nullable=True),
    sa.Column('address', sa.String(), nullable=True),
    sa.Column('language', sa.String(), nullable=True),
    sa.Column('expires', sa.DateTime(timezone=True), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('attempts_before', sa.Integer(), nullable=False),
    sa.Column('due', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_by', sa.String(), nullable=True),
    sa.Column('run', sa.Uuid(), nullable=True),
    sa.Column('claim', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('kind', 'cause')
    )
    op.create_index(op.f('ix_letter_recipient'), 'letter', ['recipient'], unique=False)
    op.create_index('letter_due', 'letter', ['priority', 'due'], unique=False, postgresql_where=sa.text("state = 'queued'"))
    op.create_index('letter_of_organisation', 'letter', ['organisation', 'id'], unique=False)
    op.create_index('letter_sending', 'letter', ['claimed_by'], unique=False, postgresql_where=sa.text("state = 'sending'"))
    op.create_table('organisation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('pathway',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', 'version')
    )
    op.create_table('resend',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('letter', sa.Uuid(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('was', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_resend_letter'), 'resend', ['letter'], unique=False)
    op.create_table('revoked',
    sa.Column('award', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('award')
    )
    op.create_table('said',
    sa.Column('recipient', sa.Uuid(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('value', sa.String(), nullable=False),
    sa.Column('by_person', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('recipient', 'what')
    )
    op.create_table('sender',
    sa.Column('instance', sa.String(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('instance')
    )


def downgrade() -> None:
    for table in ('sender', 'said', 'revoked', 'resend', 'pathway', 'organisation', 'letter', 'forgotten', 'achievement'):
        op.drop_table(table)
