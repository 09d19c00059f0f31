"""What has to be written so that the store has what is wanted, and through which request.

- A simple product's prices stand at the product, unless the store already keeps one at its only
  variant: whichever place a store uses is stuck to (FACTS quirk 15).
- A variant that inherits a price goes on inheriting as long as it can: when all inheriting variants
  want the same new price, the product's price is written and they follow; a variant gets a price
  of its own only if it wants another than its product's (quirk 16).
- Stock is written under the id at which the store counts it, and not at all where it does not
  count (quirk 18), unless it was us who left it uncounted for want of a number.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from app.integrations.syncing.known import (
    LEVEL,
    MONEY,
    ZERO_IS_NONE,
    KnownListing,
    KnownVariant,
    enough,
)
from app.integrations.syncing.status import StatusWish
from app.integrations.syncing.texts import CUSTOM_FIELD, METAFIELD, LastTexts
from app.integrations.syncing.wanted import PREFIX, Problem, WantedListing, WantedVariant
from app.listings.synced import Known
from app.listings.writes import NewWrite, Value
from app.listings.writes_models import Route, WriteStatus

PRODUCT_PREFIX: Final = "bigcommerce_product."
UNTRACKED: Final = "The store does not count the stock of this variant, so no number is sent."
TRACKING: Final = "inventory_tracking"
OF_VARIANT: Final = "quantity_of_variant"
OF_PRODUCT: Final = "quantity_of_product"


@dataclass
class VariantPlan:
    """What is to be written for a variant, and what else is to be said of it."""

    known: KnownVariant
    writes: list[NewWrite] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)


def plan_listing(
    known: KnownListing,
    wanted: WantedListing,
    *,
    last_texts: LastTexts,
    chosen: Collection[UUID] | None = None,
) -> list[VariantPlan]:
    """Compare; with `chosen` only those variants may change."""
    plans = [VariantPlan(variant) for variant in known.variants]
    taken = [plan for plan in plans if chosen is None or plan.known.row.id in chosen]
    for plan in taken:
        mine = wanted.variants.get(plan.known.row.id)
        if mine is not None:
            plan.problems += mine.problems
            plan.remarks += mine.remarks
            if not known.counted_whole:
                _plan_quantity(known, plan, mine)
            plan.writes += _metafields(known, plan.known, mine, last_texts)
    if known.countable and known.tracking == "none":
        _begin_counting(known, plans)
    for name in MONEY:
        _plan_price(known, wanted, plans, taken, name)
    if taken and taken[0] is plans[0]:
        _plan_whole(known, wanted, taken[0])
        taken[0].writes += _product_texts(known, wanted, taken[0].known, last_texts)
    return plans


def _plan_quantity(known: KnownListing, plan: VariantPlan, mine: WantedVariant) -> None:
    have, want = plan.known.values[LEVEL], mine.quantity
    uncounted = known.tracking == "none"
    if want is None or (enough(LEVEL, have, want) and not (uncounted and known.countable)):
        return
    if uncounted and known.countable:
        plan.writes.append(_first_level(known, plan.known, want, mine.reasons.get(PREFIX + LEVEL)))
        return
    if uncounted:
        plan.remarks.append(Problem(PREFIX + LEVEL, "untracked", UNTRACKED, failed=False))
        return
    whole = known.tracking == "product"
    plan.writes.append(
        _write(
            known,
            plan.known,
            Route.INVENTORY,
            known.external_id if whole else plan.known.external_id,
            LEVEL,
            OF_PRODUCT if whole else OF_VARIANT,
            Value(have, have),
            Value(want, want),
            mine.reasons.get(PREFIX + LEVEL),
        )
    )


def _first_level(
    known: KnownListing, variant: KnownVariant, want: int, reason: str | None
) -> NewWrite:
    """The level that counting begins with.

    Without options it goes along with the switch, because that makes another item count; with
    options it goes before it, and shoppers never see a level of 0 that is none.
    """
    values = (Value(None, 0), Value(want, want))
    if known.simple:
        place = (Route.PRODUCT, known.external_id, LEVEL, LEVEL)
    else:
        place = (Route.INVENTORY, variant.external_id, LEVEL, OF_VARIANT)
    return _write(known, variant, *place, *values, reason)


def _begin_counting(known: KnownListing, plans: list[VariantPlan]) -> None:
    """Let the store count the stock (FACTS 5.10), now that a level is known."""
    levels = [plan for plan in plans if any(_is_level(write) for write in plan.writes)]
    if not levels:
        return
    how = "product" if known.simple else "variant"
    values = (Value("none", "none"), Value(how, how))
    place = (Route.PRODUCT, known.external_id, TRACKING, TRACKING)
    note = {"facts": {TRACKING: how}}
    write = _write(known, levels[0].known, *place, *values, note=note)
    levels[0].writes.append(replace(write, field=PRODUCT_PREFIX + TRACKING))


def _is_level(write: NewWrite) -> bool:
    return write.store_field in (LEVEL, OF_VARIANT)


def _plan_whole(known: KnownListing, wanted: WantedListing, first: VariantPlan) -> None:
    """What belongs to the product as a whole; it is told of its first variant."""
    have = known.values[LEVEL]
    if wanted.quantity is not None and not enough(LEVEL, have, wanted.quantity):
        first.writes.append(
            _write(
                known,
                first.known,
                Route.INVENTORY,
                known.external_id,
                LEVEL,
                OF_PRODUCT,
                Value(have, have),
                Value(wanted.quantity, wanted.quantity),
                wanted.quantity_reason,
                note={"whole": True},
            )
        )


def _product_texts(
    known: KnownListing, wanted: WantedListing, first: KnownVariant, last_texts: LastTexts
) -> list[NewWrite]:
    """Texts of the product; of variants that disagree the first one's counts."""
    texts: dict[str, str] = {}
    for variant in known.variants:
        mine = wanted.variants.get(variant.row.id)
        for name, text in mine.texts.items() if mine is not None else ():
            if not name.startswith(METAFIELD):
                texts.setdefault(name, text)
    there = {CUSTOM_FIELD + str(row["name"]): row["value"] for row in known.row.custom_fields}
    found = []
    for name, text in sorted(texts.items()):
        if known.texts is not None:
            before = known.texts.get(name)
        else:
            before = there.get(name, last_texts.get((first.row.id, PREFIX + name)))
        if text != before:
            values = (Value(before, before), Value(text, text))
            found.append(
                _write(known, first, Route.PRODUCT, known.external_id, name, name, *values)
            )
    return found


