"""Reading what a page of a sync needs from our own tables, in a handful of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import select, text

from app.core.uow import UnitOfWork
from app.integrations.syncing.records import OwnProduct
from app.integrations.syncing.texts import LastTexts
from app.listings.kinds import LinkStatus
from app.listings.models import Listing, ListingVariant
from app.listings.publishing import uncounted_here
from app.listings.repository import variants_of
from app.listings.synced import listings_to_sync
from app.listings.writes import last_texts
from app.products.models import Product
from app.products.repository import levels_of
from app.products.repository import variants_of as product_variants_of


@dataclass
class Loaded:
    """Listings of a page with all that belongs to them."""

    listings: Sequence[Listing]
    variants: Mapping[UUID, list[ListingVariant]]
    products: Mapping[UUID, OwnProduct]
    """By listing."""
    texts: Mapping[UUID, LastTexts] = field(default_factory=dict)
    uncounted: set[UUID] = field(default_factory=set)
    """Listings whose stock is not counted because it was unknown when we published them."""


async def load_page(
    uow: UnitOfWork,
    account_id: UUID,
    channel_id: UUID,
    reserved: Mapping[str, int],
    *,
    after: str | None,
    limit: int,
    only: Sequence[UUID] | None,
    texts: bool = False,
) -> Loaded:
    """Read the next listings; `texts` also reads what was last sent of values without a column."""
    listings = await listings_to_sync(
        uow, channel_id, after=UUID(after) if after else None, limit=limit, only=only
    )
    variants = await variants_of(uow, [listing.id for listing in listings])
    products = await own_products(uow, account_id, listings, reserved)
    known = Loaded(listings, variants, products)
    known.uncounted = await uncounted_here(
        uow,
        [row.id for row in listings if row.store_facts.get("inventory_tracking") == "none"],
    )
    if texts:
        known.texts = await last_texts(uow, [listing.id for listing in listings])
    return known


async def own_products(
    uow: UnitOfWork,
    account_id: UUID,
    listings: Sequence[Listing],
    reserved: Mapping[str, int],
) -> dict[UUID, OwnProduct]:
    """Return the products that listings are linked to, by listing."""
    ids = {
        listing.product_id
        for listing in listings
        if listing.product_id is not None and listing.link_status == LinkStatus.LINKED
    }
    if not ids:
        return {}
    rows = await uow.session.scalars(
        select(Product).where(Product.account_id == account_id, Product.id.in_(sorted(ids)))
    )
    products = {row.id: row for row in rows}
    variants = await product_variants_of(uow, sorted(products))
    keys = [row.sku_key for row in products.values()]
    keys += [row.sku_key for found in variants.values() for row in found]
    levels = await levels_of(uow, account_id, keys)
    found = {}
    for listing in listings:
        product = products.get(listing.product_id) if listing.product_id else None
        if product is not None and listing.link_status == LinkStatus.LINKED:
            own = variants[product.id]
            names = {product.sku_key, *(row.sku_key for row in own)}
            found[listing.id] = OwnProduct(
                product,
                tuple(own),
                {key: levels[key] for key in names if key in levels},
                {key: reserved[key] for key in names if key in reserved},
            )
    return found


_RESERVED: Final = text("""
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
    SELECT l.sku_key, sum(
        greatest(line.quantity - CASE WHEN :refunds THEN line.quantity_refunded ELSE 0 END, 0)
    ) AS units
    FROM orders AS o
    JOIN order_lines AS line ON line.order_id = o.id
    JOIN levels AS l ON l.sku_key = lower(btrim(line.sku))
    LEFT JOIN owners AS w ON w.sku_key = l.sku_key
    WHERE o.account_id = :account_id
      AND o.created_at > (SELECT min(written_at) FROM levels)
      AND l.written_at < o.created_at
      AND (
          w.created_at IS NULL OR o.store_created_at IS NULL
          OR o.store_created_at > w.created_at - interval '2 seconds'
      )
      AND (o.state <> 'cancelled' OR NOT :cancellations)
    GROUP BY l.sku_key
    HAVING sum(
        greatest(line.quantity - CASE WHEN :refunds THEN line.quantity_refunded ELSE 0 END, 0)
    ) > 0
""")


async def reserved_units(
    uow: UnitOfWork, account_id: UUID, *, refunds: bool, cancellations: bool
) -> dict[str, int]:
    """Return units by SKU key that are sold and not taken out of our stock levels yet.

    A stock level speaks for the moment at which it was written. It contains every order that we
    had imported by then, and the one that an import wrote with a new product contains every order
    placed before it, because the store had taken those out already. What was ordered later, on any
    channel of the account, is not in it, shipped or not, until the level is written again. Units
    that came back are free again if the settings say so. The two seconds are for the store's
    times, which have no fractions, and for what is ordered while an import's page is under way.
    """
    rows = await uow.session.execute(
        _RESERVED,
        {"account_id": account_id, "refunds": refunds, "cancellations": cancellations},
    )
    return {row.sku_key: int(row.units) for row in rows}
