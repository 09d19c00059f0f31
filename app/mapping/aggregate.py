"""Aggregate fields: one price or quantity from all sources of a product variant."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

from app.mapping.values import ARITHMETIC

Kind = Literal["price", "quantity"]
Function = Literal["lowest", "highest", "average", "sum"]


@dataclass(frozen=True, slots=True)
class SourceValue:
    """What one source says: the field's value and how many it has; None is not reported."""

    value: Decimal | None
    in_stock: int | None = None


def aggregate(
    kind: Kind,
    function: Function,
    sources: Sequence[SourceValue],
    *,
    ignore_out_of_stock: bool = False,
) -> Decimal | None:
    """The combined value; None when no source reported one, never 0 for a price.

    A quantity is 0 only where at least one source reported; averages of quantities are rounded
    down to whole pieces. Prices have no sum (ValueError).
    """
    if kind == "price" and function == "sum":
        raise ValueError("prices cannot be summed up")
    reported = [source for source in sources if source.value is not None]
    if ignore_out_of_stock:
        counted = [source for source in reported if source.in_stock is None or source.in_stock > 0]
    else:
        counted = reported
    values = [source.value for source in counted if source.value is not None]
    if kind == "price":
        values = [value for value in values if value > 0]
    if not values:
        return Decimal(0) if kind == "quantity" and reported else None
    match function:
        case "lowest":
            return min(values)
        case "highest":
            return max(values)
        case "sum":
            return sum(values, Decimal(0))
        case "average":
            mean = ARITHMETIC.divide(sum(values, Decimal(0)), Decimal(len(values)))
            return mean.to_integral_value(ROUND_FLOOR) if kind == "quantity" else mean
