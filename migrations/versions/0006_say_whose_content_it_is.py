"""Say whose the content of listings and products is.

Of rows that exist: what was built, linked or published here is ours, and so is a product that no
import made.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0006'
down_revision: str | None = '0005'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    for table in ('listings', 'products'):
        op.add_column(table, sa.Column(
            'own_content', postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"), nullable=False,
        ))
    op.add_column('listings', sa.Column(
        'unsent', sa.Boolean(), server_default=sa.text('false'), nullable=False,
    ))
    op.create_index(
        'ix_listings_account_id_lower_product_sku', 'listings',
        ['account_id', sa.literal_column('lower(product_sku)')],
    )
    # Only building keeps attributes even where there are none.
    op.execute("""
        UPDATE listings SET own_content = '["*"]'::jsonb
        WHERE external_number IS NULL OR extra ? 'attributes'
           OR EXISTS (SELECT FROM listing_publications p WHERE p.listing_id = listings.id)
    """)
    op.execute("UPDATE listings SET unsent = true WHERE pending = 'overwrite'")
    # An import makes a listing and its product in one transaction, so their times are equal.
    op.execute("""
        UPDATE products SET own_content = '["*"]'::jsonb
        WHERE NOT EXISTS (
            SELECT FROM listings l
            WHERE l.product_id = products.id AND l.first_seen_at = products.created_at
        )
    """)


def downgrade() -> None:
    """Go back."""
    op.drop_index('ix_listings_account_id_lower_product_sku', table_name='listings')
    op.drop_column('listings', 'unsent')
    for table in ('products', 'listings'):
        op.drop_column(table, 'own_content')
