"""Tell what stock levels contain."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0004'
down_revision: str | None = '0003'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Levels that have not been written since an import made their product are that import's.
_IMPORTED = """
    UPDATE stock_levels AS level SET origin_channel_id = made.channel_id
    FROM (
        SELECT p.account_id, p.sku_key, p.created_at, l.channel_id
        FROM products AS p JOIN listings AS l ON l.product_id = p.id
        WHERE l.external_number IS NOT NULL
        UNION ALL
        SELECT v.account_id, v.sku_key, v.created_at, l.channel_id
        FROM product_variants AS v JOIN listings AS l ON l.product_id = v.product_id
        WHERE l.external_number IS NOT NULL
    ) AS made
    WHERE level.account_id = made.account_id AND level.sku_key = made.sku_key
      AND level.updated_at <= made.created_at + interval '2 seconds'
"""
_SETTLED = """
    UPDATE order_lines AS line SET settled_at = o.updated_at
    FROM orders AS o
    WHERE o.id = line.order_id AND (
        o.state IN ('closed', 'cancelled') OR line.quantity_refunded > 0
        OR line.quantity_shipped > 0 OR line.quantity_shipped_here > 0
    )
"""


def upgrade() -> None:
    """Go forward."""
    op.add_column('stock_levels', sa.Column('origin_channel_id', sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f('fk_stock_levels_origin_channel_id_channels'), 'stock_levels', 'channels',
        ['origin_channel_id'], ['id'], ondelete='SET NULL',
    )
    op.create_index(op.f('ix_stock_levels_origin_channel_id'), 'stock_levels', ['origin_channel_id'])
    op.add_column('order_lines', sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True))
    op.execute(_IMPORTED)
    op.execute(_SETTLED)


def downgrade() -> None:
    """Go back."""
    op.drop_column('order_lines', 'settled_at')
    op.drop_index(op.f('ix_stock_levels_origin_channel_id'), table_name='stock_levels')
    op.drop_constraint(
        op.f('fk_stock_levels_origin_channel_id_channels'), 'stock_levels', type_='foreignkey'
    )
    op.drop_column('stock_levels', 'origin_channel_id')
