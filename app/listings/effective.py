"""What a variant is to be sold with, once locks and inheritance are counted in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from app.listings.columns import AMOUNTS, IDENTIFIERS, MEASURES
from app.listings.models import Listing, ListingVariant

LOCKABLE: Final = (*AMOUNTS, "quantity")
_INHERITED: Final = (*AMOUNTS, *MEASURES)
_INHERITED_BY_ONLY_ONE: Final = ("sku", "quantity", *IDENTIFIERS)


def wanted(variant: ListingVariant) -> dict[str, Any]:
    """The variant's own values, with what was set by hand in place of what was imported."""
    values = {column: getattr(variant, column) for column in (*_INHERITED, *_INHERITED_BY_ONLY_ONE)}
    for column, value in variant.locked.items():
        values[column] = value if column == "quantity" or value is None else Decimal(value)
    return values


def effective(listing: Listing, variant: ListingVariant, *, only_one: bool) -> dict[str, Any]:
    """`wanted`, and from the listing what the variant leaves open.

    Prices and measures are inherited by every variant; SKU, identifiers and quantity belong to
    one thing only, so they are inherited just by a single variant.
    """
    values = wanted(variant)
    for column in (*_INHERITED, *_INHERITED_BY_ONLY_ONE) if only_one else _INHERITED:
        if values[column] is None:
            values[column] = getattr(listing, column)
    return values
