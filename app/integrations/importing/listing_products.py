"""Products of ours, made from imported listings of the same master SKU.

An import creates the product and keeps its content up to date, as far as the seller did not write
it. Prices and stock of a product that exists are left alone: from its creation on they are ours to
set and the sync's to send, and an import that wrote the store's older numbers back would undo what
has not been sent yet.

A listing that stands for a product already goes on doing so, by whatever identifier it was linked;
only a product of the same master SKU follows it, and none where the listing was built here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from app.core.uow import UnitOfWork
from app.listings.drafts import Link, ListingDraft, SavedListing, VariantDraft
from app.listings.kinds import LinkStatus
from app.listings.links import Tie, ties_of
from app.listings.repository import set_links
from app.products.columns import sku_key
from app.products.drafts import ProductDraft, ProductVariantDraft, SavedProduct
from app.products.repository import SkuOwner, find_skus, lock_catalogue
from app.products.saving import save_products
from app.runs.kinds import Entity, Outcome
from app.runs.recording import ItemOutcome

_OURS_TO_SET: Final = frozenset(
    {"list_price", "price", "sale_price", "msrp", "map", "estimated_cost", "cost", "quantity"}
)
_NOT_OF_PRODUCTS: Final = frozenset({"master_sku", "sku"})
_INHERITED: Final = MappingProxyType(
    {
        "price": "list_price",
        "cost_price": "estimated_cost",
        "sale_price": "sale_price",
        "retail_price": "msrp",
        "map_price": "map",
        "weight": "weight",
        "width": "width",
        "height": "height",
        "depth": "length",
    }
)


async def save_products_of(
    uow: UnitOfWork,
    account_id: UUID,
    channel_id: UUID,
    drafts: Sequence[ListingDraft],
    saved: Sequence[SavedListing],
) -> dict[int, ItemOutcome]:
    """Save the products of listings that changed or have no product yet, and link the latter.

    Returns what became of listings whose product could not be saved, by their id in the store.
    """
    by_id = {draft.external_id: draft for draft in drafts}
    ties = await ties_of(uow, [row.listing_id for row in saved])
    rows = [row for row in saved if row.sku and _concerns_product(row, ties.get(row.listing_id))]
    if not rows:
        return {}
    await lock_catalogue(uow, account_id)  # before looking: what is found must still be so below
    owners = await find_skus(uow, account_id, _skus(rows, by_id))
    rows = [row for row in rows if _may_follow(row, ties.get(row.listing_id), owners)]
    outcomes = await save_products(
        uow,
        account_id,
        [_product(row, by_id[row.external_id], owners) for row in rows],
        origin_channel_id=channel_id,
    )
    await set_links(
        uow,
        [
            _link(row, outcome)
            for row, outcome in zip(rows, outcomes, strict=True)
            if row.listing_id not in ties
        ],
    )
    return {
        row.external_id: _refused(row, outcome)
        for row, outcome in zip(rows, outcomes, strict=True)
        if outcome.product_id is None
    }


def _concerns_product(row: SavedListing, tie: Tie | None) -> bool:
    return tie is None or (row.outcome != "unchanged" and not tie.ours)


def _may_follow(
    row: SavedListing, tie: Tie | None, owners: Mapping[str, Sequence[SkuOwner]]
) -> bool:
    """Whether the product that a listing stands for is the one of its master SKU."""
    owner = next(iter(owners.get(sku_key(str(row.sku)), ())), None)
    return tie is None or (
        owner is not None and owner.product_id == tie.product_id and owner.variant_id is None
    )


def _skus(rows: Sequence[SavedListing], drafts: dict[int, ListingDraft]) -> set[str]:
    skus = {str(row.sku) for row in rows}
    for row in rows:
        skus |= {
            str(v.values["sku"]) for v in drafts[row.external_id].variants if v.values.get("sku")
        }
    return skus


def _product(
    row: SavedListing, draft: ListingDraft, owners: dict[str, list[SkuOwner]]
) -> ProductDraft:
    sku = str(row.sku)
    own_variants = [
        variant
        for variant in draft.variants
        if not variant.store_facts.get("base") and variant.values.get("sku")
    ]
    tracking = draft.store_facts.get("inventory_tracking")
    counts_itself = tracking == "product" or (tracking == "variant" and not own_variants)
    return ProductDraft(
        sku,
        _values(draft.values, exists=sku_key(sku) in owners, counted=counts_itself),
        tuple(
            ProductVariantDraft(
                str(variant.values["sku"]),
                _values(
                    _with_inheritance(variant, draft.values),
                    exists=sku_key(str(variant.values["sku"])) in owners,
                    counted=tracking == "variant",
                ),
            )
            for variant in own_variants
        ),
    )


def _values(values: dict[str, Any], *, exists: bool, counted: bool) -> dict[str, Any]:
    """What the product takes over; a level that the store does not count is no stock of 0."""
    left_out = _NOT_OF_PRODUCTS | _OURS_TO_SET if exists else _NOT_OF_PRODUCTS
    if not counted:
        left_out = left_out | {"quantity"}
    return {key: value for key, value in values.items() if key not in left_out}


def _with_inheritance(variant: VariantDraft, parent: dict[str, Any]) -> dict[str, Any]:
    """The variant's values, null where the store inherits them and the template left them so."""
    values = dict(variant.values)
    for name in variant.store_facts.get("inherited", ()):
        key = _INHERITED[name]
        if key in values and values[key] == parent.get(key):
            values[key] = None
    return values


def _link(row: SavedListing, product: SavedProduct) -> Link:
    if product.product_id is None:
        return Link(row.listing_id, LinkStatus.CONFLICT)
    return Link(row.listing_id, LinkStatus.LINKED, product.product_id, product.sku)


def _refused(row: SavedListing, product: SavedProduct) -> ItemOutcome:
    return ItemOutcome(
        Entity.LISTING,
        str(row.external_id),
        Outcome(row.outcome),
        code=product.code,
        message=f"The listing was saved, its product was not: {product.message}",
        field="listing.master_sku",
        reference=row.sku,
        subject_id=row.listing_id,
    )
