"""Weights and lengths, converted with the exact legal factors."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from types import MappingProxyType
from typing import Final, Literal

from app.mapping.errors import FieldFailure
from app.mapping.values import ARITHMETIC

Dimension = Literal["weight", "length"]

GRAMS: Final[Mapping[str, Decimal]] = MappingProxyType(
    {
        "g": Decimal(1),
        "kg": Decimal(1_000),
        "t": Decimal(1_000_000),
        "oz": Decimal("28.349523125"),
        "lb": Decimal("453.59237"),
    }
)
MILLIMETRES: Final[Mapping[str, Decimal]] = MappingProxyType(
    {
        "mm": Decimal(1),
        "cm": Decimal(10),
        "m": Decimal(1_000),
        "in": Decimal("25.4"),
        "ft": Decimal("304.8"),
    }
)
ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "gram": "g",
        "grams": "g",
        "kilogram": "kg",
        "kilograms": "kg",
        "kgs": "kg",
        "tonne": "t",
        "tonnes": "t",
        "ounce": "oz",
        "ounces": "oz",
        "pound": "lb",
        "pounds": "lb",
        "lbs": "lb",
        "millimeters": "mm",
        "millimetres": "mm",
        "centimeter": "cm",
        "centimeters": "cm",
        "centimetre": "cm",
        "centimetres": "cm",
        "cms": "cm",
        "meter": "m",
        "meters": "m",
        "metres": "m",
        "inch": "in",
        "inches": "in",
        "foot": "ft",
        "feet": "ft",
    }
)
STORE: Final = "store"


def unit_of(name: str) -> str | None:
    """The short name of a unit in any of BigCommerce's spellings, or None."""
    word = name.strip().lower()
    word = ALIASES.get(word, word)
    return word if word in GRAMS or word in MILLIMETRES else None


def dimension_of(unit: str) -> Dimension:
    """Whether a short unit name measures weight or length."""
    return "weight" if unit in GRAMS else "length"


def factor(source: str, target: str) -> tuple[Decimal, Decimal]:
    """Size of both units in the same smallest unit; raises FieldFailure when they differ."""
    if source in GRAMS and target in GRAMS:
        return GRAMS[source], GRAMS[target]
    if source in MILLIMETRES and target in MILLIMETRES:
        return MILLIMETRES[source], MILLIMETRES[target]
    raise FieldFailure("units_differ", f"“{source}” cannot be converted to “{target}”.")


def convert(amount: Decimal, source: str, target: str, places: int = 6) -> Decimal:
    """The amount in the other unit, half-even to `places`; equal units change nothing."""
    if source == target:
        return amount
    numerator, denominator = factor(source, target)
    product = ARITHMETIC.multiply(amount, numerator)
    result = ARITHMETIC.divide(product, denominator)
    rounded = result.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, ARITHMETIC)
    return rounded.normalize(ARITHMETIC) + 0
