"""Listings as records for the publishing template.

Content of a listing is a copy; its prices and its quantity follow the linked product through the
channel's rules, as a sync computes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.channels.kinds import IntegrationType
from app.channels.repository import get_integration
from app.channels.settings import SyncListingsSettings
from app.core.uow import UnitOfWork
from app.integrations.context import RunContext
from app.integrations.publishing.plan import Remark, Source
from app.integrations.syncing.loading import own_products
from app.integrations.syncing.records import Entry, OwnProduct, entry_of, listing_part, matched
from app.integrations.syncing.sold import Sold, sold_units
from app.listings.columns import IDENTIFIERS, MEASURES
from app.listings.effective import wanted
from app.listings.models import Listing, ListingVariant
from app.listings.publishing import listings_by_id
from app.listings.repository import variants_of
from app.mapping.currency import minor_units
from app.rules.kinds import RuleKind
from app.rules.prices import VariantFacts, apply_pricing, category_names
from app.rules.quantities import recent_periods
from app.rules.reading import ActiveRule
from app.rules.service import freeze_rules, thaw_rules

_LEVELS: Final = 3
"""Category levels that templates can read one by one."""
_AMOUNTS: Final[Mapping[str, str]] = {
    "price": "list_price",
    "sale_price": "sale_price",
    "msrp": "msrp",
    "map": "map",
    "cost": "estimated_cost",
    "quantity": "quantity",
}
_BLOCKED: Final[Mapping[str, str]] = {
    "bigcommerce_variant.price": "list_price",
    "bigcommerce_variant.sale_price": "sale_price",
    "bigcommerce_variant.retail_price": "msrp",
    "bigcommerce_variant.map_price": "map",
}
_PARENT_PRICES: Final[Mapping[str, str]] = {
    "list_price": "price",
    "sale_price": "sale_price",
    "msrp": "msrp",
    "map": "map",
}


@dataclass(frozen=True)
class Terms:
    """Rules, and units that are sold already, as they were when the run began."""

    rules: tuple[ActiveRule, ...]
    sold: Sold
    context: RunContext

    @property
    def minor_units(self) -> int:
        """Places of the store's currency."""
        return minor_units(self.context.currency or "")


async def freeze_terms(uow: UnitOfWork, context: RunContext) -> dict[str, Any]:
    """What a run keeps of rules and open orders, as JSON."""
    run = context.run
    row = await get_integration(uow, run.channel_id, IntegrationType.SYNC_LISTINGS)
    settings = SyncListingsSettings.model_validate(row.settings)
    rules = await freeze_rules(uow, run.channel_id, (RuleKind.PRICING, RuleKind.QUANTITY))
    periods = recent_periods(thaw_rules(rules))
    sold = await sold_units(uow, run.account_id, settings, periods)
    return {"rules": rules, **sold.to_json()}


def thaw_terms(context: RunContext, kept: Mapping[str, Any]) -> Terms:
    """Read what `freeze_terms` wrote."""
    return Terms(tuple(thaw_rules(kept.get("rules", []))), Sold.from_json(kept), context)


async def load_sources(uow: UnitOfWork, terms: Terms, listing_ids: Sequence[UUID]) -> list[Source]:
    """Read listings with content, prices and quantities, in the order of their ids."""
    listings = await listings_by_id(uow, listing_ids)
    variants = await variants_of(uow, [row.id for row in listings])
    owners = await own_products(uow, terms.context.run.account_id, listings, terms.sold)
    return [
        _source(terms, listing, variants[listing.id], owners.get(listing.id))
        for listing in listings
    ]


