"""What we say of a listing: content as it is listed, prices and stock as its product has them.

Prices are reset to the product's own on every run, so that a rule never compounds; a price or
quantity that was locked by hand stands in place of both. What nothing is known of is left out of
the record, so that our gaps never clear a value of the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from app.integrations.syncing.sold import Sold
from app.listings.models import Listing, ListingVariant
from app.mapping.engine.context import Context
from app.products.columns import sku_key
from app.products.models import Product, ProductVariant, StockLevel
from app.rules.prices import PriceResult, VariantFacts, apply_pricing, category_names
from app.rules.quantities import QuantityResult, StockFacts, apply_quantity
from app.rules.reading import ActiveRule

_AMOUNTS: Final = ("price", "sale_price", "cost", "msrp", "map")
_RULE_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {"price": "list_price", "sale_price": "sale_price", "msrp": "msrp", "map": "map"}
)
_SOURCE_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "price": "list_price",
        "sale_price": "sale_price",
        "msrp": "msrp",
        "map": "map",
        "cost": "estimated_cost",
    }
)
_TARGETS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "list_price": "bigcommerce_variant.price",
        "sale_price": "bigcommerce_variant.sale_price",
        "msrp": "bigcommerce_variant.retail_price",
        "map": "bigcommerce_variant.map_price",
    }
)
"""Which value of the store a blocked price field leaves alone."""
_CONTENT: Final = ("upc", "gtin", "mpn", "weight", "length", "width", "height")
_FEES: Final = frozenset({"estimated_dropship_fee", "estimated_shipping_cost"})
"""Costs without a column, which follow the product as prices do."""


@dataclass(frozen=True)
class OwnProduct:
    """A product of ours with its variants and the stock of their SKUs."""

    product: Product
    variants: tuple[ProductVariant, ...]
    levels: Mapping[str, list[StockLevel]]
    sold: Sold
    """Units that were sold, of these and of other SKUs."""


@dataclass(frozen=True)
class OwnVariant:
    """The part of a product that a listing's variant follows."""

    product: Product
    variant: ProductVariant | None
    levels: Mapping[str, int]
    reserved: int
    recent_sales: Mapping[int, int]
    """Units that were sold lately besides, by minutes."""
    stock_sku: str


@dataclass
class Entry:
    """A variant's part of the record, and how its prices and quantity came about."""

    values: dict[str, Any]
    prices: dict[str, PriceResult]
    quantity: QuantityResult
    blocked: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Target → (code, sentence) where a rule says that nothing may be sent."""


def matched(
    listing: Listing, variants: Sequence[ListingVariant], own: OwnProduct
) -> dict[Any, OwnVariant]:
    """Find for each variant, by id, what it follows: by SKU, else by its options.

    A listing with a single variant follows the product itself when the product has no variants,
    or its only one.
    """
    by_sku = {row.sku_key: row for row in own.variants}
    by_options = {_options_key(row.options): row for row in own.variants if row.options}
    found: dict[Any, OwnVariant] = {}
    for row in variants:
        theirs = by_sku.get(sku_key(row.sku or ""))
        if theirs is None and row.options:
            theirs = by_options.get(_options_key(row.options))
        if theirs is None and len(variants) == 1:
            if len(own.variants) > 1:
                continue
            theirs = own.variants[0] if own.variants else None
        elif theirs is None:
            continue
        found[row.id] = _own_variant(own, theirs, only_one=len(variants) == 1)
    return found


def _own_variant(own: OwnProduct, variant: ProductVariant | None, *, only_one: bool) -> OwnVariant:
    key = variant.sku_key if variant is not None else own.product.sku_key
    if key not in own.levels and only_one:
        # The stock of a product with a single choice may have been given for the product.
        key = own.product.sku_key
    levels = {level.warehouse: level.quantity for level in own.levels.get(key, ())}
    return own_variant(own, variant, levels, key)


def own_variant(
    own: OwnProduct, variant: ProductVariant | None, levels: Mapping[str, int], key: str
) -> OwnVariant:
    """A part of a product with the stock of a SKU."""
    reserved, recent = own.sold.reserved.get(key, 0), own.sold.recent_of({key})
    return OwnVariant(own.product, variant, levels, reserved, recent, key)


def _options_key(options: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        sorted((str(name).casefold(), str(label).casefold()) for name, label in options.items())
    )


def amount(own: OwnVariant, column: str) -> Decimal | None:
    """A price of a variant; what it leaves open is the product's."""
    value: Decimal | None = getattr(own.variant, column) if own.variant is not None else None
    return getattr(own.product, column) if value is None else value


