"""Products of the store through the template: drafts of listings, and what cannot be one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.bigcommerce.models.catalog import Product, Variant
from app.channels.settings import ImportListingsSettings
from app.integrations.context import StoreContext
from app.integrations.importing.product_records import (
    inherited_fields,
    master_sku,
    product_record,
    text_marks,
)
from app.listings.drafts import ListingDraft, VariantDraft
from app.listings.kinds import Health
from app.mapping.additions import with_additions
from app.mapping.problems import Problem
from app.mapping.records import MappedRecord, local_values
from app.runs.kinds import Entity, Outcome
from app.runs.recording import ItemOutcome

MISSING_SKU = "missing_sku"
MAPPING_PROBLEM = "mapping_problem"
AT_A_STRETCH = 20
_MASTER_SKU = "listing.master_sku"
_TITLE = "listing.title"


@dataclass
class MappedProducts:
    """The drafts of a page, items that did not become one, and remarks on those that did."""

    drafts: list[ListingDraft] = field(default_factory=list)
    rejected: list[ItemOutcome] = field(default_factory=list)
    remarks: dict[int, Problem] = field(default_factory=dict)
    unmatched: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(mapping set, value) that no entry matched."""


async def map_products(
    context: StoreContext, scratch: dict[str, Any], products: Sequence[Product]
) -> MappedProducts:
    """Map a page of products; one that cannot be mapped never stops the others.

    Lets other work of the process go between products: orders must not stand behind a page.
    """
    page = MappedProducts()
    for number, product in enumerate(products):
        if number % AT_A_STRETCH == 0:
            await asyncio.sleep(0)
        _map_one(context, scratch, product, page)
    return page


def _map_one(
    context: StoreContext, scratch: dict[str, Any], product: Product, page: MappedProducts
) -> None:
    record = product_record(product, scratch["brands"], scratch["categories"])
    mapped = context.map(record, str(product.id))
    page.unmatched.update(
        (use.mapping_set_id, use.value) for part in mapped.parts() for use in part.unmatched
    )
    rejected = _rejection(product, mapped)
    if rejected is not None:
        page.rejected.append(rejected)
        return
    settings = context.settings
    assert isinstance(settings, ImportListingsSettings)  # noqa: S101 - of this integration
    values = with_additions(mapped.once["listing"])
    if settings.master_sku_field != "sku" or not values.get("master_sku"):
        values["master_sku"] = master_sku(product, settings.master_sku_field)
    problems = [item for item in mapped.problems if item.field != _MASTER_SKU]
    attention = []
    if not values["master_sku"]:
        attention.append(MISSING_SKU)
    if problems:
        attention.append(MAPPING_PROBLEM)
        page.remarks[product.id] = problems[0]
    page.drafts.append(
        ListingDraft(
            external_id=product.id,
            values=values,
            variants=_variants(product, mapped),
            store_facts=_product_facts(product, context.currency),
            modified_at=product.date_modified,
            health=Health.LISTED if product.is_visible else Health.HIDDEN,
            attention=tuple(attention),
        )
    )


def _rejection(product: Product, mapped: MappedRecord) -> ItemOutcome | None:
    outcome, code, message, where = None, "", mapped.reason, None
    untitled = next((item for item in mapped.problems if item.field == _TITLE), None)
    if mapped.outcome == "skipped":
        outcome, code = Outcome.SKIPPED, "skipped_by_rule"
    elif mapped.outcome == "failed":
        outcome, code = Outcome.FAILED, "failed_by_rule"
    elif untitled is not None and "title" not in local_values(mapped.once["listing"]):
        outcome, code, message, where = (
            Outcome.FAILED,
            untitled.code,
            untitled.message,
            untitled.field,
        )
    if outcome is None:
        return None
    return ItemOutcome(
        Entity.LISTING,
        str(product.id),
        outcome,
        code=code,
        message=message,
        field=where,
        reference=product.sku or product.name or None,
    )


def _variants(product: Product, mapped: MappedRecord) -> tuple[VariantDraft, ...]:
    return tuple(
        VariantDraft(
            external_id=variant.id,
            values=with_additions(part),
            store_facts=_variant_facts(variant),
        )
        for variant, part in zip(product.variants, mapped.repeated["listing_variant"], strict=True)
        if part.outcome == "mapped"
    )


def _product_facts(product: Product, currency: str | None) -> dict[str, Any]:
    return {
        "currency": currency,
        "inventory_tracking": product.inventory_tracking,
        "base_variant_id": product.base_variant_id,
        "is_visible": product.is_visible,
        "availability": product.availability,
        "type": product.type,
        "category_ids": product.categories,
        "brand_id": product.brand_id,
        "texts": text_marks(product),
    }


def _variant_facts(variant: Variant) -> dict[str, Any]:
    return {
        "inherited": inherited_fields(variant),
        "purchasing_disabled": variant.purchasing_disabled,
        "base": not variant.option_values,
    }
