"""Count rings that nobody heard."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0009'
down_revision: str | None = '0008'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    count = sa.Column('unheard_rings', sa.Integer(), server_default=sa.text('0'), nullable=False)
    op.add_column('runs', count)


def downgrade() -> None:
    """Go back."""
    op.drop_column('runs', 'unheard_rings')
