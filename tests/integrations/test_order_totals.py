"""Sums of an order against what the store says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.bigcommerce.models.orders import Order, OrderProduct
from app.integrations.ordering.order_totals import differences


def line(number: int, inc: str, ex: str | None = None, **more: Any) -> OrderProduct:
    money: dict[str, Any] = {"total_inc_tax": Decimal(inc), "total_ex_tax": Decimal(ex or inc)}
    return OrderProduct(id=number, **money, **more)


def order(**amounts: str) -> Order:
    money: dict[str, Any] = {name: Decimal(value) for name, value in amounts.items()}
    return Order(id=1, **money)


def codes(sold: Order, lines: list[OrderProduct]) -> list[tuple[str, bool]]:
    return [(item.field, item.holds) for item in differences(sold, lines)]


def test_an_order_that_adds_up() -> None:
    sold = order(
        subtotal_inc_tax="30.0000",
        subtotal_ex_tax="27.5000",
        shipping_cost_inc_tax="5.00",
        handling_cost_inc_tax="1.00",
        discount_amount="3.00",
        coupon_discount="2.00",
        total_inc_tax="31.0000",
    )
    assert codes(sold, [line(1, "10", "9"), line(2, "20", "18.5")]) == []


def test_a_missing_line_holds_the_order() -> None:
    sold = order(subtotal_inc_tax="30", subtotal_ex_tax="30", total_inc_tax="30")
    assert codes(sold, [line(1, "10")]) == [
        ("order.subtotal_inc_tax", True),
        ("order.subtotal_ex_tax", True),
    ]


def test_a_cent_is_reported_and_holds_nothing() -> None:
    sold = order(subtotal_inc_tax="30.01", subtotal_ex_tax="30", total_inc_tax="30.01")
    found = differences(sold, [line(1, "10"), line(2, "20")])
    assert [(item.field, item.holds) for item in found] == [("order.subtotal_inc_tax", False)]
    assert found[0].message == "The store says 30.01, the lines add up to 30."


def test_parts_of_a_bundle_are_not_counted_twice() -> None:
    lines = [
        line(1, "30"),
        line(2, "10", parent_order_product_id=1),
        line(3, "20", parent_order_product_id=1),
    ]
    assert codes(order(subtotal_inc_tax="30", subtotal_ex_tax="30"), lines) == []
    assert codes(order(subtotal_inc_tax="60", subtotal_ex_tax="60"), lines) == []


def test_a_total_that_follows_from_nothing_is_reported() -> None:
    sold = order(subtotal_inc_tax="30", subtotal_ex_tax="30", total_inc_tax="29.99")
    assert codes(sold, [line(1, "30")]) == [("order.total_inc_tax", False)]


def test_discounts_before_tax_are_understood() -> None:
    sold = order(
        subtotal_inc_tax="110", subtotal_ex_tax="100", discount_amount="10", total_inc_tax="99"
    )
    lines = [line(1, "110", "100", discounted_total_inc_tax=Decimal(99))]
    assert codes(sold, lines) == []


def test_a_gift_certificate_may_have_been_taken_off() -> None:
    sold = order(
        subtotal_inc_tax="30",
        subtotal_ex_tax="30",
        gift_certificate_amount="10",
        total_inc_tax="20",
    )
    assert codes(sold, [line(1, "30")]) == []


def test_what_the_store_does_not_say_is_not_judged() -> None:
    assert codes(order(), []) == []
    assert codes(order(total_inc_tax="5"), [OrderProduct(id=1)]) == []
