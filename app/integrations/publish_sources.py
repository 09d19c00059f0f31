"""Listings as records for the publishing template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from app.core.uow import UnitOfWork
from app.integrations.publish_offers import Offer, load_offers
from app.integrations.publish_plan import Source
from app.listings.columns import IDENTIFIERS, MEASURES
from app.listings.models import Listing, ListingVariant
from app.listings.publishing import listings_by_id
from app.listings.repository import variants_of

_LEVELS: Final = 3
"""Category levels that templates can read one by one."""


async def load_sources(
    uow: UnitOfWork, account_id: UUID, listing_ids: Sequence[UUID]
) -> list[Source]:
    """Read listings with content, prices and quantities, in the order of their ids."""
    listings = await listings_by_id(uow, listing_ids)
    variants = await variants_of(uow, [row.id for row in listings])
    offers = await load_offers(uow, account_id, listings, variants)
    found = []
    for listing in listings:
        rows = variants[listing.id]
        alone = is_alone(rows)
        offer = offers.of_listing(listing)
        each = [offers.of_variant(listing, row, alone=alone) for row in rows]
        if alone:
            offer = {name: value for name, value in each[0].items() if value is not None}
        record = {
            "listing": _parent(listing, offer),
            "listing_variant": [
                _variant(listing, row, own, alone=alone)
                for row, own in zip(rows, each, strict=True)
            ],
        }
        found.append(Source(listing, rows, record))
    return found


def is_alone(variants: Sequence[ListingVariant]) -> bool:
    """Whether the only variant has no options, so that it is the product itself."""
    return len(variants) == 1 and not variants[0].options


def _parent(listing: Listing, offer: Offer) -> dict[str, Any]:
    record = dict(listing.extra)
    record.update(
        {
            "title": listing.title,
            "parent_sku": listing.sku,
            "master_sku": listing.product_sku or listing.sku,
            "description": listing.description,
            "brand": listing.brand,
            "category_path": listing.categories,
            "image": listing.images,
            "custom_field": listing.custom_fields,
            "health": listing.health,
        }
    )
    if "attributes" in record:
        record["attribute"] = record.pop("attributes")
    record.setdefault("type", listing.store_facts.get("type"))
    for level, name in enumerate((listing.categories or [[]])[0][:_LEVELS], start=1):
        record[f"category_{level}"] = name
    for name in (*MEASURES, *IDENTIFIERS):
        record[name] = getattr(listing, name)
    return _with_offer(record, offer, "price", "cost")


def _variant(
    listing: Listing, variant: ListingVariant, offer: Offer, *, alone: bool
) -> dict[str, Any]:
    record = dict(variant.extra)
    record.update({"sku": variant.sku, "option": variant.options, "image": variant.image})
    if alone:
        record["sku"] = variant.sku or listing.sku
    for name in (*MEASURES, *IDENTIFIERS):
        own = getattr(variant, name)
        record[name] = getattr(listing, name) if own is None and alone else own
    record.setdefault("master_sku", listing.product_sku or listing.sku)
    return _with_offer(record, offer, "list_price", "estimated_cost")


def _with_offer(record: dict[str, Any], offer: Offer, price: str, cost: str) -> dict[str, Any]:
    renamed = {"price": price, "cost": cost}
    record.update({renamed.get(name, name): value for name, value in offer.items()})
    return record
