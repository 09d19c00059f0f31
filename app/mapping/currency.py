"""Money in another currency: never silently, always with the rate and where it came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from types import MappingProxyType
from typing import Final, Literal

from app.mapping.values import ARITHMETIC

RateSource = Literal["order_payload", "fixed_rule", "table"]

ZERO_DECIMALS: Final = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
    *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
)
MINOR_UNITS: Final[Mapping[str, int]] = MappingProxyType(
    {
        **dict.fromkeys(ZERO_DECIMALS, 0),
        **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
        "CLF": 4,
        "UYW": 4,
    }
)


@dataclass(frozen=True, slots=True)
class AppliedRate:
    """A conversion that took place: the rate, its source and the time it is of."""

    from_currency: str
    to_currency: str
    rate: Decimal
    source: RateSource
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RateTable:
    """Rates by pair: how much of the second currency one unit of the first is worth."""

    rates: Mapping[tuple[str, str], Decimal]
    at: datetime | None = None

    def rate(self, source: str, target: str) -> Decimal | None:
        """The direct rate, or the inverse of the opposite one, or None."""
        direct = self.rates.get((source, target))
        if direct is not None:
            return direct
        opposite = self.rates.get((target, source))
        return ARITHMETIC.divide(Decimal(1), opposite) if opposite else None


def minor_units(currency: str) -> int:
    """Decimal places of a currency by ISO 4217; two unless listed."""
    return MINOR_UNITS.get(currency.upper(), 2)


def rounded(amount: Decimal, places: int) -> Decimal:
    """Half-even to decimal places."""
    return amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, ARITHMETIC)


def convert(amount: Decimal, rate: Decimal, places: int) -> Decimal:
    """The amount at the rate, half-even."""
    return rounded(ARITHMETIC.multiply(amount, rate), places)


def convert_lines(amounts: Sequence[Decimal], rate: Decimal, places: int) -> list[Decimal]:
    """Lines converted one by one; the residue to the converted sum goes to the largest line."""
    converted = [convert(amount, rate, places) for amount in amounts]
    if not converted:
        return converted
    total = convert(sum(amounts, Decimal(0)), rate, places)
    residue = total - sum(converted, Decimal(0))
    largest = max(range(len(amounts)), key=lambda index: (abs(amounts[index]), -index))
    converted[largest] += residue
    return converted
