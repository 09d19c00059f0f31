"""Price rules: definitions, order of work, guards, protection."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.mapping.pricing import Prices, price
from app.mapping.pricing_rules import PricingRule

D = Decimal


def rule(base: dict[str, object], **more: object) -> PricingRule:
    return PricingRule.model_validate({"base": base, **more})


PRODUCT = Prices(
    list_price=D("19.99"),
    cost=D(10),
    msrp=D("24.99"),
    map=D("15.99"),
    brand="Acme",
    categories=("Toys", "Sale"),
)


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ({"kind": "list_price"}, "19.99"),
        ({"kind": "markup", "percent": 25}, "12.50"),
        ({"kind": "markup", "amount": "3.33"}, "13.33"),
        ({"kind": "markup", "on": "map", "percent": 10}, "17.59"),
        ({"kind": "margin", "percent": 20}, "12.50"),
        ({"kind": "margin", "percent": "33.3"}, "14.99"),
        ({"kind": "discount", "on": "msrp", "percent": 20}, "19.99"),
        ({"kind": "discount", "on": "list_price", "amount": 1.5}, "18.49"),
        (
            {
                "kind": "tiers",
                "tiers": [{"from": 0, "to": 10, "percent": 100}, {"from": 10, "percent": 50}],
            },
            "15.00",
        ),
        (
            {
                "kind": "tiers",
                "tiers": [
                    {"from": 0, "to": "10.01", "percent": 100},
                    {"from": "10.01", "percent": 50},
                ],
            },
            "20.00",
        ),
    ],
)
def test_bases(base: dict[str, object], expected: str) -> None:
    found = price(rule(base), PRODUCT)
    assert (found.price, found.code) == (D(expected), "")


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [
        ({"mode": "ending", "value": 0.99}, "12.99"),
        ({"mode": "step", "value": "0.25"}, "12.75"),
        ({"mode": "places", "value": 0}, "13"),
        ({"mode": "places"}, "12.51"),
        (None, "12.51"),
    ],
)
def test_rounding(rounding: object, expected: str) -> None:
    wanted = rule({"kind": "markup", "amount": "2.51"}, rounding=rounding)
    assert price(wanted, PRODUCT).price == D(expected)


def test_minor_units_of_the_currency() -> None:
    assert price(rule({"kind": "markup", "percent": 33}), PRODUCT, minor_units=0).price == 13


OVERRIDES = [
    {"by": "category", "name": "toys", "base": {"kind": "markup", "percent": 100}},
    {"by": "brand", "name": "ACME", "base": {"kind": "markup", "percent": 200}},
]


@pytest.mark.parametrize(
    ("order", "brand", "expected"),
    [
        (["brand", "category"], "Acme", 30),
        (["category", "brand"], "Acme", 20),
        (["brand", "category"], "Other", 20),
        (["brand"], "Other", 11),
    ],
)
def test_overrides_in_their_order(order: list[str], brand: str, expected: int) -> None:
    wanted = rule({"kind": "markup", "percent": 10}, overrides=OVERRIDES, override_order=order)
    product = Prices(cost=D(10), brand=brand, categories=("Toys",))
    assert price(wanted, product).price == expected


@pytest.mark.parametrize(
    ("guards", "expected", "code"),
    [
        ({}, "12.00", ""),
        ({"not_below_map": True}, "15.99", ""),
        ({"not_below_cost": True}, "12.00", ""),
        ({"above_cost": {"amount": 3}}, "13.00", ""),
        ({"above_cost": {"percent": 55}}, "15.50", ""),
        ({"not_above_msrp": True}, "12.00", ""),
        ({"above_cost": {"amount": 20}, "not_above_msrp": True}, None, "price_bounds_conflict"),
    ],
)
def test_guards(guards: dict[str, object], expected: str | None, code: str) -> None:
    found = price(rule({"kind": "markup", "amount": 2}, guards=guards), PRODUCT)
    assert (found.price, found.code) == (D(expected) if expected else None, code)
    assert bool(found.message) is bool(code)


def test_the_cap_holds_after_rounding_and_map_counts_only_above_zero() -> None:
    wanted = rule(
        {"kind": "markup", "percent": 145},
        rounding={"mode": "ending", "value": 0.99},
        guards={"not_above_msrp": True},
    )
    assert price(wanted, PRODUCT).price == D("24.99")
    wanted = rule({"kind": "markup", "amount": 1}, guards={"not_below_map": True})
    assert price(wanted, Prices(cost=D(10), map=D(0))).price == 11


@pytest.mark.parametrize(
    ("base", "product", "code"),
    [
        ({"kind": "markup", "percent": 10}, Prices(list_price=D(5)), "cost_missing"),
        ({"kind": "markup", "percent": 10}, Prices(cost=D(0)), "cost_missing"),
        ({"kind": "discount", "percent": 10}, Prices(cost=D(5)), "msrp_missing"),
        ({"kind": "markup", "on": "map", "percent": 1}, Prices(map=D(0)), "map_missing"),
        ({"kind": "list_price"}, Prices(cost=D(5)), "list_price_missing"),
        ({"kind": "tiers", "tiers": [{"from": 0, "to": 5, "percent": 1}]}, PRODUCT, "no_tier"),
        ({"kind": "markup", "percent": 0}, PRODUCT, "price_protected"),
        ({"kind": "discount", "on": "list_price", "amount": 19.99}, PRODUCT, "price_protected"),
        ({"kind": "list_price"}, Prices(list_price=D(9), cost=D(10)), "price_protected"),
    ],
)
def test_no_price_has_a_code_and_a_sentence(
    base: dict[str, object], product: Prices, code: str
) -> None:
    found = price(rule(base), product)
    assert (found.price, found.code) == (None, code)
    assert found.message.endswith(".")


def test_protection_can_be_switched_off_and_a_locked_price_stays() -> None:
    at_cost = rule({"kind": "markup", "percent": 0}, protect=False)
    assert price(at_cost, PRODUCT).price == 10
    assert price(at_cost, Prices(cost=D(10), locked=D("7.77"))).price == D("7.77")


@given(st.decimals("0.01", 10_000, places=2), st.decimals(0, 500, places=2))
def test_a_markup_never_compounds(cost: Decimal, percent: Decimal) -> None:
    wanted = rule({"kind": "markup", "percent": str(percent)}, protect=False)
    first = price(wanted, Prices(cost=cost))
    assert first.price is not None
    again = price(wanted, Prices(cost=cost, list_price=first.price))
    assert again.price == first.price
    assert abs(first.price - cost * (1 + percent / 100)) <= D("0.005")


@given(
    st.decimals("0.01", 1_000, places=2),
    st.decimals("0.01", 1_000, places=2),
    st.decimals("0.01", 1_000, places=2),
)
def test_guards_always_hold(cost: Decimal, lowest: Decimal, msrp: Decimal) -> None:
    guards = {"not_below_map": True, "not_below_cost": True, "not_above_msrp": True}
    wanted = rule(
        {"kind": "markup", "percent": 30}, guards=guards, rounding={"mode": "ending", "value": 0.99}
    )
    found = price(wanted, Prices(cost=cost, map=lowest, msrp=msrp))
    if max(cost, lowest) > msrp:
        assert found.code == "price_bounds_conflict"
    elif found.price is not None:
        assert max(cost, lowest) <= found.price <= msrp
        assert found.price > cost


@pytest.mark.parametrize(
    "base",
    [
        {"kind": "markup"},
        {"kind": "markup", "percent": 1, "amount": 1},
        {"kind": "margin", "percent": 100},
        {"kind": "markup", "percent": -1},
        {"kind": "tiers", "tiers": []},
        {"kind": "magic"},
    ],
)
def test_bad_price_rules_are_refused(base: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        rule(base)
