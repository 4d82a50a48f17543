"""Integrations, the feed of public events, and what goes out to subscriptions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('attempt',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('delivery', sa.Uuid(), nullable=False),
    sa.Column('subscription', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('milliseconds', sa.Integer(), nullable=False),
    sa.Column('request', sa.String(), nullable=False),
    sa.Column('response', sa.String(), nullable=True),
    sa.Column('error', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('attempt_of_delivery', 'attempt', ['delivery', 'number'], unique=False)
    op.create_index('attempt_at', 'attempt', ['at'], unique=False)
    op.create_table('client',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation', sa.Uuid(), nullable=True),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('scopes', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('revoked', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('delivery',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('subscription', sa.Uuid(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=True),
    sa.Column('event', sa.Uuid(), nullable=False),
    sa.Column('type', sa.String(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('attempts_before', sa.Integer(), nullable=False),
    sa.Column('due', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_by', sa.String(), nullable=True),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('subscription', 'position')
    )
    op.create_index('delivery_due', 'delivery', ['subscription', 'due'], unique=False, postgresql_where=sa.text("state = 'due'"))
    op.create_index('delivery_next', 'delivery', ['subscription', 'position'], unique=False, postgresql_where=sa.text("state = 'due'"))
    op.create_index('delivery_of_subscription', 'delivery', ['subscription', 'id'], unique=False)
    op.create_index('delivery_held', 'delivery', ['subscription'], unique=False, postgresql_where=sa.text("state = 'sending'"))
    op.create_index('delivery_settled', 'delivery', ['changed_at'], unique=False, postgresql_where=sa.text("state IN ('delivered', 'failed')"))
    op.create_table('feed',
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('event', sa.Uuid(), nullable=False),
    sa.Column('type', sa.String(), nullable=False),
    sa.Column('organisation', sa.Uuid(), nullable=True),
    sa.Column('achievement', sa.Uuid(), nullable=True),
    sa.Column('pathway', sa.Uuid(), nullable=True),
    sa.Column('skills', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('time', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('position'),
    sa.UniqueConstraint('event')
    )
    op.create_index('feed_of_organisation', 'feed', ['organisation', 'position'], unique=False)
    op.create_index('feed_of_type', 'feed', ['type', 'position'], unique=False)
    op.create_table('feed_cursor',
    sa.Column('consumer', sa.String(), nullable=False),
    sa.Column('stream_created', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sequence', sa.BigInteger(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('consumer')
    )
    op.create_table('feed_achievement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('skills', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('integration',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('contact', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=True),
    sa.Column('organisation', sa.Uuid(), nullable=True),
    sa.Column('client', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('integration_of_client', 'integration', ['client'], unique=True, postgresql_where=sa.text("state <> 'removed'"))
    op.create_index('integration_of_organisation', 'integration', ['organisation', 'id'], unique=False)
    op.create_table('integration_log',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('integration', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('about', sa.Uuid(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('log_of_integration', 'integration_log', ['integration', 'id'], unique=False)
    op.create_table('nats_key',
    sa.Column('public', sa.String(), nullable=False),
    sa.Column('integration', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('public')
    )
    op.create_index(op.f('ix_nats_key_integration'), 'nats_key', ['integration'], unique=False)
    op.create_table('reader',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('integration', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('types', sa.String(), nullable=False),
    sa.Column('durable', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('durable'),
    sa.UniqueConstraint('integration', 'name')
    )
    op.create_table('replay',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('subscription', sa.Uuid(), nullable=False),
    sa.Column('failed', sa.Boolean(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cursor', sa.BigInteger(), nullable=False),
    sa.Column('upto', sa.BigInteger(), nullable=False),
    sa.Column('queued', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('replay_of_subscription', 'replay', ['subscription', 'id'], unique=False)
    op.create_index('replay_running', 'replay', ['id'], unique=False, postgresql_where=sa.text("state = 'running'"))
    op.create_table('subscription',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('integration', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('types', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('organisations', postgresql.ARRAY(sa.UUID()), server_default='{}', nullable=False),
    sa.Column('achievements', postgresql.ARRAY(sa.UUID()), server_default='{}', nullable=False),
    sa.Column('pathways', postgresql.ARRAY(sa.UUID()), server_default='{}', nullable=False),
    sa.Column('skills', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('ordered', sa.Boolean(), nullable=False),
    sa.Column('signature', sa.String(), nullable=False),
    sa.Column('secret_version', sa.Integer(), nullable=False),
    sa.Column('old_secret_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('failing_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('held_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('subscription_of_integration', 'subscription', ['integration', 'id'], unique=False)


def downgrade() -> None:
    op.drop_index('subscription_of_integration', table_name='subscription')
    op.drop_table('subscription')
    op.drop_index('replay_running', table_name='replay', postgresql_where=sa.text("state = 'running'"))
    op.drop_index('replay_of_subscription', table_name='replay')
    op.drop_table('replay')
    op.drop_table('reader')
    op.drop_index(op.f('ix_nats_key_integration'), table_name='nats_key')
    op.drop_table('nats_key')
    op.drop_index('log_of_integration', table_name='integration_log')
    op.drop_table('integration_log')
    op.drop_index('integration_of_organisation', table_name='integration')
    op.drop_index('integration_of_client', table_name='integration', postgresql_where=sa.text("state <> 'removed'"))
    op.drop_table('integration')
    op.drop_table('feed_achievement')
    op.drop_table('feed_cursor')
    op.drop_index('feed_of_type', table_name='feed')
    op.drop_index('feed_of_organisation', table_name='feed')
    op.drop_table('feed')
    op.drop_index('delivery_settled', table_name='delivery', postgresql_where=sa.text("state IN ('delivered', 'failed')"))
    op.drop_index('delivery_held', table_name='delivery', postgresql_where=sa.text("state = 'sending'"))
    op.drop_index('delivery_of_subscription', table_name='delivery')
    op.drop_index('delivery_next', table_name='delivery', postgresql_where=sa.text("state = 'due'"))
    op.drop_index('delivery_due', table_name='delivery', postgresql_where=sa.text("state = 'due'"))
    op.drop_table('delivery')
    op.drop_table('client')
    op.drop_index('attempt_at', table_name='attempt')
    op.drop_index('attempt_of_delivery', table_name='attempt')
    op.drop_table('attempt')
