"""Comparing two values the way a shop keeper means it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from app.mapping.catalogue.fields import NUMBER_TYPES, FieldType
from app.mapping.errors import FieldFailure
from app.mapping.values import (
    as_boolean,
    as_text,
    datetime_or_none,
    decimal_or_none,
    is_absent,
)


def elements(value: object) -> list[object] | None:
    """The entries of a list field as comparable values, or None for a single value."""
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, list | tuple):
        return [_element(item) for item in value]
    return None


def _element(item: object) -> object:
    if isinstance(item, list | tuple):
        return " > ".join(as_text(part) for part in item)
    if not isinstance(item, Mapping):
        return item
    for key in ("url", "url_zoom", "url_standard", "image_url"):
        if item.get(key):
            return item[key]
    name = item.get("name") or item.get("option_display_name") or item.get("display_name")
    value = item.get("value", item.get("label", item.get("display_value")))
    return f"{as_text(name)}: {as_text(value)}" if name else as_text(value)


def equal(left: object, right: object, kind: FieldType | None, *, case: bool) -> bool:
    """Equality by the field's type: truth, number, time, otherwise text."""
    if is_absent(left) or is_absent(right):
        return False
    if isinstance(left, bool) or isinstance(right, bool) or kind is FieldType.BOOLEAN:
        return _same_truth(left, right)
    if _numeric(left, right, kind):
        one, other = decimal_or_none(left), decimal_or_none(right)
        if one is not None and other is not None:
            return one == other
    if kind is FieldType.DATETIME or isinstance(left, datetime):
        earlier, later = datetime_or_none(left), datetime_or_none(right)
        return earlier is not None and earlier == later
    return folded(left, case=case) == folded(right, case=case)


def _numeric(left: object, right: object, kind: FieldType | None) -> bool:
    return (
        kind in NUMBER_TYPES
        or isinstance(left, int | Decimal)
        or (kind is None and isinstance(right, int | Decimal))
    )


def _same_truth(left: object, right: object) -> bool:
    try:
        return as_boolean(left) == as_boolean(right)
    except FieldFailure:
        return False


def folded(value: object, *, case: bool) -> str:
    """Text as it is compared: without case unless case counts."""
    text = as_text(value)
    return text if case else text.casefold()


def order(left: object, right: object, kind: FieldType | None) -> int | None:
    """-1, 0 or 1 for numbers and times; None when the two cannot be ordered."""
    if is_absent(left) or is_absent(right):
        return None
    if kind is not FieldType.DATETIME and not isinstance(left, datetime):
        one, other = decimal_or_none(left), decimal_or_none(right)
        if one is not None and other is not None:
            return (one > other) - (one < other)
    if kind in NUMBER_TYPES:
        return None
    earlier, later = datetime_or_none(left), datetime_or_none(right)
    if earlier is None or later is None:
        return None
    return (earlier > later) - (earlier < later)
