"""Which column a value fills, and how given and stored values become one row."""

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

AMOUNTS: Final = ("price", "sale_price", "cost", "msrp", "map")
MEASURES: Final = ("weight", "length", "width", "height")
IDENTIFIERS: Final = ("upc", "gtin", "mpn")

_SYNONYMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "list_price": "price",
        "estimated_cost": "cost",
        "category_path": "categories",
        "image": "images",
        "option": "options",
    }
)
_BLANK_SHARED: Final[Row] = dict.fromkeys((*AMOUNTS, *IDENTIFIERS, *MEASURES), None)
BLANK_PRODUCT: Final[Mapping[str, Any]] = MappingProxyType(
    {
        **_BLANK_SHARED,
        "title": "",
        "description": "",
        "brand": "",
        "type": "physical",
        "categories": [],
        "images": [],
        "custom_fields": [],
        "attributes": [],
        "extra": {},
    }
)
BLANK_VARIANT: Final[Mapping[str, Any]] = MappingProxyType(
    {**_BLANK_SHARED, "options": {}, "image": None, "extra": {}}
)
_NUMBERS: Final = frozenset({*AMOUNTS, *MEASURES})
NOT_COLUMNS: Final = frozenset({"sku", "master_sku", "quantity", "extra"})
"""Keys that say which product it is, or that belong to its stock."""


def column_of(key: str) -> str:
    """The column that a key fills; one without is kept under its own name."""
    return _SYNONYMS.get(key, key)


def content_of(values: Collection[str]) -> set[str]:
    """Which columns of content are among the keys: all but prices and stock."""
    return {column_of(key) for key in values} - {*AMOUNTS, *NOT_COLUMNS}


def not_ours(
    own: Collection[str], values: Mapping[str, Any], prefix: str = ""
) -> Mapping[str, Any]:
    """What an import may write: all but the content that the seller wrote."""
    if not own:
        return values
    content = content_of(values)
    return {
        key: value
        for key, value in values.items()
        if (column := column_of(key)) not in content or not is_own(own, prefix + column)
    }


def merged(
    stored: Mapping[str, Any] | None, blank: Mapping[str, Any], values: Mapping[str, Any]
) -> Row:
    """The content of a row: keys that are not given keep what is stored."""
    row = {column: (blank if stored is None else stored)[column] for column in blank}
    extra = dict(row["extra"])
    for key, given in values.items():
        if key in NOT_COLUMNS:
            continue
        column = key if key in blank else column_of(key)
        there = row[column] if column in blank else extra.get(key)
        value = given.onto(there) if isinstance(given, Addition) else given
        if column in blank:
            row[column] = _stored_form(column, blank[column], value)
        elif is_blank(value):
            extra.pop(key, None)
        else:
            extra[key] = plain(value)
    row["extra"] = extra
    return row


def _stored_form(column: str, empty: Any, value: Any) -> Any:
    if is_blank(value):
        return empty
    if column in _NUMBERS:
        return as_decimal(value)
    if isinstance(empty, dict):
        return plain(dict(value))
    if isinstance(empty, list):
        return plain(list(value))
    return storable(as_text(value))


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


def sku_key(sku: str) -> str:
    """What SKUs are compared by."""
    return storable(sku).strip().lower()


def storable(text: str) -> str:
    """The text without NUL characters, which PostgreSQL cannot hold."""
    return text.replace("\x00", "")
