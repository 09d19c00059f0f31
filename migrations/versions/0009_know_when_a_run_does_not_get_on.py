"""Know when a run does not get on."""

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
    for name in ('unheard_rings', 'fruitless'):
        count = sa.Column(name, sa.Integer(), server_default=sa.text('0'), nullable=False)
        op.add_column('runs', count)


def downgrade() -> None:
    """Go back."""
    for name in ('fruitless', 'unheard_rings'):
        op.drop_column('runs', name)
