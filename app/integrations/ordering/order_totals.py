"""An order's own sums compared with each other, to the cent. Pure.

Every difference is reported. One holds the order: lines whose sum is further from the store's
subtotal than rounding explains mean that lines are missing or counted twice, so nothing must be
shipped by them. A total that does not follow from subtotal, costs, fees and discounts holds
nothing, because stores differ in what they tax and round.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.bigcommerce.models.orders import Order, OrderProduct

ZERO: Final = Decimal(0)
HALF_A_CENT: Final = Decimal("0.005")


@dataclass(frozen=True, slots=True)
class Difference:
    """What the store says and what its parts say, in the currency the shopper paid in."""

    field: str
    told: Decimal
    summed: Decimal
    from_lines: bool
    holds: bool

    @property
    def message(self) -> str:
        """The difference as a sentence."""
        parts = "the lines" if self.from_lines else "subtotal, costs, fees and discounts"
        return f"The store says {self.told:f}, {parts} add up to {self.summed:f}."


def differences(order: Order, lines: Sequence[OrderProduct]) -> list[Difference]:
    """Return what does not add up; nothing where the store gives no numbers."""
    found: list[Difference] = []
    for name, field in (("total_inc_tax", "subtotal_inc_tax"), ("total_ex_tax", "subtotal_ex_tax")):
        told = getattr(order, field)
        amounts = [getattr(line, name) for line in lines]
        if told is None or not lines or None in amounts:
            continue
        everything = sum(amounts, ZERO)
        distance = _distance(told, (everything, _without_parts(lines, name)))
        if distance >= HALF_A_CENT:
            holds = distance > HALF_A_CENT * len(lines)
            found.append(Difference(f"order.{field}", told, everything, True, holds))
    total = _total(order, lines)
    if total is not None:
        found.append(total)
    return found


def _without_parts(lines: Sequence[OrderProduct], name: str) -> Decimal:
    """The lines without those inside a bundle, whose price may already be the bundle's."""
    own = (getattr(line, name) for line in lines if line.parent_order_product_id is None)
    return sum(own, ZERO)


def _total(order: Order, lines: Sequence[OrderProduct]) -> Difference | None:
    told, subtotal = order.total_inc_tax, order.subtotal_inc_tax
    if told is None or subtotal is None:
        return None
    costs = _sum(
        (
            order.shipping_cost_inc_tax,
            order.handling_cost_inc_tax,
            order.wrapping_cost_inc_tax,
            *(fee.cost_inc_tax for fee in order.fees),
        )
    )
    expected = subtotal + costs - _sum((order.discount_amount, order.coupon_discount))
    paid_otherwise = _sum((order.gift_certificate_amount, order.store_credit_amount))
    readings = [expected, expected - paid_otherwise]
    discounted = [line.discounted_total_inc_tax for line in lines]
    if lines and None not in discounted:
        # Where discounts are taken off before tax, only the lines know what they were worth.
        readings.append(_sum(discounted) + costs)
    if _distance(told, readings) < HALF_A_CENT:
        return None
    return Difference("order.total_inc_tax", told, expected, False, holds=False)


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), ZERO)


def _distance(told: Decimal, sums: Iterable[Decimal]) -> Decimal:
    """How far the nearest of several readings is from what the store says.

    Taxes rounded line by line and on the whole may differ by half a cent a line.
    """
    return min(abs(told - one) for one in sums)
