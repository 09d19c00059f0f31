"""Units that were sold and must not be offered again, by the orders of an account.

A stock level says what is on hand. Units of an order that are still to be shipped are taken off it,
whichever channel sold them, unless whoever told the level knew of the order: because it had been
acknowledged by then, which says that somebody has taken it over, or because the level is a store's
own number, which an import read after the order was placed in that store. Units that were shipped,
or that came back, stay taken off until a level is told again that can know of that. All of these
are reserved. Of what the level is taken to contain, a rule may subtract the latest sales once more,
for sources whose numbers lag behind. A unit is one or the other, so none counts twice.

Where a SKU is in several warehouses, a unit to be shipped may leave any of them: all have to have
been told anew before it counts as contained. Units that came back are free again if the settings
say so. The two seconds are for the store's times, which have no fractions, and for what is ordered
while an import's page is under way.
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

TOLD: Final = """
    told AS (
        SELECT sku_key, min(updated_at) AS oldest, max(updated_at) AS newest
        FROM stock_levels WHERE account_id = :account_id GROUP BY sku_key
    )
"""
"""When the levels of each SKU were told."""
LINES: Final = """
    orders AS o
    JOIN order_lines AS line ON line.order_id = o.id
    LEFT JOIN listing_variants AS choice
      ON choice.channel_id = o.channel_id AND choice.external_id = line.variant_external_id::text
    LEFT JOIN listings AS linked
      ON linked.id = choice.listing_id AND linked.link_status = 'linked'
    LEFT JOIN told AS own
      ON linked.id IS NOT NULL AND own.sku_key = lower(btrim(choice.sku))
    LEFT JOIN told AS whole ON whole.sku_key = lower(btrim(linked.product_sku))
    LEFT JOIN told AS plain ON plain.sku_key = lower(btrim(line.sku))
    CROSS JOIN LATERAL (
        SELECT coalesce(own.sku_key, whole.sku_key, plain.sku_key) AS sku_key,
            coalesce(own.oldest, whole.oldest, plain.oldest) AS oldest,
            coalesce(own.newest, whole.newest, plain.newest) AS newest
    ) AS level
"""
"""Lines of orders with the levels of the SKU that they take from. The store may know what it sold
by another SKU than ours, so the link of its listing goes before the line's own words."""
READ_BY_IMPORT: Final = """
    EXISTS (
        SELECT 1 FROM stock_levels AS read
        WHERE read.account_id = o.account_id AND read.sku_key = level.sku_key
          AND read.origin_channel_id = o.channel_id
          AND o.store_created_at <= read.updated_at - interval '2 seconds'
    )
"""
"""Whether the store had taken an order out of its stock before an import read that."""
SHIPPED: Final = "greatest(line.quantity_shipped, line.quantity_shipped_here)"

# The fragments are constants of this file; values are bound.
_PARTS: Final = f"""
    WITH {TOLD}, parts AS (
        SELECT level.sku_key, o.updated_at, line.settled_at,
            least(o.store_created_at, o.created_at) AS placed_at,
            part.owed,
            greatest(line.quantity - part.owed - part.freed, 0) AS rest,
            part.imported OR coalesce(o.acknowledged_at <= level.oldest, false) AS owed_in_level,
            part.imported
                OR coalesce(least(o.acknowledged_at, line.settled_at) <= level.newest, false)
                AS rest_in_level
        FROM {LINES}
        CROSS JOIN LATERAL (
            SELECT {READ_BY_IMPORT} AS imported,
                CASE WHEN o.state IN ('closed', 'cancelled') THEN 0
                ELSE greatest(line.quantity - line.quantity_refunded - {SHIPPED}, 0) END AS owed,
                CASE WHEN :refunds THEN line.quantity_refunded ELSE 0 END
                + CASE WHEN :cancellations AND o.state = 'cancelled'
                  THEN greatest(line.quantity - line.quantity_refunded - {SHIPPED}, 0)
                  ELSE 0 END AS freed
        ) AS part
        WHERE o.account_id = :account_id AND level.sku_key IS NOT NULL
    )
"""
_RESERVED_UNITS: Final = """
    CASE WHEN owed_in_level THEN 0 ELSE owed END + CASE WHEN rest_in_level THEN 0 ELSE rest END
"""
_OTHER_UNITS: Final = """
    CASE WHEN owed_in_level THEN owed ELSE 0 END + CASE WHEN rest_in_level THEN rest ELSE 0 END
"""
_RESERVED: Final = text(f"""
    {_PARTS}
    SELECT sku_key, sum({_RESERVED_UNITS}) AS units FROM parts
    WHERE owed > 0 OR settled_at > (SELECT min(newest) FROM told)
    GROUP BY sku_key HAVING sum({_RESERVED_UNITS}) > 0
""")
_RECENT: Final = text(f"""
    {_PARTS}
    SELECT period.minutes, sku_key, sum({_OTHER_UNITS}) AS units FROM parts
    JOIN unnest(CAST(:periods AS integer[])) AS period(minutes)
      ON placed_at > CAST(:now AS timestamptz) - make_interval(mins => period.minutes)
    WHERE updated_at > :earliest
    GROUP BY period.minutes, sku_key HAVING sum({_OTHER_UNITS}) > 0
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
