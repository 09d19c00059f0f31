"""What a listing becomes when it is built of a product."""

from __future__ import annotations

from collections.abc import Mapping
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
    Row,
    plain,
    stored_form,
)
from app.listings.kinds import Health, LinkStatus, Pending
from app.listings.ports import SourceProduct, SourceVariant
from app.mapping.ownership import EVERYTHING

CONTENT: Final = ("title", "description", "brand", "categories", "images", "custom_fields")
VALUES: Final = (
    *("price", "sale_price", "msrp", "map", "cost", "quantity"),
    *("upc", "gtin", "mpn", "weight", "length", "width", "height"),
)
_VARIANT_CONTENT: Final = ("sku", "options", "image")


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
    wanted = _listing_values(product, in_store=own is not None and own.in_store)
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


def _listing_values(product: SourceProduct, *, in_store: bool) -> Row:
    row: Row = {name: stored_form(name, product.content.get(name)) for name in CONTENT}
    for name in VALUES:
        if not (in_store and name in FOLLOWING):
            row[name] = stored_form(name, product.values.get(name))
    row["extra"] = plain(dict(product.extra))
    if not in_store:
        row["sku"] = stored_form("sku", product.sku)
        row["product_sku"] = product.sku
    return row


def _plan_variants(
    plan: ListingPlan,
    product: SourceProduct,
    chosen: frozenset[str] | None,
    own: Existing | None,
    stamp: Row,
) -> None:
    sources = product.variants or (SourceVariant(product.sku, {}),)
    stored = own.variants if own else {}
    in_store = own is not None and own.in_store
    position = max((row["position"] for row in stored.values()), default=-1)
    kept: set[str] = set()
    for source in sources:
        key = source.sku.strip().lower()
        kept.add(key)
        if product.variants and chosen is not None and key not in chosen:
            continue
        old = stored.get(key)
        if old is None and in_store and not product.variants and len(stored) == 1:
            # The only variant of a product without options, whatever SKU the store calls it.
            old = next(iter(stored.values()))
        in_place = in_store and old is not None and old["external_id"] is not None
        row = _variant_values(source, in_store=in_place)
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
        row["id"] for key, row in stored.items() if key not in kept and row["external_id"] is None
    ]


def _variant_values(source: SourceVariant, *, in_store: bool) -> Row:
    given: Mapping[str, Any] = {**source.values, "sku": source.sku}
    names = [*_VARIANT_CONTENT, *VALUES]
    if in_store:
        names = [name for name in names if name not in FOLLOWING and name != "sku"]
    row: Row = {name: stored_form(name, given.get(name)) for name in names}
    row["extra"] = plain(dict(source.extra))
    return row
