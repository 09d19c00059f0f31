"""Undoing a run: what it wrote is taken back where the store still has it.

A value that somebody else has changed since is left alone and reported. Values go back as the
store held them: a variant that inherited its price inherits it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from app.bigcommerce.models.catalog import Product
from app.bigcommerce.resources import products
from app.integrations.context import RunContext
from app.integrations.syncing.cursor import SyncCursor
from app.integrations.syncing.diff import OF_PRODUCT, OF_VARIANT, TRACKING, VariantPlan
from app.integrations.syncing.known import LEVEL, MONEY, KnownListing, known_by_rows, known_live
from app.integrations.syncing.planning import LISTINGS_AT_ONCE, PlanPage
from app.integrations.syncing.texts import CUSTOM_FIELD
from app.integrations.syncing.wanted import Problem
from app.listings.kinds import Health
from app.listings.models import Listing, ListingVariant
from app.listings.repository import variants_of
from app.listings.writes import NewWrite, Value, listings_written, writes_of_run
from app.listings.writes_models import ListingWrite, Route
from app.runs.kinds import RunMode
from app.runs.recording import LogLine

CHANGED_SINCE: Final = (
    "changed_since",
    "Somebody has changed this in the store since, so it was left alone.",
)
NOT_UNDONE: Final = (
    "deletion_not_undone",
    "The product was deleted; publish the listing again to bring it back.",
)
STAYS: Final = (
    "value_stays",
    "There was no value before that is known of, so the one that was sent stays.",
)
GONE: Final = ("not_in_store", "The product is no longer in the store.")


@dataclass
class UndoPlanner:
    """Plans the way back, in pages of listings."""

    context: RunContext
    undo_of: UUID

    async def page(self, at: SyncCursor) -> PlanPage:
        """Plan the next listings that the run has written."""
        run = self.context.run
        async with self.context.res.unit_of_work() as uow:
            listings = await listings_written(
                uow,
                run.channel_id,
                self.undo_of,
                after=at.after,
                limit=LISTINGS_AT_ONCE,
                only=run.subjects,
            )
            ids = [listing.id for listing in listings]
            variants = await variants_of(uow, ids)
            written = await writes_of_run(uow, self.undo_of, ids)
        live = await self._look(listings)
        last = len(listings) < LISTINGS_AT_ONCE
        page = PlanPage(self.context, at, last=last)
        if at.after is None:
            page.log.append(LogLine(f"Taking back what run {self.undo_of} has written."))
        for listing in listings:
            self._plan(page, listing, variants[listing.id], written[listing.id], live)
        counted = Counter(route for route, _ in {(w.route, w.target) for w in page.writes})
        page.following = SyncCursor(
            "send" if last else "plan",
            str(listings[-1].id) if listings else at.after,
            at.counting(counted),
            at.location,
        )
        return page

    async def _look(self, listings: Sequence[Listing]) -> dict[int, Product]:
        ids = sorted({row.external_number for row in listings if row.external_number is not None})
        if not ids:
            return {}
        found = await products.by_ids(self.context.client, ids, include="variants,custom_fields")
        return {product.id: product for product in found}

    def _plan(
        self,
        page: PlanPage,
        listing: Listing,
        variants: Sequence[ListingVariant],
        written: Sequence[ListingWrite],
        live: Mapping[int, Product],
    ) -> None:
        before = known_by_rows(listing, variants)
        product = live.get(before.external_id)
        known = known_live(before, product)
        page.live.look(before, known)
        plans = {variant.row.id: VariantPlan(variant) for variant in known.variants}
        for row in written:
            plan = plans.get(row.variant_id) if row.variant_id is not None else None
            if plan is None:
                continue
            reason, write = _taken_back(row, known, product)
            if write is not None:
                plan.writes.append(write)
            elif reason is not None:
                plan.problems.append(Problem(row.field, *reason, failed=False))
        touched = {row.variant_id for row in written}
        chosen = [plan for plan in plans.values() if plan.known.row.id in touched]
        page.add(chosen, (), dry=self.context.run.mode is RunMode.DRY_RUN)


def _taken_back(
    row: ListingWrite, known: KnownListing, product: Product | None
) -> tuple[tuple[str, str] | None, NewWrite | None]:
    """A write that restores a row's value, or why there is none; neither when it is back."""
    if row.route == Route.DELETION:
        return NOT_UNDONE, None
    if product is None:
        return GONE, None
    now = _present(row, product)
    if _equal(now, row.before["stored"]):
        return None, None
    if row.before["stored"] is None and row.store_field not in MONEY:
        return STAYS, None
    if not _equal(now, row.after["stored"]):
        return CHANGED_SINCE, None
    return None, NewWrite(
        listing_id=row.listing_id,
        variant_id=row.variant_id,
        variant_external_id=row.variant_external_id,
        sku=row.sku,
        route=Route(row.route),
        target=row.target,
        field=row.field,
        store_field=row.store_field,
        before=Value(row.after["shown"], row.after["stored"]),
        after=Value(row.before["shown"], row.before["stored"]),
        reason="An earlier run is taken back.",
        note=_note(row, known),
    )


def _note(row: ListingWrite, known: KnownListing) -> dict[str, Any] | None:
    """What the listing's status is once a row is taken back."""
    if row.store_field not in ("is_visible", "availability", TRACKING):
        return {"whole": True} if row.note and row.note.get("whole") else None
    back = row.before["stored"]
    attention = (row.note or {}).get("attention", {})
    health = None
    if row.store_field == "is_visible":
        health = (Health.LISTED if back else Health.HIDDEN).value
    return {
        "facts": {row.store_field: back},
        "health": health,
        "carried_out": None,
        "attention": {code: not is_set for code, is_set in attention.items()},
    }


def _present(row: ListingWrite, product: Product) -> Any:
    """What the store itself holds now where a row wrote."""
    if row.route == Route.METAFIELD:
        # Only we can change it (FACTS 5.8).
        return row.after["stored"]
    if row.store_field == OF_PRODUCT:
        return product.inventory_level
    if row.store_field.startswith(CUSTOM_FIELD):
        name = row.store_field.removeprefix(CUSTOM_FIELD)
        return next((one.value for one in product.custom_fields if one.name == name), None)
    if row.route == Route.PRODUCT:
        return getattr(product, row.store_field, None)
    variant = next((one for one in product.variants if one.id == row.target), None)
    if variant is None:
        return None
    return getattr(variant, LEVEL if row.store_field == OF_VARIANT else row.store_field, None)


def _equal(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    if isinstance(one, Decimal) or isinstance(other, Decimal):
        return Decimal(str(one)) == Decimal(str(other))
    return bool(one == other)
