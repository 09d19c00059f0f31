"""Drift: linked listings compared with the live store, and repaired by a policy per kind.

What differs from what the store had at our last look or write was changed by somebody else. It is
reported, set back to what we want (by the same requests as a sync), or adopted: an adopted price is
locked for the variant, so that no sync takes it back; an adopted status becomes the listing's.
Quantities are never adopted: the store's own sales would look the same.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.bigcommerce.models.catalog import Product
from app.bigcommerce.resources import products
from app.integrations.context import RunContext
from app.integrations.syncing.cursor import SyncCursor
from app.integrations.syncing.diff import VariantPlan
from app.integrations.syncing.drift_findings import Drift, Policy, drifts_of, without_agreed
from app.integrations.syncing.drift_page import DriftPage, missing_item, unchanged_item
from app.integrations.syncing.drift_repairs import as_money, repairs_of
from app.integrations.syncing.items import skipped_item
from app.integrations.syncing.known import MONEY, KnownListing, known_by_rows, known_live
from app.integrations.syncing.loading import Loaded, load_page
from app.integrations.syncing.planning import AT_A_STRETCH, LISTINGS_AT_ONCE, left_alone
from app.integrations.syncing.sold import Sold
from app.integrations.syncing.wanted import (
    WantedListing,
    Wishes,
    wanted_of,
)


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
        if any(drifts.values()):
            own = loaded.products.get(known.row.id)
            wanted = wanted_of(self._wishes, live, own) if own else WantedListing({})
            page.live.values += without_agreed(drifts, live, wanted)
        if not any(drifts.values()):
            page.items += [unchanged_item(one.row) for one in known.variants]
            return
        page.found.update(one.kind for rows in drifts.values() for one in rows)
        repairs = repairs_of(self._policy, known, live, wanted, drifts)
        self._adopt(page, live, drifts)
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

    def _adopt(
        self, page: DriftPage, live: KnownListing, drifts: Mapping[UUID, list[Drift]]
    ) -> None:
        if self._policy.of("price") != "adopt":
            return
        for variant in live.variants:
            names = [one.store_field for one in drifts[variant.row.id] if one.kind == "price"]
            if names:
                page.locks[variant.row.id] = {
                    name: as_money(variant.values[name]) for name in names if name in MONEY
                }
