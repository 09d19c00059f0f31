"""Drift: linked listings compared with the live store, and repaired by a policy per kind.

What differs from what the store had at our last look or write was changed by somebody else. It is
reported, set back to what we want (by the same requests as a sync), or adopted: an adopted price is
locked for the variant, so that no sync takes it back; an adopted status becomes the listing's.
Quantities are never adopted: the store's own sales would look the same.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.bigcommerce.models.catalog import Product
from app.bigcommerce.resources import products
from app.integrations.context import RunContext
from app.integrations.syncing.cursor import SyncCursor
from app.integrations.syncing.diff import PRODUCT_PREFIX, VariantPlan, plan_listing, status_writes
from app.integrations.syncing.drift_findings import Drift, Policy, drifts_of
from app.integrations.syncing.drift_page import DriftPage, missing_item, unchanged_item
from app.integrations.syncing.items import skipped_item
from app.integrations.syncing.known import MONEY, KnownListing, known_by_rows, known_live, same
from app.integrations.syncing.loading import Loaded, load_page
from app.integrations.syncing.planning import AT_A_STRETCH, LISTINGS_AT_ONCE, left_alone
from app.integrations.syncing.sold import Sold
from app.integrations.syncing.status import StatusWish
from app.integrations.syncing.wanted import (
    PREFIX,
    WantedListing,
    WantedVariant,
    Wishes,
    wanted_of,
)
from app.listings.kinds import Health
from app.listings.writes import NewWrite, Value
from app.listings.writes_models import Route


class DriftPlanner:
    """Compares listings with the live store, page by page."""

    def __init__(
        self, context: RunContext, wishes: Wishes, scratch: Mapping[str, Any], policy: Policy
    ) -> None:
        self._wishes = wishes
        self._context = context
        self._scratch = scratch
        self._policy = policy

    async def page(self, at: SyncCursor) -> DriftPage:
        """Compare the next listings: one request for 250 products."""
        run = self._context.run
        async with self._context.res.unit_of_work() as uow:
            loaded = await load_page(
                uow,
                run.account_id,
                run.channel_id,
                Sold.from_json(self._scratch),
                after=at.after,
                limit=LISTINGS_AT_ONCE,
                only=run.subjects,
            )
        numbers = sorted({row.external_number for row in loaded.listings if row.external_number})
        found: dict[int, Product] = {}
        if numbers:
            live = await products.by_ids(self._context.client, numbers, include="variants")
            found = {product.id: product for product in live}
        last = len(loaded.listings) < LISTINGS_AT_ONCE
        page = DriftPage(self._context, at, last=last, policy=self._policy)
        page.found.update(at.found)
        for number, listing in enumerate(loaded.listings):
            if number % AT_A_STRETCH == 0:
                await asyncio.sleep(0)
            known = known_by_rows(listing, loaded.variants[listing.id])
            reason = left_alone(known)
            if reason is not None:
                page.items += [skipped_item(one.row, *reason) for one in known.variants]
            else:
                self._compare(page, loaded, known, found.get(known.external_id))
        counted = Counter(route for route, _ in {(w.route, w.target) for w in page.writes})
        page.following = SyncCursor(
            "send" if last else "plan",
            str(loaded.listings[-1].id) if loaded.listings else at.after,
            at.counting(counted),
            at.location,
            found=dict(page.found),
        )
        return page

    def _compare(
        self, page: DriftPage, loaded: Loaded, known: KnownListing, product: Product | None
    ) -> None:
        if product is None:
            page.found["missing"] += 1
            page.items += [missing_item(one.row) for one in known.variants]
            if self._policy.of("missing") == "repair":
                page.gone.append(known.external_id)
            return
        live = known_live(known, product)
        drifts = drifts_of(known, live, product)
        if not any(drifts.values()):
            page.items += [unchanged_item(one.row) for one in known.variants]
            return
        page.found.update(one.kind for one in _all(drifts))
        own = loaded.products.get(known.row.id)
        wanted = wanted_of(self._wishes, live, own) if own else WantedListing({})
        repairs = self._repairs(known, live, wanted, drifts)
        self._adopt(page, known, live, drifts)
        for variant in live.variants:
            plan = VariantPlan(variant, writes=repairs[variant.row.id])
            page.tell(plan, drifts[variant.row.id])
        # What is only reported stays unknown, so that the next comparison reports it again and no
        # sync takes it back.
        page.live.look(
            known,
            live,
            prices=self._policy.price != "report",
            stock=self._policy.quantity != "report",
            status=self._policy.status != "report",
        )

    def _repairs(
        self,
        known: KnownListing,
        live: KnownListing,
        wanted: WantedListing,
        drifts: Mapping[UUID, list[Drift]],
    ) -> dict[UUID, list[NewWrite]]:
        """Writes for drifted values only: what we changed ourselves is the sync's to send."""
        _fall_back(known, wanted, drifts)
        plans = plan_listing(live, wanted, last_texts={})
        found: dict[UUID, list[NewWrite]] = {plan.known.row.id: [] for plan in plans}
        for plan in plans:
            fields = {
                one.field
                for one in drifts[plan.known.row.id]
                if self._policy.of(one.kind) == "repair"
            }
            found[plan.known.row.id] += [
                _inheriting_again(one, known, live) for one in plan.writes if one.field in fields
            ]
        first = live.variants[0].row.id
        covered = {
            one.store_field for rows in found.values() for one in rows if one.route is Route.PRODUCT
        }
        for one in drifts[first]:
            if self._policy.of(one.kind) != "repair" or not one.field.startswith(PRODUCT_PREFIX):
                continue
            if one.kind == "price" and one.store_field not in covered:
                found[first].append(_product_price(live, one))
        wish = StatusWish(reason="The visibility is set back.")
        if self._policy.of("status") == "repair":
            names = {one.store_field for one in drifts[first] if one.kind == "status"}
            if "is_visible" in names:
                wish.visible = known.visible
                wish.health = Health.LISTED if known.visible else Health.HIDDEN
            wish.availability = known.availability if "availability" in names else None
        found[first] += status_writes(live, wish)
        return found

    def _adopt(
        self,
        page: DriftPage,
        known: KnownListing,
        live: KnownListing,
        drifts: Mapping[UUID, list[Drift]],
    ) -> None:
        if self._policy.of("price") != "adopt":
            return
        for variant in live.variants:
            names = [one.store_field for one in drifts[variant.row.id] if one.kind == "price"]
            if names:
                page.locks[variant.row.id] = {
                    name: _money(variant.values[name]) for name in names if name in MONEY
                }


