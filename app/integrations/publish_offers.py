"""Prices and quantities of listings as they are now.

Content of a listing is a copy; its prices and its quantity follow the linked product, unless they
were set by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.core.uow import UnitOfWork
from app.listings.models import Listing, ListingVariant
from app.products.columns import sku_key
from app.products.models import Product, ProductVariant
from app.products.repository import available, variants_of

AMOUNTS: Final = ("price", "sale_price", "msrp", "map", "cost")
Offer = dict[str, Any]


@dataclass(frozen=True)
class Offers:
    """Products, their variants by SKU, and stock by SKU, of a batch of listings."""

    products: Mapping[UUID, Product]
    variants: Mapping[UUID, Mapping[str, ProductVariant]]
    stock: Mapping[str, int]

    def of_listing(self, listing: Listing) -> Offer:
        """Prices of the listing as a whole."""
        product = self._product(listing)
        return {
            name: _first(getattr(product, name, None), getattr(listing, name)) for name in AMOUNTS
        }

    def of_variant(self, listing: Listing, variant: ListingVariant, *, alone: bool) -> Offer:
        """Prices and quantity of one variant; None in a price leaves it to the listing's.

        A variant that is `alone` is the listing itself, so nothing is left to inherit from.
        """
        product = self._product(listing)
        sku = variant.sku or (listing.sku if alone else None)
        own = self.variants.get(product.id, {}).get(sku_key(sku)) if product and sku else None
        offer: Offer = {}
        for name in AMOUNTS:
            followed = getattr(own, name, None)
            if alone and followed is None:
                followed = getattr(product, name, None)
            offer[name] = _first(followed, getattr(variant, name))
            if alone and offer[name] is None:
                offer[name] = getattr(listing, name)
        offer["quantity"] = self._quantity(listing, variant, sku, alone=alone)
        for name, value in variant.locked.items():
            if value is not None:
                offer[name] = value if name == "quantity" else Decimal(value)
        return offer

    def _quantity(
        self, listing: Listing, variant: ListingVariant, sku: str | None, *, alone: bool
    ) -> int | None:
        if listing.product_id in self.products and sku and sku_key(sku) in self.stock:
            return max(self.stock[sku_key(sku)], 0)
        own = variant.quantity
        return listing.quantity if alone and own is None else own

    def _product(self, listing: Listing) -> Product | None:
        return self.products.get(listing.product_id) if listing.product_id else None


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


async def load_offers(
    uow: UnitOfWork,
    account_id: UUID,
    listings: Sequence[Listing],
    variants: Mapping[UUID, Sequence[ListingVariant]],
) -> Offers:
    """Read products and stock of listings, with a few queries for all of them."""
    ids = sorted({row.product_id for row in listings if row.product_id is not None})
    if not ids:
        return Offers({}, {}, {})
    products = await uow.session.scalars(
        select(Product).where(Product.id.in_(ids), Product.account_id == account_id)
    )
    known = {row.id: row for row in products}
    own = await variants_of(uow, list(known))
    skus = {row.sku for row in listings if row.sku}
    skus |= {row.sku for rows in variants.values() for row in rows if row.sku}
    return Offers(
        products=known,
        variants={key: {row.sku_key: row for row in rows} for key, rows in own.items()},
        stock=await available(uow, account_id, skus),
    )
