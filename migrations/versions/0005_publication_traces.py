"""Keep what publications found in a store, so that they can be taken back."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0005'
down_revision: str | None = '0004'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table('publication_traces',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('listing_id', sa.Uuid(), nullable=False),
    sa.Column('external_number', sa.BigInteger(), nullable=True),
    sa.Column('creates', sa.Boolean(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('before', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('after', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('undo_run_id', sa.Uuid(), nullable=True),
    sa.Column('undo_changes', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['listing_id'], ['listings.id'], name=op.f('fk_publication_traces_listing_id_listings'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['run_id'], ['runs.id'], name=op.f('fk_publication_traces_run_id_runs'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_publication_traces'))
    )
    op.create_index(op.f('ix_publication_traces_created_at'), 'publication_traces', ['created_at'], unique=False)
    op.create_index(op.f('ix_publication_traces_listing_id'), 'publication_traces', ['listing_id'], unique=False)
    op.create_index(op.f('ix_publication_traces_run_id_listing_id'), 'publication_traces', ['run_id', 'listing_id'], unique=True)
    op.create_index('ix_publication_traces_undoing', 'publication_traces', ['undo_run_id', 'listing_id'], unique=False, postgresql_where=sa.text("status = 'undoing'"))


def downgrade() -> None:
    """Go back."""
    op.drop_index('ix_publication_traces_undoing', table_name='publication_traces', postgresql_where=sa.text("status = 'undoing'"))
    op.drop_index(op.f('ix_publication_traces_run_id_listing_id'), table_name='publication_traces')
    op.drop_index(op.f('ix_publication_traces_listing_id'), table_name='publication_traces')
    op.drop_index(op.f('ix_publication_traces_created_at'), table_name='publication_traces')
    op.drop_table('publication_traces')
