"""Values of the store as a trace keeps them: to put them back, or only to recognise them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from app.bigcommerce.models.catalog import Product, Variant
from app.integrations.publishing.images import bare

Trace = dict[str, Any]
LONG: Final = 200
_VOLATILE: Final = frozenset(
    {
        "date_created",
        "date_modified",
        "date_last_imported",
        "calculated_price",
        "inventory_level",
        "total_sold",
        "view_count",
        "reviews_count",
        "reviews_rating_sum",
        "variants",
        "images",
        "primary_image",
        "custom_fields",
        "options",
        "modifiers",
        "channels",
        "parent_relations",
    }
)
"""What moves by itself, or by orders, or is compared in its own way."""


def keep(value: Any) -> Any:
    """A value of the store as JSON that `restore` turns back into the same number."""
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if isinstance(value, Mapping):
        return {str(name): keep(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [keep(item) for item in value]
    return value.replace("\x00", "") if isinstance(value, str) else value


def restore(kept: Any) -> Any:
    """The value that `keep` was given."""
    if isinstance(kept, Mapping):
        if kept.keys() == {"number"}:
            return Decimal(kept["number"])
        return {name: restore(item) for name, item in kept.items()}
    return [restore(item) for item in kept] if isinstance(kept, list) else kept


def mark(value: Any) -> Any:
    """What is enough of a value to recognise it: long texts by their hash."""
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return f"{Decimal(value).normalize():f}"
    if isinstance(value, str) and len(value) > LONG:
        return hashlib.sha256(value.encode()).hexdigest()[:32]
    if isinstance(value, list | tuple):
        marks = [mark(item) for item in value]
        return sorted(marks, key=json.dumps)
    if isinstance(value, Mapping):
        return {str(name): mark(item) for name, item in value.items()}
    return keep(value)


_OF_VARIANTS: Final = (
    "sku",
    "price",
    "cost_price",
    "sale_price",
    "retail_price",
    "map_price",
    "weight",
    "width",
    "height",
    "depth",
    "fixed_cost_shipping_price",
    "is_free_shipping",
    "purchasing_disabled",
    "purchasing_disabled_message",
    "upc",
    "gtin",
    "mpn",
    "bin_picking_number",
)


def variant_mark(variant: Variant) -> str:
    """A fingerprint of what people set of a variant; stock is not part of it."""
    return fingerprint({name: getattr(variant, name) for name in _OF_VARIANTS})


def fingerprint(value: Any) -> str:
    """A short hash that is the same for equal values."""
    text = json.dumps(mark(value), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def creation_left(product: Product, images: Iterable[int]) -> Trace:
    """What is enough of a new product to tell later whether anybody has changed it."""
    return {
        "fields": {
            name: fingerprint(value) for name, value in product.raw.items() if name not in _VOLATILE
        },
        "variants": {str(variant.id): variant_mark(variant) for variant in product.variants},
        "variant_images": {
            str(variant.id): bare(variant.image_url)
            for variant in product.variants
            if variant.image_url
        },
        "custom_fields": _pairs(product),
        "images": sorted({*(image.id for image in product.images), *images}),
        "stock": {
            "product": product.inventory_level or 0,
            **{str(variant.id): variant.inventory_level or 0 for variant in product.variants},
        },
        "sold": product.total_sold or 0,
    }


def _pairs(product: Product) -> list[list[str]]:
    return sorted([keep(row.name), keep(row.value)] for row in product.custom_fields)


def creation_changes_since(left: Trace, now: Product, ours: Iterable[int]) -> list[str]:
    """Names of what is not as it was left; `ours` are images that are known to be of our making.

    A field that only one of the two answers holds says nothing.
    """
    found = [
        name
        for name, kept in left["fields"].items()
        if name in now.raw and fingerprint(now.raw[name]) != kept
    ]
    if left["variants"] != {str(variant.id): variant_mark(variant) for variant in now.variants}:
        found.append("variants")
    addresses = {str(variant.id): bare(variant.image_url) for variant in now.variants}
    if any(addresses.get(number) != url for number, url in left["variant_images"].items()):
        found.append("variant images")
    if left["custom_fields"] != _pairs(now):
        found.append("custom_fields")
    present, mine = {image.id for image in now.images}, {*left["images"], *ours}
    if not present <= mine or len(present) < len(left["images"]):
        found.append("images")
    return found
