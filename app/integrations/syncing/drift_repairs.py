"""Writes that set back what others changed, and nothing besides.

What is wanted of a value goes where the store kept it before: a variant that had a price of its own
gets one again, one that followed its product follows it again, and a product's price is set back
even where no variant shows it. What we changed ourselves in the meantime is the sync's to send.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.integrations.syncing.diff import (
    OF_PRODUCT,
    OF_VARIANT,
    PRODUCT_PREFIX,
    plan_listing,
    status_writes,
)
from app.integrations.syncing.drift_findings import Drift, Policy
from app.integrations.syncing.known import MONEY, ZERO_IS_NONE, KnownListing, KnownVariant, same
from app.integrations.syncing.status import StatusWish
from app.integrations.syncing.wanted import PREFIX, WantedListing, WantedVariant
from app.listings.kinds import Health
from app.listings.writes import NewWrite, Value
from app.listings.writes_models import Route

Drifts = Mapping[UUID, Sequence[Drift]]
Writes = dict[UUID, list[NewWrite]]


def repairs_of(
    policy: Policy, known: KnownListing, live: KnownListing, wanted: WantedListing, drifts: Drifts
) -> Writes:
    """Writes by variant for the kinds that are to be repaired."""
    found: Writes = {variant.row.id: [] for variant in live.variants}
    if not live.variants:
        return found
    _fall_back(known, wanted, drifts)
    first = live.variants[0].row.id
    if policy.price == "repair":
        for name in MONEY:
            _PriceRepair(known, live, wanted, drifts, name).into(found)
    if policy.quantity == "repair":
        _set_back_stock(live, wanted, drifts, found)
    if policy.status == "repair":
        names = {one.store_field for one in drifts[first] if one.kind == "status"}
        wish = StatusWish(reason="The visibility is set back.")
        if "is_visible" in names:
            wish.visible = known.visible
            wish.health = Health.LISTED if known.visible else Health.HIDDEN
        wish.availability = known.availability if "availability" in names else None
        found[first] += status_writes(live, wish)
    return found


def _fall_back(known: KnownListing, wanted: WantedListing, drifts: Drifts) -> None:
    """Where our product says nothing of a value, what the store had before is wanted."""
    for variant in known.variants:
        mine = wanted.variants.setdefault(variant.row.id, WantedVariant())
        for one in drifts[variant.row.id]:
            if one.kind == "price" and one.field.startswith(PREFIX):
                mine.money.setdefault(one.store_field, as_money(one.ours))
            elif one.kind == "quantity" and known.counted_whole:
                wanted.quantity = one.ours if wanted.quantity is None else wanted.quantity
            elif one.kind == "quantity":
                mine.quantity = one.ours if mine.quantity is None else mine.quantity


def _set_back_stock(
    live: KnownListing, wanted: WantedListing, drifts: Drifts, found: Writes
) -> None:
    for plan in plan_listing(live, wanted, last_texts={}):
        variant_id = plan.known.row.id
        if any(one.kind == "quantity" for one in drifts[variant_id]):
            found[variant_id] += [
                write for write in plan.writes if write.store_field in (OF_VARIANT, OF_PRODUCT)
            ]


def as_money(value: Any) -> Decimal | None:
    """A price that was read or written down."""
    return None if value is None else Decimal(str(value))


@dataclass(frozen=True)
class _PriceRepair:
    """One kind of price of a listing."""

    known: KnownListing
    live: KnownListing
    wanted: WantedListing
    drifts: Drifts
    name: str

    def into(self, found: Writes) -> None:
        """Add the writes that are needed."""
        pairs = list(zip(self.known.variants, self.live.variants, strict=True))
        drifted = [(old, new) for old, new in pairs if self._has_drifted(new)]
        whole = self._of_product(drifted)
        product_is_written = False
        for old, new in drifted:
            want = self._wanted(new)
            if same(self.name, new.values[self.name], want):
                continue
            follows = self.name in old.inherited and same(self.name, want, whole)
            if follows and self.name in new.inherited:
                product_is_written = True
                found[new.row.id].append(self._product(new, want))
            else:
                found[new.row.id].append(self._variant(new, want, follows=follows))
        if not product_is_written and not same(self.name, self.live.values[self.name], whole):
            told_of = self.live.variants[0]
            alone = any(
                one.field == PRODUCT_PREFIX + self.name for one in self.drifts[told_of.row.id]
            )
            if not alone and drifted:
                told_of = drifted[0][1]
            found[told_of.row.id].append(self._product(told_of, whole, alone=True))

    def _has_drifted(self, variant: KnownVariant) -> bool:
        return any(one.field == PREFIX + self.name for one in self.drifts[variant.row.id])

    def _wanted(self, variant: KnownVariant) -> Decimal | None:
        return self.wanted.variants[variant.row.id].money[self.name]

    def _of_product(self, drifted: Sequence[tuple[KnownVariant, KnownVariant]]) -> Decimal | None:
        """What the product is to have: what those that follow it want, else what it had."""
        before = as_money(self.known.values[self.name])
        if same(self.name, before, self.live.values[self.name]):
            return before
        wants = {self._wanted(new) for old, new in drifted if self.name in old.inherited}
        return wants.pop() if len(wants) == 1 else before

    def _variant(self, live: KnownVariant, want: Decimal | None, *, follows: bool) -> NewWrite:
        own = Decimal(0) if want is None and self.name in ZERO_IS_NONE else want
        return self._write(
            live,
            Route.VARIANT,
            live.external_id,
            Value(live.values[self.name], live.stored(self.name)),
            Value(want, None if follows else own),
        )

    def _product(
        self, variant: KnownVariant, want: Decimal | None, *, alone: bool = False
    ) -> NewWrite:
        """Sets the product's price; `alone` when no variant shows the change."""
        before = as_money(self.live.values[self.name])
        shown = before if alone else variant.values[self.name]
        # The product itself cannot be without a price: it says 0.
        return self._write(
            variant,
            Route.PRODUCT,
            self.live.external_id,
            Value(shown, before or Decimal(0)),
            Value(want, want or Decimal(0)),
            whole=alone,
        )

    def _write(
        self,
        variant: KnownVariant,
        route: Route,
        target: int,
        before: Value,
        after: Value,
        *,
        whole: bool = False,
    ) -> NewWrite:
        return NewWrite(
            listing_id=self.live.row.id,
            variant_id=variant.row.id,
            variant_external_id=variant.row.external_id,
            sku=variant.row.sku,
            route=route,
            target=target,
            field=(PRODUCT_PREFIX if whole else PREFIX) + self.name,
            store_field=self.name,
            before=before,
            after=after,
            reason="The price is set back.",
            note={"whole": True} if whole else None,
        )
