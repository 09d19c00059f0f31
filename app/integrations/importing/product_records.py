"""A product of the store as a record for templates.

A variant's price, sizes and weight that are null in the store are inherited from its product
(FACTS 5.5): the record carries what a shopper sees, and `inherited` says which they were, so that
a later sync does not break the inheritance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from app.bigcommerce.models.catalog import Brand, Category, Product, Variant

INHERITED = (
    "price",
    "cost_price",
    "sale_price",
    "retail_price",
    "map_price",
    "weight",
    "width",
    "height",
    "depth",
)
_BASE_INHERITED = ("upc", "gtin", "mpn", "sku")
_ZERO_MEANS_NONE = ("sale_price", "retail_price", "map_price")


def brand_names(brands: Iterable[Brand]) -> dict[str, str]:
    """Names by id, as JSON can hold them."""
    return {str(brand.id): brand.name for brand in brands}


def category_paths(categories: Iterable[Category]) -> dict[str, list[str]]:
    """Paths of names from the top by id, whatever the depth; a circle ends where it began."""
    known = {category.key: category for category in categories}
    return {str(key): _path(key, known) for key in known if key}


def _path(key: int, known: Mapping[int, Category]) -> list[str]:
    names: list[str] = []
    seen: set[int] = set()
    while key in known and key not in seen:
        seen.add(key)
        names.append(known[key].name)
        key = known[key].parent_id
    return names[::-1]


def product_record(
    product: Product, brands: Mapping[str, str], categories: Mapping[str, list[str]]
) -> dict[str, Any]:
    """The nested record of a product and its variants."""
    raw = {key: value for key, value in product.raw.items() if key != "variants"}
    parent = {
        **raw,
        **{name: _none_for_zero(getattr(product, name)) for name in _ZERO_MEANS_NONE},
        "brand": brands.get(str(product.brand_id)) if product.brand_id else None,
        "categories": [
            categories[str(key)] for key in product.categories if str(key) in categories
        ],
        "url": product.custom_url.url if product.custom_url else None,
        "date_created": product.date_created,
        "date_modified": product.date_modified,
    }
    return {
        "bigcommerce_product": parent,
        "bigcommerce_variant": [variant_record(product, variant) for variant in product.variants],
    }


def variant_record(product: Product, variant: Variant) -> dict[str, Any]:
    """One variant, with what it inherits filled in."""
    record: dict[str, Any] = dict(variant.raw)
    for name in INHERITED:
        own = getattr(variant, name)
        record[name] = getattr(product, name) if own is None else own
    for name in _ZERO_MEANS_NONE:
        record[name] = _none_for_zero(record[name])
    if not variant.option_values:
        for name in _BASE_INHERITED:
            record[name] = getattr(variant, name) or getattr(product, name)
    record["image"] = variant.image_url or None
    return record


def inherited_fields(variant: Variant) -> list[str]:
    """Which of a variant's fields the store leaves to the product."""
    return [name for name in INHERITED if getattr(variant, name) is None]


def text_marks(product: Product) -> dict[str, str]:
    """Short marks of the store's own texts: templates and edits change ours, these stay."""
    return {name: text_mark(getattr(product, name)) for name in ("name", "description")}


def text_mark(text: str) -> str:
    """Equal texts have equal marks."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=9).hexdigest()


def master_sku(product: Product, field: str) -> str | None:
    """The identifier chosen as master SKU; for the SKU, a variant's stands in for a missing one."""
    if field == "id":
        return str(product.id)
    own = getattr(product, field) or None
    if own is None and product.variants:
        own = getattr(min(product.variants, key=lambda variant: variant.id), field) or None
    return own


def _none_for_zero(value: Decimal | None) -> Decimal | None:
    return value or None
