"""What integrations keep of the store's objects beside the mapped values."""

from __future__ import annotations

from typing import Any

from app.bigcommerce.models.catalog import Product, Variant
from app.integrations.importing.product_records import inherited_fields, text_marks


def product_facts(product: Product) -> dict[str, Any]:
    """Facts of a product."""
    return {
        "inventory_tracking": product.inventory_tracking,
        "base_variant_id": product.base_variant_id,
        "is_visible": product.is_visible,
        "availability": product.availability,
        "type": product.type,
        "category_ids": product.categories,
        "brand_id": product.brand_id,
        "texts": text_marks(product),
    }


def variant_facts(variant: Variant) -> dict[str, Any]:
    """Facts of a variant."""
    return {
        "inherited": inherited_fields(variant),
        "purchasing_disabled": variant.purchasing_disabled,
        "base": not variant.option_values,
    }
