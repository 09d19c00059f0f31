"""States that follow from what is known, and values as they are stored."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.orders.kinds import settled
from app.orders.values import BILLING, LINE, ORDER, SHIPPING, plain_values, split


@pytest.mark.parametrize(
    ("state", "reasons", "by_hand", "released", "expected"),
    [
        ("open", [], None, [], ("open", [])),
        ("on_hold", ["missing_sku"], None, [], ("on_hold", ["missing_sku"])),
        ("open", ["missing_sku"], None, [], ("on_hold", ["missing_sku"])),
        ("on_hold", [], None, [], ("on_hold", ["unspecified"])),
        ("on_hold", [], None, ["unspecified"], ("open", [])),
        ("on_hold", ["a", "b"], None, ["a"], ("on_hold", ["b"])),
        ("on_hold", ["a"], "mine", ["a"], ("on_hold", ["mine"])),
        ("open", [], "mine", [], ("on_hold", ["mine"])),
        ("closed", ["a"], "mine", [], ("closed", [])),
        ("cancelled", ["a"], None, [], ("cancelled", [])),
    ],
)
def test_states(
    state: str,
    reasons: list[str],
    by_hand: str | None,
    released: list[str],
    expected: tuple[str, list[str]],
) -> None:
    assert settled(state, reasons, by_hand, released) == expected


@pytest.mark.parametrize(
    ("currency", "amount", "text"),
    [
        ("USD", Decimal("102.6000"), "102.60"),
        ("USD", Decimal("0.1255"), "0.1255"),
        ("JPY", Decimal("1200.0000"), "1200"),
        ("BHD", Decimal("1.5"), "1.500"),
        (None, 7, "7.00"),
        ("USD", "5.4", "5.40"),
        ("USD", "", ""),
        ("USD", None, None),
    ],
)
def test_money_has_the_places_of_its_currency(
    currency: str | None, amount: object, text: str | None
) -> None:
    assert plain_values(ORDER, {"total_inc_tax": amount}, currency) == {"total_inc_tax": text}


def test_other_values_are_plain_json() -> None:
    values = {
        "exchange_rate": Decimal("1.2500000000"),
        "date_created": datetime(2026, 5, 1, 12, tzinfo=UTC),
        "items_total": 3,
        "order_is_digital": False,
        "custom": {"a": [Decimal("1.0"), "b\x00"]},
    }
    assert plain_values(ORDER, values, "USD") == {
        "exchange_rate": "1.25",
        "date_created": "2026-05-01T12:00:00Z",
        "items_total": 3,
        "order_is_digital": False,
        "custom": {"a": ["1", "b"]},
    }


def test_what_nobody_knows_counts_as_personal() -> None:
    known, hidden = split(ORDER, {"total_inc_tax": "1", "staff_notes": "x", "mystery": "y"})
    assert (known, hidden) == ({"total_inc_tax": "1"}, {"staff_notes": "x", "mystery": "y"})
    known, hidden = split(LINE, {"name": "Pen", "wrapping_message": "x", "product_options": {}})
    assert (set(known), set(hidden)) == ({"name"}, {"wrapping_message", "product_options"})
    for group in (BILLING, SHIPPING):
        known, hidden = split(group, {"country_iso_2": "US", "zip": "1", "email": "a@b.c"})
        assert (set(known), set(hidden)) == ({"country_iso_2"}, {"zip", "email"})