def _metafields(
    known: KnownListing, variant: KnownVariant, mine: WantedVariant, last_texts: LastTexts
) -> list[NewWrite]:
    found = []
    for name, text in sorted(mine.texts.items()):
        before = last_texts.get((variant.row.id, PREFIX + name))
        if name.startswith(METAFIELD) and text != before:
            values = (Value(before, before), Value(text, text))
            found.append(
                _write(known, variant, Route.METAFIELD, variant.external_id, name, name, *values)
            )
    return found


def _plan_price(
    known: KnownListing,
    wanted: WantedListing,
    plans: list[VariantPlan],
    taken: list[VariantPlan],
    name: str,
) -> None:
    differing = [
        (plan, mine)
        for plan in taken
        if (mine := wanted.variants.get(plan.known.row.id)) is not None
        and name in mine.money
        and not enough(name, plan.known.values[name], mine.money[name])
    ]
    if not differing:
        return
    inheriting = [plan for plan in plans if name in plan.known.inherited]
    follow = _together(inheriting, taken, wanted, name)
    shown = known.values[name]
    if follow:
        # What the product says once the variants that inherit have what they want.
        shown = wanted.variants[inheriting[0].known.row.id].money[name]
    for plan, mine in differing:
        value = mine.money[name]
        reason = mine.reasons.get(PREFIX + name)
        before = Value(plan.known.values[name], plan.known.stored(name))
        if name in plan.known.inherited and (known.simple or follow):
            route, target = Route.PRODUCT, known.external_id
            # The product itself cannot be without a price: it says 0.
            after = Value(value, Decimal(0) if value is None else value)
            before = Value(before.shown, _of_product(known, name))
        else:
            route, target = Route.VARIANT, plan.known.external_id
            after = Value(value, _of_variant(shown, name, value))
        plan.writes.append(
            _write(known, plan.known, route, target, name, name, before, after, reason)
        )


