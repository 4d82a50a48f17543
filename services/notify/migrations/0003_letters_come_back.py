"""What comes back about letters, what readers want, corrected addresses, digests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('letter', sa.Column('figures', postgresql.ARRAY(sa.Integer()), server_default='{}', nullable=False))
    op.add_column('letter', sa.Column('message', sa.Uuid(), nullable=True))
    op.create_index(op.f('ix_letter_message'), 'letter', ['message'], unique=False)
    op.create_table('feedback',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('letter', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_feedback_letter'), 'feedback', ['letter'], unique=False)
    op.create_table('suppressed',
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('recipient', sa.Uuid(), nullable=True),
    sa.Column('why', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('address')
    )
    op.create_index(op.f('ix_suppressed_recipient'), 'suppressed', ['recipient'], unique=False)
    op.create_table('preference',
    sa.Column('reader', sa.Uuid(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('value', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('reader', 'what')
    )
    op.create_table('correction',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('letter', sa.Uuid(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_correction_letter'), 'correction', ['letter'], unique=False)
    op.create_table('digest',
    sa.Column('organisation', sa.Uuid(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('organisation')
    )


def downgrade() -> None:
    for table in ('digest', 'correction', 'preference', 'suppressed', 'feedback'):
        op.drop_table(table)
    op.drop_index(op.f('ix_letter_message'), table_name='letter')
    op.drop_column('letter', 'message')
    op.drop_column('letter', 'figures')
