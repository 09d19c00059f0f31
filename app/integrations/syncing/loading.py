"""Reading what a page of a sync needs from our own tables, in a handful of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from app.core.uow import UnitOfWork
from app.integrations.syncing.records import OwnProduct
from app.integrations.syncing.sold import Sold
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
    sold: Sold,
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
    products = await own_products(uow, account_id, listings, sold)
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
    sold: Sold,
) -> dict[UUID, OwnProduct]:
    """Return the products that listings follow, by listing."""
    ids = {listing.product_id for listing in listings if listing.product_id and _follows(listing)}
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
        if product is not None and _follows(listing):
            own = variants[product.id]
            names = {product.sku_key, *(row.sku_key for row in own)}
            found[listing.id] = OwnProduct(
                product,
                tuple(own),
                {key: levels[key] for key in names if key in levels},
                sold,
            )
    return found


def _follows(listing: Listing) -> bool:
    """Whether a listing's prices and stock are its product's; one built here is so from the start.

    One that may be any of several products of the store follows none.
    """
    built = listing.external_number is None and listing.link_status == LinkStatus.UNLINKED
    return built or listing.link_status == LinkStatus.LINKED
