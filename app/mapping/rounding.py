"""Rounding prices: to places, to an ending, to a step. Exact decimals only."""

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from types import MappingProxyType
from typing import Final

from app.mapping.values import ARITHMETIC

MODES: Final = MappingProxyType(
    {
        "half_even": ROUND_HALF_EVEN,
        "half_up": ROUND_HALF_UP,
        "half_down": ROUND_HALF_DOWN,
        "up": ROUND_UP,
        "down": ROUND_DOWN,
        "ceiling": ROUND_CEILING,
        "floor": ROUND_FLOOR,
    }
)


def to_places(amount: Decimal, places: int, mode: str = "half_even") -> Decimal:
    """The amount at so many decimal places; negative places round to tens, hundreds …"""
    rounded = amount.quantize(Decimal(1).scaleb(-places), MODES[mode], ARITHMETIC)
    return rounded if places >= 0 else Decimal(format(rounded, "f"))


def up_to_ending(amount: Decimal, ending: Decimal) -> Decimal:
    """The smallest number not below the amount that ends so: 12.10 and .99 give 12.99.

    An ending of 1 or more repeats every ten, hundred …: 12.10 and 9.99 give 19.99.
    """
    period = Decimal(10) ** len(str(int(ending))) if ending >= 1 else Decimal(1)
    steps = ((amount - ending) / period).to_integral_value(ROUND_CEILING)
    return max(ending, ARITHMETIC.add(ending, ARITHMETIC.multiply(steps, period)))


def up_to_step(amount: Decimal, step: Decimal) -> Decimal:
    """The smallest multiple of the step not below the amount."""
    steps = (amount / step).to_integral_value(ROUND_CEILING)
    return ARITHMETIC.multiply(steps, step)
