"""A product of the store, as far as linking has to know it, as JSON can hold it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec

from app.bigcommerce.models.catalog import Product, Variant
from app.integrations.importing.product_records import inherited_fields, text_marks

IDENTIFIERS: Final = ("sku", "upc", "mpn", "gtin")
_MONEY: Final = ("price", "sale_price", "cost_price", "retail_price", "map_price")
_COLUMNS: Final = ("price", "sale_price", "cost", "msrp", "map")
_ZERO_MEANS_NONE: Final = frozenset({"sale_price", "retail_price", "map_price"})


class StoreVariant(msgspec.Struct, frozen=True):
    """A variant; a product without options has one, without options as well."""

    id: int
    identifiers: dict[str, str]
    options: dict[str, str]
    prices: dict[str, Decimal | None]
    quantity: int | None
    facts: dict[str, Any]


class StoreProduct(msgspec.Struct, frozen=True):
    """A product and its variants. Prices are keyed by our columns."""

    id: int
    name: str
    visible: bool
    identifiers: dict[str, str]
    prices: dict[str, Decimal | None]
    quantity: int | None
    facts: dict[str, Any]
    variants: list[StoreVariant]


def store_product(product: Product) -> StoreProduct:
    """Reduce a product of the store; the base variant's blank identifiers are the product's."""
    own = {name: str(getattr(product, name)) for name in IDENTIFIERS}
    return StoreProduct(
        id=product.id,
        name=product.name,
        visible=product.is_visible,
        identifiers=own,
        prices=_prices(product, None),
        quantity=product.inventory_level,
        facts={
            "inventory_tracking": product.inventory_tracking,
            "base_variant_id": product.base_variant_id,
            "is_visible": product.is_visible,
            "availability": product.availability,
            "type": product.type,
            "category_ids": product.categories,
            "brand_id": product.brand_id,
            "texts": text_marks(product),
        },
        variants=[_variant(product, variant, own) for variant in product.variants],
    )


def _variant(product: Product, variant: Variant, own: dict[str, str]) -> StoreVariant:
    base = not variant.option_values
    return StoreVariant(
        id=variant.id,
        identifiers={
            name: str(getattr(variant, name)) or (own[name] if base else "") for name in IDENTIFIERS
        },
        options={option.option_display_name: option.label for option in variant.option_values},
        prices=_prices(product, variant),
        quantity=variant.inventory_level,
        facts={
            "inherited": inherited_fields(variant),
            "purchasing_disabled": variant.purchasing_disabled,
            "base": base,
        },
    )


def _prices(product: Product, variant: Variant | None) -> dict[str, Decimal | None]:
    """What a shopper sees: a variant's blank prices are the product's."""
    prices: dict[str, Decimal | None] = {}
    for name, column in zip(_MONEY, _COLUMNS, strict=True):
        value: Decimal | None = getattr(variant, name) if variant is not None else None
        if value is None:
            value = getattr(product, name)
        prices[column] = None if name in _ZERO_MEANS_NONE and not value else value
    return prices


def to_json(product: StoreProduct) -> dict[str, Any]:
    """As a JSON column holds it."""
    document: dict[str, Any] = msgspec.to_builtins(product)
    return document


def from_json(document: dict[str, Any]) -> StoreProduct:
    """Back from a JSON column."""
    return msgspec.convert(document, StoreProduct)