def _source(
    terms: Terms, listing: Listing, rows: list[ListingVariant], own: OwnProduct | None
) -> Source:
    alone = len(rows) == 1 and not rows[0].options
    parent = listing_part(listing, own)
    _complete(parent, listing)
    pairs = matched(listing, rows, own) if own is not None else {}
    remarks: list[Remark] = []
    reasons: list[str] = []
    entries = []
    for row in rows:
        theirs = pairs.get(row.id)
        if theirs is None:
            entries.append(_unlinked(listing, row, alone=alone))
            continue
        entry = entry_of(
            listing,
            row,
            theirs,
            terms.rules,
            terms.context.mapping,
            parent=parent,
            minor_units=terms.minor_units,
        )
        remarks += [
            Remark(code, reason, target) for target, (code, reason) in entry.blocked.items()
        ]
        reasons += _reasons(row, entry)
        entries.append(entry.values)
    if alone:
        told = {remark.field for remark in remarks}
        blocked = {key for target, key in _BLOCKED.items() if target in told}
        _follow_only(parent, entries[0], listing, blocked)
    elif own is not None:
        _price_parent(terms, parent, entries, listing, own)
    record = {"listing": parent, "listing_variant": entries}
    return Source(listing, rows, record, remarks, reasons)


def _reasons(row: ListingVariant, entry: Entry) -> list[str]:
    """What rules made of a variant's prices and quantity."""
    decided = [one.reason for one in entry.prices.values() if one.rule_id and not one.blocked]
    if entry.quantity.rule_id and not entry.quantity.blocked:
        decided.append(entry.quantity.reason)
    return [f"{row.sku}: {reason}" for reason in decided]


def _complete(parent: dict[str, Any], listing: Listing) -> None:
    if "attributes" in parent:
        parent.setdefault("attribute", parent.pop("attributes"))
    if listing.store_facts.get("type"):
        parent.setdefault("type", listing.store_facts["type"])
    for level, name in enumerate((listing.categories or [[]])[0][:_LEVELS], start=1):
        parent.setdefault(f"category_{level}", name)
    for column, key in (("price", "price"), ("sale_price", "sale_price"), ("msrp", "msrp")):
        if getattr(listing, column) is not None:
            parent.setdefault(key, getattr(listing, column))
    for column, key in (("map", "map"), ("cost", "estimated_cost")):
        if getattr(listing, column) is not None:
            parent.setdefault(key, getattr(listing, column))


def _unlinked(listing: Listing, row: ListingVariant, *, alone: bool) -> dict[str, Any]:
    """A variant that follows no product: its own values, locks on top."""
    values = wanted(row)
    entry = {
        **row.extra,
        "sku": row.sku,
        "master_sku": listing.product_sku or listing.sku,
        "option": row.options,
        "image": row.image,
        **{name: values[name] for name in (*MEASURES, *IDENTIFIERS)},
        **{key: values[column] for column, key in _AMOUNTS.items()},
    }
    if alone and entry["quantity"] is None:
        entry["quantity"] = listing.quantity
    return {key: value for key, value in entry.items() if value is not None}


def _follow_only(
    parent: dict[str, Any], entry: dict[str, Any], listing: Listing, blocked: set[str]
) -> None:
    """Without options the listing is its only variant, so both say the same."""
    entry.setdefault("sku", listing.sku)
    for name in (*MEASURES, *IDENTIFIERS):
        if parent.get(name) is not None:
            entry.setdefault(name, parent[name])
    for column, key in _AMOUNTS.items():
        name = "estimated_cost" if column == "cost" else column
        if key in blocked:
            parent.pop(name, None)
        elif key in entry:
            parent[name] = entry[key]
        elif name in parent:
            entry[key] = parent[name]


def _price_parent(
    terms: Terms,
    parent: dict[str, Any],
    entries: list[dict[str, Any]],
    listing: Listing,
    own: OwnProduct,
) -> None:
    """Prices of the product as a whole go through the same rules as those of its variants."""
    product = own.product
    facts = VariantFacts(
        sku=product.sku,
        list_price=product.price,
        sale_price=product.sale_price,
        msrp=product.msrp,
        map=product.map,
        cost=product.cost,
        brand=listing.brand or product.brand,
        categories=category_names(listing.categories or product.categories),
        record={"listing": parent, "listing_variant": entries},
    )
    results = apply_pricing(
        terms.rules, facts, terms.context.mapping, minor_units=terms.minor_units
    )
    for field, result in results.items():
        name = _PARENT_PRICES[field]
        if result.blocked:
            parent.pop(name, None)
        elif result.price is not None:
            parent[name] = result.price
