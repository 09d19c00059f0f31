"""Columns of a product file, and what their cells mean.

A row is a product, or with `parent_sku` one of its variants. Blank cells leave values alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from app.products.schemas import PricedBody, ProductBody, ProductVariantBody

PARENT: Final = "parent_sku"
LIST_SIGN: Final = "|"
PATH_SIGN: Final = ">"
OPTION: Final = "option:"
_SHARED: Final = tuple(PricedBody.model_fields)
_PRODUCT: Final = tuple(
    name
    for name in ProductBody.model_fields
    if name not in {*_SHARED, "variants", "custom_fields", "attributes"}
)
_VARIANT: Final = tuple(
    name
    for name in ProductVariantBody.model_fields
    if name not in {*_SHARED, "options", "custom_fields"}
)
_NAMED: Final[Mapping[str, str]] = MappingProxyType(
    {"custom_field:": "custom_fields", "attribute:": "attributes"}
)
HEADER: Final = (
    *("sku", PARENT, *_PRODUCT),
    *(name for name in _SHARED if name != "sku"),
    *(name for name in _VARIANT if name not in _PRODUCT),
    *("option:Color", "custom_field:Material", "attribute:Age"),
)
"""The first row of the file that is offered to begin with."""


def unknown_columns(header: list[str]) -> list[str]:
    """Return the columns that mean nothing, and those that stand twice."""
    plain = {*_SHARED, *_PRODUCT, *_VARIANT, PARENT}
    found = []
    for place, name in enumerate(header):
        known = name in plain or any(
            name.startswith(prefix) and len(name) > len(prefix) for prefix in (OPTION, *_NAMED)
        )
        if not known or name in header[:place]:
            found.append(name)
    return found


def product_values(cells: Mapping[str, str]) -> dict[str, Any]:
    """The cells of a product's row as the body of the API takes them."""
    values = _plain(cells, {*_SHARED, *_PRODUCT})
    if "categories" in values:
        values["categories"] = [
            [name.strip() for name in path.split(PATH_SIGN)]
            for path in values["categories"].split(LIST_SIGN)
        ]
    if "images" in values:
        values["images"] = [url.strip() for url in values["images"].split(LIST_SIGN)]
    return {**values, **_named(cells, _NAMED)}


def variant_values(cells: Mapping[str, str]) -> dict[str, Any]:
    """The cells of a variant's row as the body of the API takes them."""
    values = _plain(cells, {*_SHARED, *_VARIANT})
    values |= _named(cells, {"custom_field:": "custom_fields"})
    options = _by_prefix(cells, OPTION)
    return {**values, "options": options} if options else values


def _plain(cells: Mapping[str, str], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in cells.items() if name in names and value}


def _named(cells: Mapping[str, str], prefixes: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: [{"name": key, "value": value} for key, value in found.items()]
        for prefix, name in prefixes.items()
        if (found := _by_prefix(cells, prefix))
    }


def _by_prefix(cells: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix).strip(): value
        for name, value in cells.items()
        if name.startswith(prefix) and value
    }
