"""Organisations, people, activities, who took part, skills, clients."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


# The snowball stemmers of PostgreSQL 15, by language. Each gets a configuration that folds accents first, so
# that words are found however they are typed; languages without a stemmer share words_simple.
STEMMERS = {
    'ar': 'arabic', 'ca': 'catalan', 'da': 'danish', 'de': 'german', 'el': 'greek', 'en': 'english',
    'es': 'spanish', 'eu': 'basque', 'fi': 'finnish', 'fr': 'french', 'ga': 'irish', 'hi': 'hindi',
    'hu': 'hungarian', 'hy': 'armenian', 'id': 'indonesian', 'it': 'italian', 'lt': 'lithuanian',
    'ne': 'nepali', 'nl': 'dutch', 'no': 'norwegian', 'pt': 'portuguese', 'ro': 'romanian', 'ru': 'russian',
    'sr': 'serbian', 'sv': 'swedish', 'ta': 'tamil', 'tr': 'turkish', 'yi': 'yiddish', 'simple': 'simple',
}


def upgrade() -> None:
    for language, stemmer in STEMMERS.items():
        dictionary = stemmer if stemmer == 'simple' else f'{stemmer}_stem'
        op.execute(f'CREATE TEXT SEARCH CONFIGURATION words_{language} (COPY = pg_catalog.{stemmer})')
        op.execute(
            f'ALTER TEXT SEARCH CONFIGURATION words_{language}'
            f' ALTER MAPPING FOR hword, hword_part, word WITH unaccent, pg_catalog.{dictionary}'
        )
    op.create_table('achievement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('activity', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('picture', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_achievement_activity'), 'achievement', ['activity'], unique=False)
    op.create_table('learner',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('language', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('organisation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('website', sa.Text(), nullable=True),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_organisation_state'), 'organisation', ['state'], unique=False)
    op.create_table('skill',
    sa.Column('uri', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('reuse_level', sa.Text(), nullable=True),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('broader', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('uri')
    )
    op.create_table('activity',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('mode', sa.Text(), nullable=False),
    sa.Column('layer', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('languages', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('interests', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('skills', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('place', sa.Text(), nullable=True),
    sa.Column('latitude', sa.Float(), nullable=True),
    sa.Column('longitude', sa.Float(), nullable=True),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('access', sa.Text(), nullable=True),
    sa.Column('starts', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ends', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sessions', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('time_zone', sa.Text(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=True),
    sa.Column('age_from', sa.Integer(), nullable=True),
    sa.Column('age_to', sa.Integer(), nullable=True),
    sa.Column('cost_cents', sa.Integer(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('booking_url', sa.Text(), nullable=True),
    sa.Column('join_url', sa.Text(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.Text(), nullable=False),
    sa.Column('search', postgresql.TSVECTOR(), nullable=True),
    sa.CheckConstraint('ends >= starts'),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('activity_search', 'activity', ['search'], unique=False, postgresql_using='gin')
    op.create_index('activity_skills', 'activity', ['skills'], unique=False, postgresql_using='gin')
    op.create_index('activity_when', 'activity', ['state', 'starts'], unique=False)
    op.create_index('activity_where', 'activity', ['latitude', 'longitude'], unique=False)
    op.create_index(op.f('ix_activity_organisation'), 'activity', ['organisation'], unique=False)
    op.create_table('client',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation', sa.Uuid(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('scopes', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('secret_hash', sa.LargeBinary(), nullable=False),
    sa.Column('previous_hash', sa.LargeBinary(), nullable=True),
    sa.Column('previous_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_client_organisation'), 'client', ['organisation'], unique=False)
    op.create_table('recipient',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('name_by_person', sa.Boolean(), nullable=True),
    sa.Column('name_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('language', sa.Text(), nullable=True),
    sa.Column('language_by_person', sa.Boolean(), nullable=True),
    sa.Column('language_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('learner', sa.Uuid(), nullable=True),
    sa.Column('proven_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('forgotten_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['learner'], ['learner.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_recipient_learner'), 'recipient', ['learner'], unique=False)
    op.create_table('session',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('learner', sa.Uuid(), nullable=False),
    sa.Column('secret_hash', sa.LargeBinary(), nullable=False),
    sa.Column('device', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['learner'], ['learner.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('secret_hash')
    )
    op.create_index(op.f('ix_session_learner'), 'session', ['learner'], unique=False)
    op.create_table('sign_in',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('recipient', sa.Uuid(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=True),
    sa.Column('learner', sa.Uuid(), nullable=True),
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('code_hash', sa.LargeBinary(), nullable=False),
    sa.Column('client_hash', sa.LargeBinary(), nullable=False),
    sa.Column('wrong_tries', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['learner'], ['learner.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token_hash')
    )
    op.create_index(op.f('ix_sign_in_expires_at'), 'sign_in', ['expires_at'], unique=False)
    op.create_index(op.f('ix_sign_in_learner'), 'sign_in', ['learner'], unique=False)
    op.create_index(op.f('ix_sign_in_recipient'), 'sign_in', ['recipient'], unique=False)
    op.create_table('skill_label',
    sa.Column('uri', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('unofficial', sa.Boolean(), nullable=False),
    sa.Column('alternatives', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('description', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['uri'], ['skill.uri'], ),
    sa.PrimaryKeyConstraint('uri', 'language')
    )
    op.create_table('skill_term',
    sa.Column('uri', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('term', sa.Text(), nullable=False),
    sa.Column('preferred', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['uri'], ['skill.uri'], ),
    sa.PrimaryKeyConstraint('uri', 'language', 'term')
    )
    op.create_index('skill_term_prefix', 'skill_term', ['language', 'term'], unique=False, postgresql_ops={'term': 'text_pattern_ops'})
    op.create_index('skill_term_trigrams', 'skill_term', ['term'], unique=False, postgresql_using='gin', postgresql_ops={'term': 'gin_trgm_ops'})
    op.create_table('completion',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('activity', sa.Uuid(), nullable=False),
    sa.Column('recipient', sa.Uuid(), nullable=False),
    sa.Column('session', sa.Date(), nullable=True),
    sa.Column('completed_on', sa.Date(), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_by', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['activity'], ['activity.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('activity', 'recipient', 'session', postgresql_nulls_not_distinct=True)
    )
    op.create_index(op.f('ix_completion_recipient'), 'completion', ['recipient'], unique=False)
    op.create_table('member',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation', sa.Uuid(), nullable=False),
    sa.Column('recipient', sa.Uuid(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('added_by', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.ForeignKeyConstraint(['recipient'], ['recipient.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('organisation', 'recipient', 'role')
    )
    op.create_index(op.f('ix_member_recipient'), 'member', ['recipient'], unique=False)
    op.create_table('participation',
    sa.Column('activity', sa.Uuid(), nullable=False),
    sa.Column('recipient', sa.Uuid(), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['activity'], ['activity.id'], ),
    sa.PrimaryKeyConstraint('activity', 'recipient')
    )
    op.create_index(op.f('ix_participation_recipient'), 'participation', ['recipient'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_participation_recipient'), table_name='participation')
    op.drop_table('participation')
    op.drop_index(op.f('ix_member_recipient'), table_name='member')
    op.drop_table('member')
    op.drop_index(op.f('ix_completion_recipient'), table_name='completion')
    op.drop_table('completion')
    op.drop_index('skill_term_trigrams', table_name='skill_term', postgresql_using='gin', postgresql_ops={'term': 'gin_trgm_ops'})
    op.drop_index('skill_term_prefix', table_name='skill_term', postgresql_ops={'term': 'text_pattern_ops'})
    op.drop_table('skill_term')
    op.drop_table('skill_label')
    op.drop_index(op.f('ix_sign_in_recipient'), table_name='sign_in')
    op.drop_index(op.f('ix_sign_in_learner'), table_name='sign_in')
    op.drop_index(op.f('ix_sign_in_expires_at'), table_name='sign_in')
    op.drop_table('sign_in')
    op.drop_index(op.f('ix_session_learner'), table_name='session')
    op.drop_table('session')
    op.drop_index(op.f('ix_recipient_learner'), table_name='recipient')
    op.drop_table('recipient')
    op.drop_index(op.f('ix_client_organisation'), table_name='client')
    op.drop_table('client')
    op.drop_index(op.f('ix_activity_organisation'), table_name='activity')
    op.drop_index('activity_where', table_name='activity')
    op.drop_index('activity_when', table_name='activity')
    op.drop_index('activity_skills', table_name='activity', postgresql_using='gin')
    op.drop_index('activity_search', table_name='activity', postgresql_using='gin')
    op.drop_table('activity')
    op.drop_table('skill')
    op.drop_index(op.f('ix_organisation_state'), table_name='organisation')
    op.drop_table('organisation')
    op.drop_table('learner')
    op.drop_index(op.f('ix_achievement_activity'), table_name='achievement')
    op.drop_table('achievement')
    for language in STEMMERS:
        op.execute(f'DROP TEXT SEARCH CONFIGURATION words_{language}')
