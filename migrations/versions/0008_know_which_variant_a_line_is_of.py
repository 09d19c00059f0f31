"""Know which variant a line is of."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0008'
down_revision: str | None = '0007'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.add_column('order_lines', sa.Column('variant_external_id', sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column('order_lines', 'variant_external_id')
