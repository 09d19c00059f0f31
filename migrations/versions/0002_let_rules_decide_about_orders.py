"""Let rules decide about orders."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0002'
down_revision: str | None = '0001'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_LISTS = ('tags', 'notes', 'alerts', 'adjustments')


def upgrade() -> None:
    """Go forward."""
    op.add_column('orders', sa.Column('cancelled_by_rule', sa.String(length=200), nullable=True))
    for name in _LISTS:
        op.add_column('orders', sa.Column(
            name, postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"), nullable=False,
        ))
    op.add_column('orders', sa.Column(
        'amounts', postgresql.JSONB(astext_type=sa.Text()),
        server_default=sa.text("'{}'::jsonb"), nullable=False,
    ))
    op.create_index(op.f('ix_orders_tags'), 'orders', ['tags'], postgresql_using='gin')
    op.add_column('order_addresses', sa.Column('shipping_policy', sa.String(length=100), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column('order_addresses', 'shipping_policy')
    op.drop_index(op.f('ix_orders_tags'), table_name='orders')
    op.drop_column('orders', 'amounts')
    for name in reversed(_LISTS):
        op.drop_column('orders', name)
    op.drop_column('orders', 'cancelled_by_rule')
