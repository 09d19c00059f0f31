"""Which pictures a publication sends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from app.bigcommerce.models.catalog import Image
from app.integrations.publishing.plan import DesiredVariant

Policy = Literal["all", "parent_and_first_variant", "parent_only", "first_parent_only"]


def choose_images(
    policy: Policy, parent: Sequence[str], variants: Sequence[DesiredVariant]
) -> list[str]:
    """Return the product's pictures, each once; takes pictures from variants that get none.

    With `all` and `parent_and_first_variant` those of variants stand in the gallery, too.
    """
    with_pictures = {
        "all": len(variants),
        "parent_and_first_variant": 1,
        "parent_only": 0,
        "first_parent_only": 0,
    }[policy]
    for variant in variants[with_pictures:]:
        variant.image = None
    own = list(parent[:1] if policy == "first_parent_only" else parent)
    of_variants = [row.image for row in variants[:with_pictures] if row.image]
    return list(dict.fromkeys([*own, *of_variants]))


def addresses_of(image: Image) -> set[str]:
    """Every address that the store gives a picture."""
    found = (image.url_zoom, image.url_standard, image.url_thumbnail, image.url_tiny)
    return {bare(address) for address in (*found, image.image_url, image.image_file) if address}


def bare(url: str) -> str:
    """An address without the number that the store appends after every change."""
    return url.partition("?")[0]
