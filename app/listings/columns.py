"""Which column a mapped target fills, and how a draft and a stored row become one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from app.mapping.additions import Addition
from app.mapping.ownership import is_own
from app.mapping.values import as_decimal, as_text, is_blank

Row = dict[str, Any]

_SHARED: Final = {
    "sku": "sku",
    "list_price": "price",
    "price": "price",
    "sale_price": "sale_price",
    "msrp": "msrp",
    "map": "map",
    "estimated_cost": "cost",
    "cost": "cost",
    "quantity": "quantity",
    "upc": "upc",
    "gtin": "gtin",
    "mpn": "mpn",
    "weight": "weight",
    "length": "length",
    "width": "width",
    "height": "height",
}
LISTING_COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **_SHARED,
        "master_sku": "sku",
        "title": "title",
        "description": "description",
        "brand": "brand",
        "category_path": "categories",
        "categories": "categories",
        "images": "images",
        "image": "images",
        "custom_fields": "custom_fields",
        "custom_field": "custom_fields",
    }
)
VARIANT_COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {**_SHARED, "options": "options", "option": "options", "image": "image"}
)

AMOUNTS: Final = ("price", "sale_price", "msrp", "map", "cost")
MEASURES: Final = ("weight", "length", "width", "height")
IDENTIFIERS: Final = ("upc", "gtin", "mpn")
FOLLOWING: Final = frozenset({*AMOUNTS, "quantity"})
"""Of a listing in the store these say what the store has, so that a sync can tell the two apart."""
_NUMBERS: Final = frozenset({*AMOUNTS, *MEASURES})
_LISTS: Final = frozenset({"categories", "images", "custom_fields"})
_NEVER_NULL: Final = frozenset({"title", "description", "brand"})

_BLANK_SHARED: Final[Row] = dict.fromkeys(
    ("sku", *AMOUNTS, "quantity", *IDENTIFIERS, *MEASURES), None
)
BLANK_LISTING: Final[Mapping[str, Any]] = MappingProxyType(
    {
        **_BLANK_SHARED,
        "title": "",
        "description": "",
        "brand": "",
        "categories": [],
        "images": [],
        "custom_fields": [],
        "extra": {},
        "store_facts": {},
        "currency": None,
        "health": "not_listed",
        "import_attention": [],
    }
)
BLANK_VARIANT: Final[Mapping[str, Any]] = MappingProxyType(
    {
        **_BLANK_SHARED,
        "options": {},
        "image": None,
        "position": 0,
        "extra": {},
        "store_facts": {},
    }
)


def stored_form(column: str, value: Any) -> Any:
    """A mapped value as its column holds it; blank values become the column's empty value."""
    if column == "options":
        return plain(dict(value)) if value else {}
    if column in _LISTS:
        return plain(list(value)) if value else []
    if column in _NEVER_NULL:
        return storable(as_text(value))
    if is_blank(value):
        return None
    if column in _NUMBERS:
        return as_decimal(value)
    if column == "quantity":
        return int(as_decimal(value))
    return storable(as_text(value))


def merged(
    stored: Mapping[str, Any] | None,
    blank: Mapping[str, Any],
    columns: Mapping[str, str],
    values: Mapping[str, Any],
    *,
    keeps_cleared: bool = False,
) -> Row:
    """The content of a row after a draft: keys that the draft lacks keep what is stored.

    A value without a column of its own goes when it is blank, or with `keeps_cleared` when it is
    null: an empty text or list then stands for one that was cleared on purpose.
    """
    row = {column: (blank if stored is None else stored)[column] for column in blank}
    extra = dict(row["extra"])
    for key, given in values.items():
        column = columns.get(key)
        there = extra.get(key) if column is None else row[column]
        value = given.onto(there) if isinstance(given, Addition) else given
        if column is not None:
            row[column] = stored_form(column, value)
        elif value is None or (is_blank(value) and not keeps_cleared):
            extra.pop(key, None)
        else:
            extra[key] = plain(value)
    row["extra"] = extra
    return row


def from_store(
    own: Collection[str], columns: Mapping[str, str], values: Mapping[str, Any], prefix: str = ""
) -> Mapping[str, Any]:
    """What a listing takes over of the store's values: all but the content that is ours."""
    if not own:
        return values
    return {
        key: value
        for key, value in values.items()
        if (column := columns.get(key, key)) in FOLLOWING or not is_own(own, prefix + column)
    }


def plain(value: Any) -> Any:
    """A value as JSON holds it: decimals and times as text."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Decimal | datetime):
        return as_text(value)
    if isinstance(value, Mapping):
        return {storable(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def storable(text: str) -> str:
    """The text without NUL characters, which PostgreSQL cannot hold."""
    return text.replace("\x00", "")
