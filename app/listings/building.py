"""Building listings of products: a template fills the content, and again only at the next build.

A listing that is not in the store takes prices and stock from its product as well. One that is in
the store takes the content, which the next publish overwrites there; its prices and quantities say
what the store has, and a sync derives new ones from the product.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from app.accounts.audit import record_change
from app.accounts.service import Principal
from app.channels.repository import get_channel
from app.core.uow import UnitOfWork
from app.listings.building_rows import (
    Existing,
    Skus,
    existing_listings,
    skus_of_channel,
    write_rows,
)
from app.listings.building_values import ListingPlan, plan_listing
from app.listings.ports import BuildSources, Hindrance, SourceProduct
from app.listings.repository import LISTINGS, VARIANTS, lock_channel_listings

UNKNOWN_SKU: Final = "unknown_sku"
DUPLICATE_SKU: Final = "duplicate_sku"
SKIPPED: Final = "skipped_by_rule"


@dataclass(frozen=True)
class NotBuilt:
    """A SKU that no listing was built of; `field` is the target that was the reason, if any."""

    sku: str
    code: str
    message: str
    field: str | None = None


@dataclass
class Built:
    """What became of the products; `listing_ids` are those that were built, old and new."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: list[NotBuilt] = field(default_factory=list)
    remarks: list[NotBuilt] = field(default_factory=list)
    """What listings that were built lack, one remark for each."""
    listing_ids: list[UUID] = field(default_factory=list)


@dataclass(frozen=True)
class _Wanted:
    """A product, the SKU it was asked for by, and its variants that were chosen; None means all."""

    product: SourceProduct
    asked: str
    chosen: frozenset[str] | None


async def build_listings(
    uow: UnitOfWork,
    caller: Principal,
    channel_id: UUID,
    skus: Sequence[str],
    sources: BuildSources,
    template_id: UUID | None = None,
) -> Built:
    """Build or rebuild the listings of products, or of chosen variants of them.

    A SKU that is unknown, that another listing of the channel has, or that the template makes
    nothing of fails alone. Without a template the account's default one is taken.
    """
    channel = await get_channel(uow, caller.account_id, channel_id)
    await lock_channel_listings(uow, channel.id)
    built = Built()
    found = await sources.products(uow, caller.account_id, set(skus), template_id)
    wanted = _wanted(skus, found, built)
    existing = await existing_listings(
        uow, channel.id, [item.product.product_id for item in wanted]
    )
    taken = await skus_of_channel(uow, channel, _all_skus(wanted))
    plans: list[ListingPlan] = []
    for item in wanted:
        own = existing.get(item.product.product_id)
        hindrance = _refused(item) or _clash(item, own, taken)
        if hindrance is not None:
            built.failed.append(hindrance)
            continue
        if item.product.remark is not None:
            built.remarks.append(_told(item, item.product.remark))
        plan = plan_listing(item.product, item.chosen, own, channel, uow.clock.now())
        _claim(plan, taken)
        _count(built, plan)
        plans.append(plan)
    await _write(uow, plans)
    if built.created or built.updated:
        counts = {"created": built.created, "updated": built.updated}
        record_change(uow, caller, "build_listings", "channel", channel.id, counts)
        await uow.session.flush()
    return built


async def _write(uow: UnitOfWork, plans: Sequence[ListingPlan]) -> None:
    await write_rows(
        uow,
        LISTINGS,
        new=[plan.listing for plan in plans if plan.is_new],
        changed=[
            (plan.listing_id, plan.listing) for plan in plans if plan.listing and not plan.is_new
        ],
    )
    await write_rows(
        uow,
        VARIANTS,
        new=[row for plan in plans for row in plan.new_variants],
        changed=[item for plan in plans for item in plan.changed_variants],
        gone=[row_id for plan in plans for row_id in plan.gone],
    )


def _wanted(skus: Sequence[str], found: Mapping[str, SourceProduct], built: Built) -> list[_Wanted]:
    """Group what was asked for by product; the product's own SKU means all of its variants."""
    asked: dict[UUID, tuple[SourceProduct, str, set[str] | None]] = {}
    for sku in dict.fromkeys(key.strip() for key in skus):
        product = found.get(sku.lower())
        if product is None:
            message = "No product and no variant has this SKU. Create it with `PUT /v1/products`."
            built.failed.append(NotBuilt(sku, UNKNOWN_SKU, message))
            continue
        _, first, chosen = asked.get(product.product_id, (product, sku, set[str]()))
        if sku.lower() == product.sku.strip().lower():
            chosen = None
        elif chosen is not None:
            chosen = chosen | {sku.lower()}
        asked[product.product_id] = (product, first, chosen)
    return [
        _Wanted(product, first, None if chosen is None else frozenset(chosen))
        for product, first, chosen in asked.values()
    ]


def _variant_skus(item: _Wanted) -> list[str]:
    """SKUs that the listing's variants get, in lower case."""
    return [
        variant.listing_sku.strip().lower()
        for variant in item.product.variants
        if item.chosen is None or variant.sku.strip().lower() in item.chosen
    ]


def _skus(item: _Wanted) -> set[str]:
    return {item.product.listing_sku.strip().lower(), *_variant_skus(item)}


def _all_skus(wanted: Collection[_Wanted]) -> set[str]:
    return {sku for item in wanted for sku in _skus(item)}


def _told(item: _Wanted, hindrance: Hindrance) -> NotBuilt:
    return NotBuilt(item.asked, hindrance.code, hindrance.message, hindrance.field)


def _refused(item: _Wanted) -> NotBuilt | None:
    """What the template says against the product, or what it makes of it that cannot be."""
    product = item.product
    if product.refused is not None:
        return _told(item, product.refused)
    skus = _variant_skus(item)
    if product.has_variants and not skus:
        return NotBuilt(item.asked, SKIPPED, "The template's rules skip every variant of it.")
    counted = Counter(skus)
    twice = next((sku for sku, count in counted.items() if count > 1), None)
    if twice is None:
        return None
    message = f"The template gives more than one variant the SKU {twice}."
    return NotBuilt(item.asked, DUPLICATE_SKU, message, "listing_variant.sku")


def _clash(item: _Wanted, own: Existing | None, taken: Skus) -> NotBuilt | None:
    for sku in sorted(_skus(item)):
        others = taken.get(sku, set()) - ({own.id} if own else set())
        if others:
            message = (
                f"Another listing of the channel has the SKU {sku}. If it is the same product, "
                "run Link Listings; else change one of the SKUs."
            )
            return NotBuilt(item.asked, DUPLICATE_SKU, message)
    return None


def _claim(plan: ListingPlan, taken: Skus) -> None:
    """Two products of one call must not build listings with the same SKU either."""
    changed = [row for _, row in plan.changed_variants]
    for row in (plan.listing, *plan.new_variants, *changed):
        sku: Any = row.get("sku")
        if sku:
            taken.setdefault(str(sku).strip().lower(), set()).add(plan.listing_id)


def _count(built: Built, plan: ListingPlan) -> None:
    built.listing_ids.append(plan.listing_id)
    if plan.is_new:
        built.created += 1
    elif plan.changed:
        built.updated += 1
    else:
        built.unchanged += 1
