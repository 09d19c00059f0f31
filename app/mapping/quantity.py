"""Quantity rules: what a channel may sell of what there is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, model_validator

from app.mapping.conditions import Model, without_floats

INT32_MAX: Final = 2_147_483_647


class QuantityRule(Model):
    """How a channel's quantity comes from the available one.

    `minimum` is shown even without stock and therefore needs `allow_oversell`; a result under
    `zero_below` becomes 0. `warehouses` of None means all of them. Recent sales are those of the
    last `recent_sales_minutes`, of orders that the stock levels are presumed to contain already:
    they are subtracted once more, for sources whose levels lag behind.
    """

    warehouses: tuple[str, ...] | None = None
    subtract_open_orders: bool = True
    subtract_recent_sales: bool = False
    recent_sales_minutes: int = Field(default=60, ge=1, le=10_080)
    percent: Annotated[
        Decimal, BeforeValidator(without_floats), Field(ge=0, le=100, max_digits=7)
    ] = Decimal(100)
    buffer: int = Field(default=0, ge=0, le=INT32_MAX)
    cap: int | None = Field(default=None, ge=0, le=INT32_MAX)
    minimum: int | None = Field(default=None, ge=0, le=INT32_MAX)
    allow_oversell: bool = False
    zero_below: int = Field(default=0, ge=0, le=INT32_MAX)

    @model_validator(mode="after")
    def _minimum_is_allowed(self) -> "QuantityRule":
        if self.minimum and not self.allow_oversell:
            raise ValueError("a minimum oversells; allow that explicitly, or remove the minimum")
        if self.minimum and self.cap is not None and self.minimum > self.cap:
            raise ValueError("the minimum is above the cap")
        return self


@dataclass(frozen=True, slots=True)
class Stock:
    """What is known of a variant: available in all, sold but not yet taken out of it, tracked.

    `open_orders` counts units of open orders that the source has not subtracted yet, and
    `recent_sales` those of other orders that it may not have subtracted.
    """

    available: int | None
    open_orders: int = 0
    recent_sales: int = 0
    tracked: bool = True


@dataclass(frozen=True, slots=True)
class Quantified:
    """A quantity, or a code and a sentence why no number is sent; and the way there."""

    quantity: int | None
    code: str = ""
    message: str = ""
    steps: tuple[tuple[str, int], ...] = ()


def available(levels: Mapping[str, int], warehouses: Iterable[str] | None = None) -> int | None:
    """The sum over the chosen warehouses; None when none of them reported a level."""
    chosen = None if warehouses is None else set(warehouses)
    found = [level for name, level in levels.items() if chosen is None or name in chosen]
    return sum(found) if found else None


def quantity(rule: QuantityRule, stock: Stock) -> Quantified:
    """The channel's quantity; no number for untracked variants and unknown stock."""
    if not stock.tracked:
        message = "The store does not track the stock of this variant, so no quantity is sent."
        return Quantified(None, "inventory_untracked", message)
    if stock.available is None:
        message = "No warehouse of this channel has reported a quantity. Send stock levels first."
        return Quantified(None, "stock_unknown", message)
    steps: list[tuple[str, int]] = [("available", stock.available)]
    amount = stock.available
    for name, applies, lower in (
        ("open orders", rule.subtract_open_orders, stock.open_orders),
        ("recent sales", rule.subtract_recent_sales, stock.recent_sales),
    ):
        if applies and lower:
            amount -= lower
            steps.append((name, amount))
    for name, limited in _limits(rule, amount):
        steps.append((name, limited))
        amount = limited
    return Quantified(amount, steps=tuple(steps))


def _limits(rule: QuantityRule, amount: int) -> Iterable[tuple[str, int]]:
    """Each limit that applies with the amount behind it, in the documented order."""
    if rule.percent != 100:
        amount = int((amount * rule.percent / 100).to_integral_value(ROUND_FLOOR))
        yield "percent", amount
    if rule.buffer:
        amount -= rule.buffer
        yield "buffer", amount
    if rule.cap is not None and amount > rule.cap:
        amount = rule.cap
        yield "cap", amount
    if amount < 0:
        amount = 0
        yield "not below zero", amount
    if rule.minimum is not None and rule.allow_oversell and amount < rule.minimum:
        amount = rule.minimum
        yield "minimum", amount
    if 0 < amount < rule.zero_below:
        amount = 0
        yield "below the threshold", amount
    if amount > INT32_MAX:
        yield "the store's largest number", INT32_MAX
