"""Units that were sold and must not be offered again, by the orders of an account.

A stock level speaks for the moment at which it was written. It contains every order that we had
imported by then, and the one that an import wrote with a new product contains every order placed
before it, because the store had taken those out already. What was ordered later, on any channel of
the account, is not in it, shipped or not, until the level is written again: those units are
reserved. Of what the level is presumed to contain, a rule may subtract the latest sales once more,
for sources whose numbers lag behind. A line is one or the other, so no unit counts twice.

Units that came back are free again if the settings say so. The two seconds are for the store's
times, which have no fractions, and for what is ordered while an import's page is under way.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from app.channels.settings import SyncListingsSettings
from app.core.uow import UnitOfWork

_LEVELS: Final = """
    WITH levels AS (
        SELECT sku_key, max(updated_at) AS written_at FROM stock_levels
        WHERE account_id = :account_id GROUP BY sku_key
    ), owners AS (
        SELECT sku_key, min(created_at) AS created_at FROM (
            SELECT sku_key, created_at FROM products WHERE account_id = :account_id
            UNION ALL
            SELECT sku_key, created_at FROM product_variants WHERE account_id = :account_id
        ) AS every GROUP BY sku_key
    )
"""
_LINES: Final = """
    FROM orders AS o
    JOIN order_lines AS line ON line.order_id = o.id
    JOIN levels AS l ON l.sku_key = lower(btrim(line.sku))
    LEFT JOIN owners AS w ON w.sku_key = l.sku_key
"""
_UNITS: Final = """
    sum(greatest(line.quantity - CASE WHEN :refunds THEN line.quantity_refunded ELSE 0 END, 0))
"""
_NOT_IN_LEVEL: Final = """
    (l.written_at < o.created_at AND (
        w.created_at IS NULL OR o.store_created_at IS NULL
        OR o.store_created_at > w.created_at - interval '2 seconds'
    ))
"""
_STANDS: Final = "(o.state <> 'cancelled' OR NOT :cancellations)"

# The fragments are constants of this file; values are bound.
_RESERVED: Final = text(f"""
    {_LEVELS}
    SELECT l.sku_key, {_UNITS} AS units {_LINES}
    WHERE o.account_id = :account_id
      AND o.created_at > (SELECT min(written_at) FROM levels)
      AND {_NOT_IN_LEVEL} AND {_STANDS}
    GROUP BY l.sku_key HAVING {_UNITS} > 0
""")
_RECENT: Final = text(f"""
    {_LEVELS}
    SELECT period.minutes, l.sku_key, {_UNITS} AS units {_LINES}
    JOIN unnest(CAST(:periods AS integer[])) AS period(minutes)
      ON least(o.store_created_at, o.created_at)
         > CAST(:now AS timestamptz) - make_interval(mins => period.minutes)
    WHERE o.account_id = :account_id AND o.updated_at > :earliest
      AND NOT {_NOT_IN_LEVEL} AND {_STANDS}
    GROUP BY period.minutes, l.sku_key HAVING {_UNITS} > 0
""")
"""An order cannot have been placed after we had it, whatever the store's clock says; and what we
had before the earliest moment and have not heard of since was placed before it."""


@dataclass(frozen=True)
class Sold:
    """Units by SKU key: reserved ones, and for each number of minutes the other recent ones."""

    reserved: Mapping[str, int] = field(default_factory=dict)
    recent: Mapping[int, Mapping[str, int]] = field(default_factory=dict)

    def recent_of(self, keys: Collection[str]) -> dict[int, int]:
        """Recent units of some SKUs together, by minutes."""
        return {
            minutes: sum(units.get(key, 0) for key in keys)
            for minutes, units in self.recent.items()
        }

    def without(self, returned: Mapping[str, int]) -> Sold:
        """The same with units given back, as a dry run has to reckon: its levels lack them."""
        less = {key: self.reserved.get(key, 0) - units for key, units in returned.items()}
        return replace(self, reserved={**self.reserved, **less})

    def to_json(self) -> dict[str, Any]:
        """As it is kept with a run."""
        return {
            "reserved": dict(self.reserved),
            "recent": {str(minutes): dict(units) for minutes, units in self.recent.items()},
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Sold:
        """Read what `to_json` wrote, among other things that a run keeps."""
        recent = {int(minutes): units for minutes, units in kept.get("recent", {}).items()}
        return cls(kept.get("reserved", {}), recent)


async def sold_units(
    uow: UnitOfWork, account_id: UUID, settings: SyncListingsSettings, periods: Collection[int]
) -> Sold:
    """Return what is sold of an account's SKUs; recent sales only for the periods asked for."""
    returning = {
        "refunds": settings.adjust_stock_on_refund,
        "cancellations": settings.adjust_stock_on_cancellation,
    }
    reserved = await reserved_units(uow, account_id, **returning)
    if not periods:
        return Sold(reserved)
    return Sold(reserved, await recent_units(uow, account_id, periods, **returning))


async def reserved_units(
    uow: UnitOfWork, account_id: UUID, *, refunds: bool, cancellations: bool
) -> dict[str, int]:
    """Return units by SKU key that are sold and not taken out of our stock levels yet."""
    rows = await uow.session.execute(
        _RESERVED,
        {"account_id": account_id, "refunds": refunds, "cancellations": cancellations},
    )
    return {row.sku_key: int(row.units) for row in rows}


async def recent_units(
    uow: UnitOfWork,
    account_id: UUID,
    periods: Collection[int],
    *,
    refunds: bool,
    cancellations: bool,
) -> dict[int, dict[str, int]]:
    """Return units by SKU key that were ordered within so many minutes and are not reserved."""
    now = uow.clock.now()
    rows = await uow.session.execute(
        _RECENT,
        {
            "account_id": account_id,
            "periods": sorted(set(periods)),
            "now": now,
            "earliest": now - timedelta(minutes=max(periods)),
            "refunds": refunds,
            "cancellations": cancellations,
        },
    )
    found: dict[int, dict[str, int]] = {minutes: {} for minutes in periods}
    for row in rows:
        found[row.minutes][row.sku_key] = int(row.units)
    return found
