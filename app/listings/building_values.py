"""What a listing becomes when it is built of a product as a template sees it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.channels.models import Channel
from app.core.ids import new_id
from app.listings.building_rows import Existing
from app.listings.columns import (
    BLANK_LISTING,
    BLANK_VARIANT,
    FOLLOWING,
    IDENTIFIERS,
    LISTING_COLUMNS,
    MEASURES,
    VARIANT_COLUMNS,
    Row,
    merged,
    stored_form,
)
from app.listings.kinds import Health, LinkStatus, Pending
from app.listings.ports import SourceProduct, SourceVariant
from app.listings.repository import Stored
from app.mapping.ownership import EVERYTHING

_NOT_BUILT: Final = frozenset({"store_facts", "currency", "health", "import_attention", "position"})
"""Columns that building leaves to others."""


@dataclass
class ListingPlan:
    """Rows to write for one product; `listing` holds the columns that change."""

    listing_id: UUID
    is_new: bool
    listing: Row
    new_variants: list[Row] = field(default_factory=list)
    changed_variants: list[tuple[UUID, Row]] = field(default_factory=list)
    gone: list[UUID] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether there is anything to tell of."""
        told = self.listing.keys() - {"own_content"}
        return bool(told or self.new_variants or self.changed_variants or self.gone)


def plan_listing(
    product: SourceProduct,
    chosen: frozenset[str] | None,
    own: Existing | None,
    channel: Channel,
    now: datetime,
) -> ListingPlan:
    """Compare a product with its listing, if there is one; `chosen` are SKUs of variants."""
    wanted = _listing_values(product, own)
    if own is None:
        plan = ListingPlan(
            new_id(),
            True,
            {
                **BLANK_LISTING,
                **wanted,
                "health": Health.NOT_LISTED.value,
                "pending": Pending.PUBLISHED.value,
                "link_status": LinkStatus.UNLINKED.value,
                "product_id": product.product_id,
            },
        )
        plan.listing["id"] = plan.listing_id
    else:
        changes = {key: value for key, value in wanted.items() if own.row[key] != value}
        plan = ListingPlan(own.id, False, changes)
    stamp = {
        "account_id": channel.account_id,
        "channel_id": channel.id,
        "listing_id": plan.listing_id,
        "updated_at": now,
    }
    _plan_variants(plan, product, chosen, own, stamp)
    if own is not None and plan.changed:
        plan.listing |= {"version": own.row["version"] + 1, "unsent": True}
        if own.in_store and own.row["pending"] is None:
            plan.listing["pending"] = Pending.OVERWRITE.value
    if plan.changed:
        owner = {"account_id": channel.account_id, "channel_id": channel.id}
        plan.listing |= {**(owner if plan.is_new else {}), "updated_at": now}
    if plan.is_new or (own is not None and own.row["own_content"] != [EVERYTHING]):
        plan.listing["own_content"] = [EVERYTHING]
    return plan


def _listing_values(product: SourceProduct, own: Existing | None) -> Row:
    stored = own.row if own is not None else None
    in_store = own is not None and own.in_store
    row = _built(stored, BLANK_LISTING, LISTING_COLUMNS, product, in_store=in_store)
    if not in_store:
        row["product_sku"] = product.sku
    return row


def _built(
    stored: Mapping[str, Any] | None,
    blank: Mapping[str, Any],
    columns: Mapping[str, str],
    source: SourceProduct | SourceVariant,
    *,
    in_store: bool,
) -> Row:
    """Columns after the template; in the store there are a SKU, prices and stock already."""
    content = {key: value for key, value in source.content.items() if key != "sku"}
    row = merged(stored, blank, columns, content, keeps_cleared=True)
    for name in _NOT_BUILT & row.keys():
        del row[name]
    if not in_store:
        follows = {**source.follows, "sku": source.listing_sku}
        row |= {name: stored_form(name, value) for name, value in follows.items()}
    return row


def _plan_variants(
    plan: ListingPlan,
    product: SourceProduct,
    chosen: frozenset[str] | None,
    own: Existing | None,
    stamp: Row,
) -> None:
    sources = product.variants or (_only_variant(product),)
    stored = own.variants if own else {}
    in_store = own is not None and own.in_store
    position = max((row["position"] for row in stored.values()), default=-1)
    kept: set[UUID] = set()
    for source in sources:
        old = _stored_variant(source, stored, kept)
        if old is None and in_store and not product.has_variants and len(stored) == 1:
            # The only variant of a product without options, whatever SKU the store calls it.
            old = next(iter(stored.values()))
        if old is not None:
            kept.add(old["id"])
        if product.has_variants and chosen is not None and _key(source.sku) not in chosen:
            continue
        in_place = in_store and old is not None and old["external_id"] is not None
        row = _built(old, BLANK_VARIANT, VARIANT_COLUMNS, source, in_store=in_place)
        if old is None:
            position += 1
            plan.new_variants.append(
                {**BLANK_VARIANT, **row, **stamp, "id": new_id(), "position": position}
            )
            continue
        changes = {name: value for name, value in row.items() if old[name] != value}
        if changes:
            changes["updated_at"] = stamp["updated_at"]
            plan.changed_variants.append((old["id"], changes))
    plan.gone += [
        row["id"] for row in stored.values() if row["id"] not in kept and row["external_id"] is None
    ]


def _only_variant(product: SourceProduct) -> SourceVariant:
    """The single variant of a product without variants, which leaves everything to it."""
    shared = [name for name in (*IDENTIFIERS, *MEASURES) if name in product.content]
    content = {"sku": product.listing_sku, **dict.fromkeys(shared)}
    return SourceVariant(product.sku, content, dict.fromkeys(FOLLOWING))


def _stored_variant(
    source: SourceVariant, stored: Mapping[str, Stored], kept: Collection[UUID]
) -> Stored | None:
    """The listing's variant that stands for the product's: by SKU, new or old, else by options."""
    for key in (_key(source.listing_sku), _key(source.sku)):
        if key in stored and stored[key]["id"] not in kept:
            return stored[key]
    options = _options_key(source.content.get("options"))
    same = (row for row in stored.values() if options and _options_key(row["options"]) == options)
    return next((row for row in same if row["id"] not in kept), None)


def _key(sku: str) -> str:
    return sku.strip().lower()


def _options_key(options: Any) -> tuple[tuple[str, str], ...]:
    pairs = options.items() if isinstance(options, Mapping) else ()
    return tuple(sorted((str(name).casefold(), str(label).casefold()) for name, label in pairs))