def _together(
    inheriting: list[VariantPlan], taken: list[VariantPlan], wanted: WantedListing, name: str
) -> bool:
    """Whether all variants that inherit a price may change and want the same one."""
    values = set()
    for plan in inheriting:
        mine = wanted.variants.get(plan.known.row.id)
        if mine is None or name not in mine.money or not any(plan is one for one in taken):
            return False
        values.add(mine.money[name] or (None if name in ZERO_IS_NONE else mine.money[name]))
    return len(values) == 1


def _of_product(known: KnownListing, name: str) -> Any:
    value = known.values[name]
    return Decimal(0) if value is None else value


def _of_variant(products: Known, name: str, value: Decimal | None) -> Decimal | None:
    """A variant without a price of its own would show its product's, unless it says 0."""
    if value or name not in ZERO_IS_NONE:
        return value
    return Decimal(0) if products else None


def status_writes(known: KnownListing, wish: StatusWish) -> list[NewWrite]:
    """Writes of a listing's visibility or its deletion; the first carries what to record."""
    first = known.variants[0] if known.variants else None
    found: list[tuple[Route, str, Any, Any]] = []
    if wish.deletion:
        found.append((Route.DELETION, "listing", known.row.health, "delisted"))
    if wish.visible is not None:
        found.append((Route.PRODUCT, "is_visible", known.visible, wish.visible))
    if wish.availability is not None:
        found.append((Route.PRODUCT, "availability", known.availability, wish.availability))
    note = wish.note(known)
    told = {
        "facts": dict(note.facts),
        "health": note.health.value if note.health else None,
        "carried_out": note.carried_out,
        "attention": dict(note.attention),
    }
    return [
        NewWrite(
            listing_id=known.row.id,
            variant_id=first.row.id if first else None,
            variant_external_id=first.row.external_id if first else None,
            sku=first.row.sku if first else known.row.sku,
            route=route,
            target=known.external_id,
            field=f"{PRODUCT_PREFIX}{name}" if route is Route.PRODUCT else name,
            store_field=name,
            before=Value(before, before),
            after=Value(after, after),
            reason=wish.reason,
            note=told if place == 0 else None,
        )
        for place, (route, name, before, after) in enumerate(found)
    ]


def remark_of(variant: KnownVariant, problem: Problem, status: WriteStatus) -> NewWrite:
    """A problem as the history keeps it beside the variant's writes; nothing is sent for it."""
    nothing = Value(None, None)
    return NewWrite(
        listing_id=variant.row.listing_id,
        variant_id=variant.row.id,
        variant_external_id=variant.row.external_id,
        sku=variant.row.sku,
        route=Route.VARIANT,
        target=variant.external_id,
        field=problem.field or "",
        store_field="",
        before=nothing,
        after=nothing,
        status=status,
        code=problem.code,
        message=problem.message,
    )


def _write(
    known: KnownListing,
    variant: KnownVariant,
    route: Route,
    target: int,
    name: str,
    store_field: str,
    before: Value,
    after: Value,
    reason: str | None = None,
    note: dict[str, Any] | None = None,
) -> NewWrite:
    return NewWrite(
        listing_id=known.row.id,
        variant_id=variant.row.id,
        variant_external_id=variant.row.external_id,
        sku=variant.row.sku,
        route=route,
        target=target,
        field=PREFIX + name,
        store_field=store_field,
        before=before,
        after=after,
        reason=reason or None,
        note=note,
    )
