"""Show what is odd about orders, and look through their whole window now and then."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0007'
down_revision: str | None = '0006'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.add_column('orders', sa.Column(
        'attention', postgresql.JSONB(astext_type=sa.Text()),
        server_default=sa.text("'[]'::jsonb"), nullable=False,
    ))
    op.add_column('order_polls', sa.Column(
        'swept_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False,
    ))
    op.add_column('order_polls', sa.Column(
        'sweeping', sa.Boolean(), server_default=sa.text('false'), nullable=False,
    ))
    op.add_column('connections', sa.Column(
        'hooks_repaired_at', sa.DateTime(timezone=True), nullable=True,
    ))
    op.add_column('connections', sa.Column(
        'hook_repairs', postgresql.JSONB(astext_type=sa.Text()),
        server_default=sa.text("'[]'::jsonb"), nullable=False,
    ))


def downgrade() -> None:
    """Go back."""
    op.drop_column('connections', 'hook_repairs')
    op.drop_column('connections', 'hooks_repaired_at')
    op.drop_column('order_polls', 'sweeping')
    op.drop_column('order_polls', 'swept_at')
    op.drop_column('orders', 'attention')
