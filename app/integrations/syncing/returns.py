"""Units that came back by refund or cancellation, given back to our stock exactly once.

What came back of an order that our stock levels contain (see `sold`) is added to the level of its
SKU, unless the level was told after the news arrived: then whoever told it knew. An order that the
levels do not contain needs nothing added, because its units are only reserved, and a reservation
shrinks by itself. Either way the units are noted, and never looked at again.
"""

from __future__ import annotations

from collections import Counter
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt
from app.core.uow import UnitOfWork
from app.integrations.syncing.sold import LINES, READ_BY_IMPORT, SHIPPED, TOLD
from app.products.repository import lock_catalogue


class StockReturn(Base):
    """Units of an order line that came back, up to a number; each number occurs once."""

    __tablename__ = "stock_returns"

    order_id: Mapped[UUID] = mapped_column(
        ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True
    )
    line_external_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    returned_to: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """How many units of the line had come back in all."""
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    sku_key: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int] = mapped_column(BigInteger)
    given: Mapped[bool]
    """Whether they were added to a stock level."""
    created_at: Mapped[CreatedAt]

    __table_args__ = (Index(None, "account_id"),)


_NOTE: Final = text(f"""
    WITH {TOLD}
    INSERT INTO stock_returns
        (order_id, line_external_id, returned_to, account_id, sku_key, quantity, given, created_at)
    SELECT order_id, line_external_id, returned, :account_id, sku_key, returned - before,
           is_contained AND newest < changed_at AND changed_at > imported_at, :now
    FROM (
        SELECT o.id AS order_id, line.external_id AS line_external_id, level.sku_key,
               level.newest, o.updated_at AS changed_at, o.created_at AS imported_at,
               {READ_BY_IMPORT}
                   OR coalesce(o.acknowledged_at <= level.oldest, false)
                   OR coalesce(line.settled_at <= level.newest, false) AS is_contained,
               CASE WHEN :refunds THEN line.quantity_refunded ELSE 0 END
               + CASE WHEN :cancellations AND o.state = 'cancelled' THEN greatest(
                     line.quantity - line.quantity_refunded - {SHIPPED}, 0)
                 ELSE 0 END AS returned,
               coalesce((
                   SELECT max(noted.returned_to) FROM stock_returns AS noted
                   WHERE noted.order_id = o.id AND noted.line_external_id = line.external_id
               ), 0) AS before
        FROM {LINES}
        WHERE o.channel_id = :channel_id AND level.sku_key IS NOT NULL
          AND (line.quantity_refunded > 0 OR o.state = 'cancelled')
    ) AS found
    WHERE returned > before
    ON CONFLICT DO NOTHING
    RETURNING sku_key, quantity, given
""")

_GIVE: Final = text("""
    UPDATE stock_levels AS level SET quantity = level.quantity + given.units
    FROM (
        SELECT DISTINCT ON (s.sku_key) s.sku_key, s.warehouse, back.units
        FROM unnest(CAST(:keys AS text[]), CAST(:units AS bigint[])) AS back(sku_key, units)
        JOIN stock_levels AS s ON s.account_id = :account_id AND s.sku_key = back.sku_key
        ORDER BY s.sku_key, s.warehouse <> 'default', s.warehouse
    ) AS given
    WHERE level.account_id = :account_id AND level.sku_key = given.sku_key
      AND level.warehouse = given.warehouse
""")
"""The time of writing stays: what the level contains besides is what it contained before."""


async def stock_returns(
    uow: UnitOfWork,
    account_id: UUID,
    channel_id: UUID,
    *,
    refunds: bool,
    cancellations: bool,
) -> dict[str, int]:
    """Add units that came back on a channel to our stock; return how many, by SKU key.

    Does nothing for what was noted before, so it may be called as often as one likes. Units go to
    the warehouse `default`, or to the first that has the SKU.
    """
    if not refunds and not cancellations:
        return {}
    await lock_catalogue(uow, account_id)
    rows = await uow.session.execute(
        _NOTE,
        {
            "account_id": account_id,
            "channel_id": channel_id,
            "refunds": refunds,
            "cancellations": cancellations,
            "now": uow.clock.now(),
        },
    )
    units: Counter[str] = Counter()
    for row in rows:
        if row.given:
            units[row.sku_key] += row.quantity
    if units:
        keys = sorted(units)
        await uow.session.execute(
            _GIVE,
            {"account_id": account_id, "keys": keys, "units": [units[key] for key in keys]},
        )
    return dict(units)
