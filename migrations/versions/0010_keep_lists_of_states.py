"""Keep lists of states."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0010'
down_revision: str | None = '0009'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        'state_lists',
        sa.Column('country_iso2', sa.String(length=2), nullable=False),
        sa.Column('states', postgresql.JSONB(), nullable=True),
        sa.Column('tried_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            'created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False
        ),
        sa.PrimaryKeyConstraint('country_iso2', name=op.f('pk_state_lists')),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table('state_lists')
