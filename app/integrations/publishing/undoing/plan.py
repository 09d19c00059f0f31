"""What it takes to put a product back as a publication found it.

Every value is looked at in the store. Where the store has it back already, nothing is done; where
it still has what the publication left, it is put back; where it has anything else, somebody has
been there, and it stays. So a plan that is made again after a crash holds only what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.bigcommerce.models.catalog import Product, Variant
from app.integrations.publishing.batches import Candidate
from app.integrations.publishing.diff import ALONE, Update
from app.integrations.publishing.marks import Trace, keep, mark, restore
from app.integrations.publishing.payload import INHERITED
from app.integrations.publishing.plan import Change, Desired, Remark, Source, change
from app.integrations.publishing.undoing.plan_parts import (
    take_back_custom_fields,
    take_back_images,
    take_back_variant_images,
)
from app.integrations.publishing.undoing.remarks import changed_since, value_stays
from app.listings.publishing_models import ListingImage, ListingPublication
from app.listings.traces_models import PublicationTrace, TraceStatus

NULLABLE: Final = frozenset({"preorder_release_date"})
NEVER_BLANK: Final = frozenset({"upc", "gtin"})
"""Texts of products that the store refuses when they are empty (FACTS 5.2)."""


@dataclass
class Facts:
    """What is known of a listing whose publication is taken back."""

    trace: PublicationTrace
    source: Source
    publication: ListingPublication | None = None
    images: Mapping[tuple[str, str], ListingImage] = field(default_factory=dict)
    live: Product | None = None
    stock: Mapping[tuple[str, int], int] = field(default_factory=dict)
    """Levels that a sync has sent since."""
    ordered: bool = False
    """Whether we know of orders of its SKUs since."""


@dataclass
class TakeBack:
    """What is done for one listing, and what is left."""

    facts: Facts
    update: Update
    deletes: bool = False
    gone_variants: list[int] = field(default_factory=list)
    values: Mapping[str, list[int]] = field(default_factory=dict)
    """Values by option that the product had before variants were added."""
    changed_metafields: list[tuple[str, int, str]] = field(default_factory=list)
    gone_metafields: list[tuple[str, int]] = field(default_factory=list)
    left: list[Remark] = field(default_factory=list)
    missing: bool = False
    """Whether the product is no longer there."""

    @property
    def changes(self) -> list[Change]:
        """As runs report them."""
        return self.update.changes

    @property
    def begun(self) -> bool:
        """Whether it was written down already that it is taken back."""
        return self.facts.trace.status == TraceStatus.UNDOING


def empty(facts: Facts) -> TakeBack:
    """A plan that does nothing yet."""
    candidate = Candidate(facts.source, Desired(fields={}), live=facts.live, images=facts.images)
    return TakeBack(facts, Update(candidate))


def take_back_update(facts: Facts, live: Product) -> TakeBack:
    """Plan the way back of a product that was refreshed."""
    back = empty(facts)
    before, after = facts.trace.before, facts.trace.after
    update = back.update
    body = _values(back, "bigcommerce_product", live, before.get("product"), after.get("product"))
    update.product.update(body)
    take_back_custom_fields(update, back.left, before, after, live)
    take_back_images(update, back.left, before, after, live, facts.images)
    update.candidate.desired.fields.update(update.product)
    rows = {str(variant.id): variant for variant in live.variants}
    for number, kept in before.get("variants", {}).items():
        variant = rows.get(number)
        if variant is None:
            continue
        place = f"bigcommerce_variant[{variant.sku}]"
        body = _values(back, place, variant, kept, after.get("variants", {}).get(number))
        alone = {name: value for name, value in body.items() if name in ALONE}
        together = {name: value for name, value in body.items() if name not in ALONE}
        if alone:
            update.single[variant.id] = alone
        if together:
            update.variants[variant.id] = together
    take_back_variant_images(update, back.left, before, after, live, begun=back.begun)
    return back


def _values(
    back: TakeBack, place: str, record: Product | Variant, before: Trace | None, after: Trace | None
) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for name, kept in (before or {}).items():
        now, field_name = record.raw.get(name), f"{place}.{name}"
        if keep(now) == kept or mark(restore(kept)) == mark(now):
            continue
        if mark(now) != (after or {}).get(name):
            back.left.append(changed_since(field_name))
            continue
        was = restore(kept)
        if name == "brand_id":
            was = was or 0
        if not _takes(record, name, was):
            back.left.append(value_stays(field_name))
            continue
        body[name] = was
        back.update.changes.append(change(field_name, now, was))
    return body


def _takes(record: Product | Variant, name: str, value: object) -> bool:
    if isinstance(record, Product):
        return name in NULLABLE if value is None else not (value == "" and name in NEVER_BLANK)
    return value is not None or name in INHERITED
