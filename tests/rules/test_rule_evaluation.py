"""Rules evaluated without any database: prices, quantities, statuses, orders, invoices."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mapping.engine.context import Context
from app.rules.invoices import invoice, invoice_lines
from app.rules.kinds import RuleKind
from app.rules.order_actions import apply_order_rules
from app.rules.prices import VariantFacts, apply_pricing, category_names
from app.rules.quantities import StockFacts, apply_quantity, recent_periods
from app.rules.reading import ActiveRule, compile_rule
from app.rules.shipping import shipping_policy
from app.rules.statuses import decide_status

NOW = Context(datetime(2026, 1, 1, tzinfo=UTC))
FACTS = VariantFacts(
    sku="TOY",
    list_price=Decimal("20"),
    cost=Decimal("10"),
    map=Decimal("14"),
    msrp=Decimal("30"),
    brand="Acme",
    categories=category_names([["Toys", "Wood"]]),
    record={"listing": {"brand": "Acme"}, "listing_variant": {"sku": "TOY", "quantity": 3}},
)


def rule(kind: RuleKind, number: int = 1, **definition: Any) -> ActiveRule:
    return compile_rule(UUID(int=number), f"rule {number}", kind, definition)


def pricing(number: int = 1, **definition: Any) -> ActiveRule:
    base = {"kind": "markup", "percent": 50}
    return rule(RuleKind.PRICING, number, **{"base": base, **definition})


def list_price(*rules: ActiveRule, facts: VariantFacts = FACTS) -> Decimal | None:
    return apply_pricing(rules, facts, NOW)["list_price"].price


def test_without_rules_prices_are_the_products_own() -> None:
    found = apply_pricing([], FACTS, NOW)
    assert {name: result.price for name, result in found.items()} == {
        "list_price": Decimal("20"),
        "sale_price": None,
        "msrp": Decimal("30"),
        "map": Decimal("14"),
    }
    assert not any(result.blocked for result in found.values())


def test_the_last_rule_that_applies_decides_and_none_compounds() -> None:
    cheap = pricing(2, base={"kind": "markup", "percent": 10})
    other = pricing(3, when={"field": "listing.brand", "op": "equals", "value": "Other"})
    assert list_price(pricing(), cheap, other) == Decimal("11.00")
    assert list_price(cheap, pricing()) == Decimal("15.00")
    assert list_price(pricing(), pricing(2), pricing(3)) == Decimal("15.00")


@given(st.lists(st.integers(min_value=0, max_value=300), max_size=6))
def test_any_number_of_markups_is_the_last_markup(percents: list[int]) -> None:
    rules = [
        pricing(n, base={"kind": "markup", "percent": percent}, protect=False)
        for n, percent in enumerate(percents)
    ]
    wanted = Decimal(20) if not percents else Decimal(10) * (100 + percents[-1]) / 100
    assert list_price(*rules) == wanted


def test_a_rule_that_yields_no_price_does_not_fall_back_to_an_earlier_one() -> None:
    bounded = pricing(2, guards={"not_below_map": True, "not_above_msrp": True})
    facts = replace(FACTS, map=Decimal("40"))
    result = apply_pricing([pricing(), bounded], facts, NOW)["list_price"]
    assert (result.price, result.code, result.blocked) == (None, "price_bounds_conflict", True)


def test_each_price_field_has_its_own_rules() -> None:
    sale = pricing(2, field="sale_price", base={"kind": "discount", "on": "msrp", "percent": 50})
    found = apply_pricing([sale], FACTS, NOW)
    assert (found["sale_price"].price, found["list_price"].price) == (Decimal("15.00"), Decimal(20))


def test_overrides_know_every_level_of_a_category() -> None:
    for name in ("wood", "Toys", "Toys > Wood"):
        override = {"by": "category", "name": name, "base": {"kind": "markup", "amount": 7}}
        assert list_price(pricing(overrides=[override])) == Decimal("17.00")


def test_a_locked_price_stays() -> None:
    facts = replace(FACTS, locked={"list_price": Decimal("99")})
    assert list_price(pricing(), facts=facts) == Decimal("99")


def test_currencies_without_cents_get_none() -> None:
    facts = replace(FACTS, cost=Decimal("101"))
    found = apply_pricing([pricing()], facts, NOW, minor_units=0)["list_price"]
    assert found.price == Decimal("152")


def quantity(*rules: ActiveRule, **stock: Any) -> tuple[int | None, str]:
    facts = {"levels": {"east": 10, "west": 5}, **stock}
    found = apply_quantity(rules, FACTS, StockFacts(**facts), NOW)
    return found.quantity, found.code


def test_quantities_by_the_last_rule_that_applies() -> None:
    assert quantity() == (15, "")
    assert quantity(open_orders=4) == (11, "")
    assert quantity(open_orders=40) == (0, "")
    east = rule(RuleKind.QUANTITY, 1, warehouses=["east"], percent=50, buffer=1)
    never = rule(RuleKind.QUANTITY, 2, cap=1, when={"field": "listing.brand", "op": "is_empty"})
    assert quantity(east, never) == (4, "")
    assert quantity(east, levels={"west": 9}) == (None, "stock_unknown")
    assert quantity(east, locked=2) == (2, "")
    lately = rule(RuleKind.QUANTITY, 3, subtract_recent_sales=True)
    longer = rule(RuleKind.QUANTITY, 4, subtract_recent_sales=True, recent_sales_minutes=90)
    sales = {60: 2, 90: 5}
    assert quantity(east, recent_sales=sales) == (4, "")
    assert quantity(lately, recent_sales=sales) == (13, "")
    assert quantity(lately, longer, open_orders=1, recent_sales=sales) == (9, "")
    assert quantity(longer, lately, recent_sales={90: 5}) == (15, "")
    assert recent_periods([east, lately, longer, longer]) == {60, 90}
    assert recent_periods([east]) == frozenset()
    assert quantity(tracked=False) == (None, "inventory_untracked")


RECORD: dict[str, Any] = {
    "listing": {"title": "Toy", "brand": "Acme"},
    "listing_variant": [{"sku": "A", "quantity": 0}, {"sku": "B", "quantity": 4}],
}
EMPTY = {"field": "listing_variant.quantity", "op": "lte", "value": 0}


@pytest.mark.parametrize(("which", "to"), [("any", "hidden"), ("all", None)])
def test_statuses_by_any_or_all_variants(which: str, to: str | None) -> None:
    hide = rule(RuleKind.LISTING_STATUS, 1, when=EMPTY, variants=which, to="hidden")
    decision = decide_status([hide], RECORD, NOW)
    assert (decision.to if decision else None) == to


def test_the_last_status_wins() -> None:
    hide = rule(RuleKind.LISTING_STATUS, 1, to="hidden")
    show = rule(RuleKind.LISTING_STATUS, 2, to="listed")
    decision = decide_status([hide, show], RECORD, NOW)
    assert decision is not None
    assert (decision.to, decision.rule_id) == ("listed", UUID(int=2))


ORDER: dict[str, Any] = {
    "order": {
        "id": "100",
        "subtotal_ex_tax": "90.00",
        "subtotal_inc_tax": "97.20",
        "shipping_cost_inc_tax": "5.40",
        "discount_amount": "5.00",
        "coupon_discount": "0.00",
        "total_inc_tax": "97.60",
    },
    "billing_address": {"country_iso_2": "US"},
    "line_items": [
        {"sku": "A", "quantity": 3, "quantity_refunded": 1, "weight": "1.5"},
        {"sku": "B", "quantity": 1, "weight": "4", "shipping_address": {"state_code": "CA"}},
    ],
}


def test_order_actions_accumulate_without_repeating() -> None:
    big = {"field": "order.total_inc_tax", "op": "gt", "value": 50}
    rules = [
        rule(
            RuleKind.ORDER_IMPORT,
            1,
            when=big,
            actions=[{"do": "hold", "reason": "big"}, {"do": "tag", "tag": "vip"}],
        ),
        rule(
            RuleKind.ORDER_IMPORT,
            2,
            when={"field": "shipping_address.state_code", "op": "equals", "value": "CA"},
            actions=[{"do": "tag", "tag": "vip"}, {"do": "note", "text": "West"}, {"do": "cancel"}],
        ),
        rule(
            RuleKind.ORDER_IMPORT,
            3,
            when={"field": "billing_address.country_iso_2", "op": "not_equals", "value": "US"},
            actions=[{"do": "alert", "message": "Abroad"}],
        ),
    ]
    found = apply_order_rules(rules, ORDER, NOW)
    assert (found.hold_reasons, found.tags, found.notes) == (("big",), ("vip",), ("West",))
    assert (found.cancel, found.alerts) == (True, ())
    assert found.matched == (UUID(int=1), UUID(int=2))


def adjustment(number: int = 1, **amount: Any) -> ActiveRule:
    return rule(RuleKind.INVOICE_ADJUSTMENT, number, label="Fee", amount=amount)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ({"kind": "fixed", "value": "2"}, "2.00"),
        ({"kind": "fixed", "value": "-2.005", "per": "line"}, "-4.01"),
        ({"kind": "fixed", "value": "2", "per": "unit"}, "6.00"),
        ({"kind": "percent", "percent": "-10"}, "-9.00"),
        ({"kind": "percent", "percent": 1, "of": "total_inc_tax"}, "0.98"),
        (
            {
                "kind": "tiers",
                "on": "weight",
                "tiers": [
                    {"from": 0, "to": 7, "value": 5},
                    {"from": 7, "value": 9},
                ],
            },
            "9.00",
        ),
        ({"kind": "tiers", "on": "quantity", "tiers": [{"from": 4, "value": 5}]}, None),
    ],
)
def test_amounts_of_adjustments(amount: dict[str, Any], expected: str | None) -> None:
    lines = invoice_lines([adjustment(**amount)], ORDER, NOW)
    assert [str(line.amount) for line in lines] == ([] if expected is None else [expected])


def test_an_invoice_adds_up_and_tells_what_does_not() -> None:
    found = invoice([adjustment(kind="fixed", value="2.00")], ORDER, NOW)
    assert (found.store_total, found.difference, found.total) == (
        Decimal("97.60"),
        Decimal("0.00"),
        Decimal("99.60"),
    )
    wrong = {**ORDER, "order": {**ORDER["order"], "total_inc_tax": "97.61"}}
    assert invoice([], wrong, NOW).difference == Decimal("0.01")


def mapping(number: int = 1, default: str | None = None, *matches: dict[str, Any]) -> ActiveRule:
    return rule(RuleKind.SHIPPING_MAPPING, number, matches=list(matches), default=default)


def test_shipping_without_mappings_is_left_alone() -> None:
    choice = shipping_policy([], "Anything")
    assert (choice.policy, choice.hold) == (None, False)


def test_matches_of_later_mappings_go_before_defaults_of_earlier_ones() -> None:
    first = mapping(1, "Standard", {"text": "Express", "policy": "Express"})
    second = mapping(2, None, {"match": "contains", "text": "pick", "policy": "Pickup"})
    assert shipping_policy([first, second], "Store PICKUP").policy == "Pickup"
    assert shipping_policy([first, second], "Snail").policy == "Standard"
    assert shipping_policy([second], "Snail").hold is True


def test_case_may_count() -> None:
    exact = mapping(1, None, {"text": "UPS", "policy": "A", "case_sensitive": True})
    assert shipping_policy([exact], "ups").policy is None
    assert shipping_policy([exact], " UPS ").policy == "A"


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    rules = [mapping(1, None, {"match": "regex", "text": "(a+)+$", "policy": "A"})]
    assert shipping_policy(rules, text).reason
