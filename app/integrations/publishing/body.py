"""The body that creates a product with everything inline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.integrations.publishing.payload import inherits
from app.integrations.publishing.plan import Desired, DesiredVariant


def creation_body(
    desired: Desired, category_ids: Sequence[int] | None, *, with_images: bool
) -> dict[str, Any]:
    """What is posted; brands are made or found by the store itself, ignoring case."""
    body = {name: value for name, value in desired.fields.items() if value is not None}
    if not body.get("sku"):
        body.pop("sku", None)
    if desired.brand:
        body["brand_name"] = desired.brand
    body["categories"] = list(category_ids or [])
    if desired.custom_fields:
        body["custom_fields"] = [
            {"name": name, "value": value} for name, value in desired.custom_fields
        ]
    if with_images and desired.images:
        body["images"] = [image_body(url, place) for place, url in enumerate(desired.images)]
    if desired.variants:
        body["variants"] = [
            _variant(desired, variant, with_images=with_images) for variant in desired.variants
        ]
    return body


def image_body(url: str, place: int) -> dict[str, Any]:
    """A picture at its place; the first one stands for the product."""
    return {"image_url": url, "is_thumbnail": place == 0, "sort_order": place}


def _variant(desired: Desired, variant: DesiredVariant, *, with_images: bool) -> dict[str, Any]:
    body = {
        name: value
        for name, value in variant.fields.items()
        if value is not None and not inherits(desired, variant, name)
    }
    body["sku"] = variant.sku
    body["option_values"] = [
        {"option_display_name": name, "label": label} for name, label in variant.options.items()
    ]
    if with_images and variant.image:
        body["image_url"] = variant.image
    return body