def _fall_back(
    known: KnownListing, wanted: WantedListing, drifts: Mapping[UUID, list[Drift]]
) -> None:
    """Where our product says nothing of a value, what the store had before is wanted."""
    for variant in known.variants:
        mine = wanted.variants.setdefault(variant.row.id, WantedVariant())
        for one in drifts[variant.row.id]:
            if one.kind == "price" and one.field.startswith(PREFIX):
                mine.money.setdefault(one.store_field, _money(one.ours))
            elif one.kind == "quantity" and known.counted_whole:
                wanted.quantity = one.ours if wanted.quantity is None else wanted.quantity
            elif one.kind == "quantity":
                mine.quantity = one.ours if mine.quantity is None else mine.quantity


def _inheriting_again(write: NewWrite, known: KnownListing, live: KnownListing) -> NewWrite:
    """A variant that inherited the wanted value before gets nothing of its own."""
    name = write.store_field
    before = next(one for one in known.variants if one.row.id == write.variant_id)
    inherited = write.route is Route.VARIANT and name in before.inherited
    if inherited and same(name, write.after.shown, live.values[name]):
        return replace(write, after=Value(write.after.shown, None))
    return write


def _all(drifts: Mapping[UUID, list[Drift]]) -> Sequence[Drift]:
    return [one for rows in drifts.values() for one in rows]


def _money(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _product_price(live: KnownListing, drift: Drift) -> NewWrite:
    """Sets back a price of the product that none of its variants shows."""
    first = live.variants[0]
    before, after = _money(drift.live), _money(drift.ours)
    return NewWrite(
        listing_id=live.row.id,
        variant_id=first.row.id,
        variant_external_id=first.row.external_id,
        sku=first.row.sku,
        route=Route.PRODUCT,
        target=live.external_id,
        field=drift.field,
        store_field=drift.store_field,
        before=Value(before, before or Decimal(0)),
        after=Value(after, after or Decimal(0)),
        reason="The price is set back.",
        note={"whole": True},
    )
