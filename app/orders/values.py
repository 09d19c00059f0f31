"""Mapped values as they are stored and answered, and which of them are personal.

What the field catalogue does not know counts as personal: sealing too much does no harm.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from app.mapping.catalogue import Field, FieldType, catalogue_of
from app.mapping.currency import minor_units
from app.mapping.values import as_text, decimal_or_none

Values = dict[str, Any]

ORDER: Final = "order"
BILLING: Final = "billing_address"
SHIPPING: Final = "shipping_address"
LINE: Final = "line_item"

# Needed for routing, tax and reports after the personal data is gone, and telling nobody's name.
_OPEN_IN_ADDRESSES: Final = frozenset(
    {
        "country",
        "country_iso_2",
        "state",
        "state_code",
        "shipping_method",
        "shipping_zone_name",
        "id",
        "items_total",
        "base_cost",
        "cost_ex_tax",
        "cost_inc_tax",
        "cost_tax",
    }
)
# Shoppers type engravings and gift messages into options.
_PERSONAL_IN_LINES: Final = frozenset({"product_options", "custom_fields"})


def _fields(group: str) -> list[tuple[str, Field]]:
    targets = catalogue_of("get_orders").targets.fields
    return [(field.key.partition(".")[2], field) for field in targets if field.group == group]


_OPEN: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        ORDER: frozenset(key for key, field in _fields(ORDER) if not field.protected),
        BILLING: _OPEN_IN_ADDRESSES,
        SHIPPING: _OPEN_IN_ADDRESSES,
        LINE: frozenset(key for key, field in _fields(LINE) if not field.protected)
        - _PERSONAL_IN_LINES,
    }
)
_MONEY: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        group: frozenset(key for key, field in _fields(group) if field.type is FieldType.MONEY)
        for group in (ORDER, BILLING, SHIPPING, LINE)
    }
)


def split(group: str, values: Values) -> tuple[Values, Values]:
    """Return what may lie open, and what is personal."""
    known = _OPEN[group]
    return (
        {key: value for key, value in values.items() if key in known},
        {key: value for key, value in values.items() if key not in known},
    )


def is_personal(group: str, key: str) -> bool:
    """Say whether a value of a group is kept sealed."""
    return key not in _OPEN.get(group, frozenset())


def plain_values(group: str, values: Mapping[str, Any], currency: str | None) -> Values:
    """Values as JSON holds them: times as RFC 3339, numbers with a fraction as decimal text."""
    money = _MONEY[group]
    return {key: _plain(value, currency, key in money) for key, value in values.items()}


def plain(value: Any) -> Any:
    """One value as JSON holds it."""
    return _plain(value, None, False)


def _plain(value: Any, currency: str | None, is_money: bool) -> Any:
    if is_money and isinstance(value, Decimal | int | str):
        number = decimal_or_none(value)
        return value if number is None else amount_text(number, currency)
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return as_text(value)
    if isinstance(value, Mapping):
        return {storable(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def amount_text(value: Decimal, currency: str | None) -> str:
    """Money as text, with at least the places that the currency is written with."""
    exponent = value.normalize().as_tuple().exponent
    significant = -exponent if isinstance(exponent, int) else 0
    return f"{value:.{max(minor_units(currency or ''), significant)}f}"


def whole(value: Any) -> int:
    """A quantity; nothing counts as none."""
    number = decimal_or_none(value)
    return 0 if number is None else int(number)


def storable(text: str) -> str:
    """The text without NUL characters, which PostgreSQL cannot hold."""
    return text.replace("\x00", "")
