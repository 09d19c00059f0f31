"""Tell channels what others sold."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0011'
down_revision: str | None = '0010'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    moment = sa.Column('stock_moved_at', sa.DateTime(timezone=True), nullable=True)
    op.add_column('channel_integrations', moment)
    op.create_index(
        op.f('ix_channel_integrations_stock_moved_at'),
        'channel_integrations',
        ['stock_moved_at'],
        postgresql_where=sa.text('stock_moved_at IS NOT NULL'),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index(op.f('ix_channel_integrations_stock_moved_at'), 'channel_integrations')
    op.drop_column('channel_integrations', 'stock_moved_at')
