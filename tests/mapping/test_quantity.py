"""Quantity rules and aggregates."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.mapping.aggregate import SourceValue, aggregate
from app.mapping.quantity import INT32_MAX, QuantityRule, Stock, available, quantity


def amount(stock: Stock, **rule: object) -> int | None:
    return quantity(QuantityRule.model_validate(rule), stock).quantity


@pytest.mark.parametrize(
    ("stock", "rule", "expected"),
    [
        (Stock(10), {}, 10),
        (Stock(10, open_orders=3), {}, 7),
        (Stock(10, open_orders=3), {"subtract_open_orders": False}, 10),
        (Stock(10, recent_sales=3), {}, 10),
        (Stock(10, open_orders=1, recent_sales=3), {"subtract_recent_sales": True}, 6),
        (Stock(9), {"percent": 50}, 4),
        (Stock(9, open_orders=2), {"percent": 50, "buffer": 1}, 2),
        (Stock(10), {"buffer": 12}, 0),
        (Stock(10, open_orders=12), {}, 0),
        (Stock(100), {"cap": 5}, 5),
        (Stock(3), {"zero_below": 5}, 0),
        (Stock(5), {"zero_below": 5}, 5),
        (Stock(0), {"minimum": 2, "allow_oversell": True}, 2),
        (Stock(-4), {}, 0),
        (Stock(3_000_000_000), {}, INT32_MAX),
    ],
)
def test_the_order_of_limits(stock: Stock, rule: dict[str, object], expected: int) -> None:
    assert amount(stock, **rule) == expected


def test_no_number_for_untracked_or_unknown_stock() -> None:
    untracked = quantity(QuantityRule(), Stock(5, tracked=False))
    assert (untracked.quantity, untracked.code) == (None, "inventory_untracked")
    unknown = quantity(QuantityRule(), Stock(None))
    assert (unknown.quantity, unknown.code) == (None, "stock_unknown")


@pytest.mark.parametrize("minutes", [0, -1, 10_081, "soon"])
def test_recent_is_between_a_minute_and_a_week(minutes: object) -> None:
    with pytest.raises(ValidationError, match="recent_sales_minutes"):
        QuantityRule.model_validate({"recent_sales_minutes": minutes})
    assert QuantityRule().recent_sales_minutes == 60


def test_every_limit_is_told() -> None:
    rule = QuantityRule.model_validate({"percent": 50, "buffer": 1, "cap": 3})
    steps = quantity(rule, Stock(12, open_orders=2)).steps
    assert steps == (
        ("available", 12),
        ("open orders", 10),
        ("percent", 5),
        ("buffer", 4),
        ("cap", 3),
    )


@pytest.mark.parametrize(
    ("levels", "warehouses", "expected"),
    [
        ({"a": 3, "b": 4}, None, 7),
        ({"a": 3, "b": 4}, ["b"], 4),
        ({"a": 3}, ["b"], None),
        ({}, None, None),
        ({"a": 0}, None, 0),
        ({"a": 5, "b": -2}, None, 3),
    ],
)
def test_available(
    levels: dict[str, int], warehouses: list[str] | None, expected: int | None
) -> None:
    assert available(levels, warehouses) == expected


@pytest.mark.parametrize(
    "rule",
    [
        {"minimum": 1},
        {"minimum": 5, "cap": 3, "allow_oversell": True},
        {"percent": 101},
        {"buffer": -1},
        {"speed": 1},
    ],
)
def test_bad_quantity_rules_are_refused(rule: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        QuantityRule.model_validate(rule)


@given(
    st.integers(-1_000, 10**10),
    st.integers(0, 1_000),
    st.integers(0, 100),
    st.integers(0, 50),
    st.integers(0, 500) | st.none(),
)
def test_never_more_than_there_is(
    stock: int, committed: int, percent: int, buffer: int, cap: int | None
) -> None:
    rule = QuantityRule(percent=Decimal(percent), buffer=buffer, cap=cap)
    found = quantity(rule, Stock(stock, open_orders=committed)).quantity
    assert found is not None
    assert 0 <= found <= max(stock - committed, 0)
    assert cap is None or found <= cap


def sources(*values: object) -> list[SourceValue]:
    return [SourceValue(None if value is None else Decimal(str(value))) for value in values]


@pytest.mark.parametrize(
    ("kind", "function", "values", "expected"),
    [
        ("price", "lowest", [5, None, 3], 3),
        ("price", "highest", [5, None, 3], 5),
        ("price", "average", [5, 4], "4.5"),
        ("price", "lowest", [0, 3], 3),
        ("price", "lowest", [], None),
        ("price", "lowest", [None], None),
        ("price", "lowest", [0], None),
        ("quantity", "sum", [5, None, 3], 8),
        ("quantity", "average", [5, 2], 3),
        ("quantity", "lowest", [5, 0], 0),
        ("quantity", "sum", [None], None),
        ("quantity", "sum", [0], 0),
    ],
)
def test_aggregates(kind: str, function: str, values: list[object], expected: object) -> None:
    found = aggregate(kind, function, sources(*values))  # type: ignore[arg-type]  # literals of the table
    assert found == (None if expected is None else Decimal(str(expected)))


def test_sources_without_stock_can_be_left_out() -> None:
    offers = [SourceValue(Decimal(3), 0), SourceValue(Decimal(5), 2), SourceValue(Decimal(9))]
    assert aggregate("price", "lowest", offers) == 3
    assert aggregate("price", "lowest", offers, ignore_out_of_stock=True) == 5
    assert aggregate("price", "lowest", offers[:1], ignore_out_of_stock=True) is None
    assert aggregate("quantity", "sum", offers[:1], ignore_out_of_stock=True) == 0
    with pytest.raises(ValueError, match="sum"):
        aggregate("price", "sum", offers)