def listing_part(listing: Listing, own: OwnProduct | None) -> dict[str, Any]:
    """The listing's part of the record."""
    values: dict[str, Any] = {
        **listing.extra,
        "title": listing.title,
        "description": listing.description,
        "brand": listing.brand,
        "category_path": listing.categories,
        "image": listing.images,
        "custom_field": listing.custom_fields,
        "parent_sku": listing.sku,
        "master_sku": listing.product_sku or listing.sku,
        "health": listing.health,
        **{name: getattr(listing, name) for name in _CONTENT},
    }
    if own is not None:
        # What the listing was built with is its own; the rest is the product's.
        values.setdefault("type", own.product.type)
        values.setdefault("attribute", values.pop("attributes", own.product.attributes))
        for column in _AMOUNTS:
            key = "estimated_cost" if column == "cost" else column
            values[key] = getattr(own.product, column)
    return _known(values)


def variant_content(row: ListingVariant, own: OwnVariant) -> dict[str, Any]:
    """A variant's part of the record with the product's own prices, before any rule."""
    built = {name: value for name, value in row.extra.items() if name not in _FEES}
    extra = {**own.product.extra, **(own.variant.extra if own.variant else {}), **built}
    return _known(
        {
            **extra,
            "sku": row.sku,
            "master_sku": own.variant.sku if own.variant else own.product.sku,
            "option": row.options,
            "image": row.image,
            **{name: getattr(row, name) for name in _CONTENT},
            **{_SOURCE_KEYS[column]: amount(own, column) for column in _AMOUNTS},
        }
    )


def entry_of(
    listing: Listing,
    row: ListingVariant,
    own: OwnVariant,
    rules: Sequence[ActiveRule],
    context: Context,
    *,
    parent: Mapping[str, Any],
    minor_units: int,
) -> Entry:
    """A variant's part of the record, with rules and locks applied."""
    content = variant_content(row, own)
    facts = VariantFacts(
        sku=row.sku or "",
        list_price=amount(own, "price"),
        sale_price=amount(own, "sale_price"),
        msrp=amount(own, "msrp"),
        map=amount(own, "map"),
        cost=_locked(row, "cost") or amount(own, "cost"),
        brand=listing.brand or own.product.brand,
        categories=category_names(listing.categories or own.product.categories),
        locked={
            rule_field: locked
            for column, rule_field in _RULE_FIELDS.items()
            if (locked := _locked(row, column)) is not None
        },
        record={"listing": parent, "listing_variant": [content]},
    )
    prices = apply_pricing(rules, facts, context, minor_units=minor_units)
    stock = StockFacts(
        levels=own.levels,
        open_orders=own.reserved,
        recent_sales=own.recent_sales,
        locked=row.locked.get("quantity"),
    )
    counted = apply_quantity(rules, facts, stock, context)
    blocked: dict[str, tuple[str, str]] = {}
    for name, result in prices.items():
        content[name] = result.price
        if result.blocked:
            blocked[_TARGETS[name]] = (result.code, result.reason)
    content["estimated_cost"] = facts.cost
    content["quantity"] = counted.quantity
    by_name: dict[str, PriceResult] = {name: result for name, result in prices.items()}  # noqa: C416 - narrows the keys
    return Entry(_known(content), by_name, counted, blocked)


def _locked(row: ListingVariant, column: str) -> Decimal | None:
    value = row.locked.get(column)
    return None if value is None else Decimal(str(value))


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
