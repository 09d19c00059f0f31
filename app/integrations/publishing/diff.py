"""What has to change in the store so that a product becomes what it is to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from app.bigcommerce.models.catalog import Product, ProductOption, Variant
from app.channels.settings import PublishListingsSettings
from app.integrations.publishing.batches import Candidate
from app.integrations.publishing.category_paths import CategoryPaths
from app.integrations.publishing.image_diff import image_changes, variant_image_changes
from app.integrations.publishing.list_diff import category_changes, custom_field_changes
from app.integrations.publishing.memory import was_rewritten
from app.integrations.publishing.metafields import metafield_changes
from app.integrations.publishing.payload import INHERITED
from app.integrations.publishing.plan import (
    Change,
    DesiredVariant,
    change,
    variant_creation_changes,
)
from app.integrations.publishing.saving import matched
from app.mapping.diff import same

LEVEL: Final = "inventory_level"
TRACKING: Final = "inventory_tracking"
ALONE: Final = frozenset({"sku", "mpn", "gtin", "map_price"})
"""Values of variants that only the request for a single one is documented to take."""
_ZERO_IS_NONE: Final = frozenset({"sale_price", "retail_price", "map_price"})


@dataclass(frozen=True)
class StoreView:
    """What is known of the store as a whole."""

    settings: PublishListingsSettings
    categories: CategoryPaths
    brands: Mapping[int, str]
    single_location: bool


@dataclass
class Update:
    """Changes of one product, sorted by the request that makes them."""

    candidate: Candidate
    product: dict[str, Any] = field(default_factory=dict)
    variants: dict[int, dict[str, Any]] = field(default_factory=dict)
    single: dict[int, dict[str, Any]] = field(default_factory=dict)
    new_variants: list[DesiredVariant] = field(default_factory=list)
    options: list[ProductOption] | None = None
    """Those that the product has before variants are added, if they were read."""
    images: list[tuple[int, str]] = field(default_factory=list)
    gone_images: dict[str, int] = field(default_factory=dict)
    variant_images: dict[UUID, tuple[int, str]] = field(default_factory=dict)
    gone_fields: list[int] = field(default_factory=list)
    adds_fields: bool = False
    metafields: bool = False
    changes: list[Change] = field(default_factory=list)

    @property
    def sends(self) -> bool:
        """Whether anything but metafields has to be sent."""
        return bool(
            self.product
            or self.variants
            or self.single
            or self.new_variants
            or self.images
            or self.gone_images
            or self.variant_images
            or self.gone_fields
        )


def update_of(candidate: Candidate, view: StoreView) -> Update:
    """Compare a product as it is with what it is to be."""
    live, desired = candidate.live, candidate.desired
    assert live is not None  # noqa: S101 - only products that exist are compared
    update = Update(candidate)
    _compare_fields(update, live, view)
    _compare_brand(update, live, view)
    category_changes(update, live, view.categories)
    custom_field_changes(update, live)
    image_changes(update, live)
    pairs = matched(candidate.source.variants, live.variants)
    numbers = {row.id: variant for row, variant in pairs.items()}
    for wanted in desired.variants:
        variant = numbers.get(wanted.id)
        if variant is None or not variant.option_values:
            update.new_variants.append(wanted)
            update.changes += variant_creation_changes(wanted)
        else:
            _compare_variant(update, wanted, variant, live, view)
            variant_image_changes(update, wanted, variant)
    metafield_changes(update, live, numbers)
    return update


def _compare_fields(update: Update, live: Product, view: StoreView) -> None:
    candidate = update.candidate
    for name, wanted in candidate.desired.fields.items():
        there = there_of(live, name)
        if name == "name" and not view.settings.override_name:
            continue
        if name in (LEVEL, TRACKING) or wanted is None or _same(name, there, wanted):
            continue
        kept = candidate.before.sent if candidate.before else {}
        if name == "description" and was_rewritten(kept, name, wanted, there):
            continue
        update.product[name] = wanted
        update.changes.append(change(f"bigcommerce_product.{name}", there, wanted))
    _compare_stock(update, live, view)


def _compare_stock(update: Update, live: Product, view: StoreView) -> None:
    """Stock is tracked where we know its level; quantities of several places are a sync's work."""
    desired = update.candidate.desired
    tracking, level = desired.fields.get(TRACKING), desired.fields.get(LEVEL)
    switched = tracking not in (None, "none", live.inventory_tracking)
    if switched:
        update.product[TRACKING] = tracking
        update.changes.append(
            change(f"bigcommerce_product.{TRACKING}", live.inventory_tracking, tracking)
        )
    if level is not None and (switched or (view.single_location and level != live.inventory_level)):
        update.product[LEVEL] = level
        if level != live.inventory_level:
            place = f"bigcommerce_product.{LEVEL}"
            update.changes.append(change(place, live.inventory_level, level))


def _compare_brand(update: Update, live: Product, view: StoreView) -> None:
    brand = update.candidate.desired.brand
    if brand is None:
        return
    there = view.brands.get(live.brand_id or 0, "")
    if there.strip().casefold() == brand.casefold():
        return
    if brand:
        update.product["brand_name"] = brand
    else:
        update.product["brand_id"] = 0
    update.changes.append(change("bigcommerce_product.brand", there or None, brand or None))


def _compare_variant(
    update: Update, wanted: DesiredVariant, variant: Variant, live: Product, view: StoreView
) -> None:
    changed: dict[str, Any] = {}
    place = f"bigcommerce_variant[{wanted.sku}]"
    switched = TRACKING in update.product
    for name, value in {"sku": wanted.sku, **wanted.fields}.items():
        there = there_of(variant, name)
        if name == LEVEL:
            wanted_here = switched or (view.single_location and value != there)
            if value is None or not wanted_here:
                continue
        elif name in INHERITED:
            if _inherited_same(update, name, value, there, live):
                continue
        elif value is None or same(there, value):
            continue
        changed[name] = value
        if not same(there, value):
            update.changes.append(change(f"{place}.{name}", there, value))
    alone = {name: value for name, value in changed.items() if name in ALONE}
    together = {name: value for name, value in changed.items() if name not in ALONE}
    if alone:
        update.single[variant.id] = alone
    if together:
        update.variants[variant.id] = together


def _inherited_same(update: Update, name: str, value: Any, there: Any, live: Product) -> bool:
    """Whether a variant has its value already, be it of its own or its product's.

    Null in the store inherits. It stays null as long as the product's value is the wanted one.
    """
    products = update.candidate.desired.fields.get(name)
    products = there_of(live, name) if products is None else products
    if value is None:
        return there is None or _same(name, there, products)
    return _same(name, products if there is None else there, value)


def there_of(record: Product | Variant, name: str) -> Any:
    """A value as the store has it, whether or not this program has a name for it."""
    if name in record.__struct_fields__:
        return getattr(record, name)
    return record.raw.get(name)


def _same(name: str, there: Any, wanted: Any) -> bool:
    if name in _ZERO_IS_NONE:
        return same(there or None, wanted or None)
    return same(there, wanted)
