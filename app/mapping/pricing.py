"""Prices by rule: always from the product's own values, so that a markup never compounds.

Order: base or override, rounding, guards, protection. A markup m on cost c gives c × (1 + m), a
margin g gives c ÷ (1 − g).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from app.mapping.pricing_rules import (
    Amount,
    Base,
    Basis,
    Discount,
    Guards,
    ListPrice,
    Margin,
    Markup,
    PricingRule,
    Rounding,
    Tier,
    Tiers,
)
from app.mapping.rounding import to_places, up_to_ending, up_to_step
from app.mapping.values import ARITHMETIC, as_text

HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Prices:
    """What the product says; None where it says nothing. `locked` was set by hand and stays."""

    list_price: Decimal | None = None
    cost: Decimal | None = None
    msrp: Decimal | None = None
    map: Decimal | None = None
    brand: str = ""
    categories: tuple[str, ...] = ()
    locked: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """A price, or a code and a sentence why there is none; and the way there."""

    price: Decimal | None
    code: str = ""
    message: str = ""
    steps: tuple[tuple[str, Decimal], ...] = ()


class _NoPrice(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def price(rule: PricingRule, prices: Prices, *, minor_units: int = 2) -> Priced:
    """The price of a product by a rule, in the currency's minor units; never 0 by accident."""
    if prices.locked is not None:
        return Priced(prices.locked, steps=(("locked by hand", prices.locked),))
    steps: list[tuple[str, Decimal]] = []
    try:
        result = _priced(rule, prices, minor_units, steps)
    except _NoPrice as none:
        return Priced(None, none.code, none.message, tuple(steps))
    return Priced(result, steps=tuple(steps))


def _priced(
    rule: PricingRule, prices: Prices, places: int, steps: list[tuple[str, Decimal]]
) -> Decimal:
    name, base = _chosen(rule, prices)
    result = _from_base(base, prices)
    steps.append((name, result))
    result = _rounded(result, rule.rounding, places)
    steps.append(("rounded", result))
    guarded = _guarded(result, rule.guards, prices, places)
    if guarded != result:
        steps.append(("guarded", guarded))
    if rule.protect:
        _protected(guarded, prices)
    return guarded


def _chosen(rule: PricingRule, prices: Prices) -> tuple[str, Base]:
    for kind in rule.override_order:
        names = (prices.brand,) if kind == "brand" else prices.categories
        wanted = {name.strip().casefold() for name in names if name.strip()}
        for override in rule.overrides:
            if override.by == kind and override.name.strip().casefold() in wanted:
                return f"{kind} {override.name}", override.base
    return rule.base.kind, rule.base


def _from_base(base: Base, prices: Prices) -> Decimal:
    match base:
        case ListPrice():
            return _basis("list_price", prices)
        case Markup():
            return _raised(_basis(base.on, prices), base)
        case Margin():
            remaining = ARITHMETIC.subtract(HUNDRED, base.percent)
            basis = ARITHMETIC.multiply(_basis("cost", prices), HUNDRED)
            return ARITHMETIC.divide(basis, remaining)
        case Discount():
            basis = _basis(base.on, prices)
            off = base.amount if base.amount is not None else _share(basis, base.percent)
            return ARITHMETIC.subtract(basis, off)
        case Tiers():
            basis = _basis(base.on, prices)
            return _raised(basis, _tier_of(base.tiers, basis))


def _basis(name: Basis, prices: Prices) -> Decimal:
    value = {
        "cost": prices.cost,
        "map": prices.map,
        "msrp": prices.msrp,
        "list_price": prices.list_price,
    }[name]
    label = name.replace("_", " ") if name == "list_price" or name == "cost" else name.upper()
    if value is None or value <= 0:
        raise _NoPrice(
            f"{name}_missing",
            f"The product has no {label}, which the price rule needs. Enter it.",
        )
    return value


def _share(basis: Decimal, percent: Decimal | None) -> Decimal:
    return ARITHMETIC.divide(ARITHMETIC.multiply(basis, percent or Decimal(0)), HUNDRED)


def _raised(basis: Decimal, by: Amount) -> Decimal:
    more = by.amount if by.amount is not None else _share(basis, by.percent)
    return ARITHMETIC.add(basis, more)


def _tier_of(tiers: Iterable[Tier], basis: Decimal) -> Tier:
    for tier in tiers:
        if tier.from_ <= basis and (tier.to is None or basis < tier.to):
            return tier
    raise _NoPrice(
        "no_tier", f"No tier of the price rule covers {as_text(basis)}. Add one, or widen another."
    )


def _rounded(amount: Decimal, rounding: Rounding | None, places: int) -> Decimal:
    exact = amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, ARITHMETIC)
    if rounding is None or rounding.mode == "places":
        wanted = int(rounding.value) if rounding and rounding.value is not None else places
        return to_places(exact, min(wanted, places))
    value = rounding.value or Decimal(0)
    rounded = up_to_ending(exact, value) if rounding.mode == "ending" else up_to_step(exact, value)
    return to_places(rounded, places)


def _guarded(amount: Decimal, guards: Guards, prices: Prices, places: int) -> Decimal:
    floors = []
    if guards.not_below_map and prices.map is not None and prices.map > 0:
        floors.append(prices.map)
    if guards.not_below_cost and prices.cost is not None:
        floors.append(prices.cost)
    if guards.above_cost is not None:
        floors.append(_raised(_basis("cost", prices), guards.above_cost))
    floor = max(floors, default=None)
    capped = guards.not_above_msrp and prices.msrp is not None and prices.msrp > 0
    cap = prices.msrp if capped else None
    if floor is not None and cap is not None and floor > cap:
        raise _NoPrice(
            "price_bounds_conflict",
            f"The lowest allowed price {as_text(floor)} is above the highest {as_text(cap)}. "
            "Correct cost, MAP or MSRP.",
        )
    if floor is not None and amount < floor:
        return to_places(floor, places, "ceiling")
    return to_places(cap, places, "floor") if cap is not None and amount > cap else amount


def _protected(amount: Decimal, prices: Prices) -> None:
    if amount <= 0:
        raise _NoPrice(
            "price_protected", "The price would be zero or less, so it is not sent. Check the rule."
        )
    if prices.cost is not None and amount <= prices.cost:
        raise _NoPrice(
            "price_protected",
            f"The price {as_text(amount)} would not be above the cost, so it is not sent. "
            "Check the rule, or switch off the protection.",
        )
