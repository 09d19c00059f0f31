"""Adopting prices of the store: they are locked, as if somebody had set them by hand."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from app.core.uow import UnitOfWork
from app.listings.columns import plain
from app.listings.models import ListingVariant
from app.listings.synced import COLUMNS


async def lock_prices(uow: UnitOfWork, prices: Mapping[UUID, Mapping[str, Decimal | None]]) -> None:
    """Lock prices of variants, by their name in the store; none takes the lock away."""
    if not prices:
        return
    rows = await uow.session.scalars(
        select(ListingVariant)
        .where(ListingVariant.id.in_(sorted(prices)))
        .order_by(ListingVariant.id)
        .with_for_update()
    )
    for row in rows:
        locked = dict(row.locked)
        for name, value in prices[row.id].items():
            if value is None:
                locked.pop(COLUMNS[name], None)
            else:
                locked[COLUMNS[name]] = plain(value)
        if locked != row.locked:
            row.locked = locked
            row.updated_at = uow.clock.now()
    await uow.session.flush()
