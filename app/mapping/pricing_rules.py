"""Price rules as they are written: a base with overrides, rounding and guards.

Percentages are written as people write them: 25 is a quarter.
"""

from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, model_validator

from app.mapping.conditions import Model, without_floats

MAX_TIERS: Final = 100
MAX_OVERRIDES: Final = 500

Number = Annotated[Decimal, BeforeValidator(without_floats), Field(max_digits=20, decimal_places=8)]
Positive = Annotated[Number, Field(ge=0)]
Basis = Literal["cost", "map", "msrp", "list_price"]
PriceField = Literal["list_price", "sale_price", "msrp", "map"]


class Amount(Model):
    """A percentage or a flat amount of money; exactly one of the two."""

    percent: Positive | None = None
    amount: Positive | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "Amount":
        if (self.percent is None) == (self.amount is None):
            raise ValueError("give either a percentage or an amount")
        return self


class ListPrice(Model):
    """The product's list price as it is."""

    kind: Literal["list_price"]


class Markup(Amount):
    """Raises a basis."""

    kind: Literal["markup"]
    on: Basis = "cost"


class Margin(Model):
    """So much of the price remains above cost."""

    kind: Literal["margin"]
    percent: Annotated[Positive, Field(lt=100)]
    on: Literal["cost"] = "cost"


class Discount(Amount):
    """Lowers a basis."""

    kind: Literal["discount"]
    on: Basis = "msrp"


class Tier(Amount):
    """A markup for a band of the basis, `from` included, `to` excluded; no `to` is no end."""

    from_: Positive = Field(alias="from")
    to: Positive | None = None


class Tiers(Model):
    """Markups by band of the basis."""

    kind: Literal["tiers"]
    on: Basis = "cost"
    tiers: tuple[Tier, ...] = Field(min_length=1, max_length=MAX_TIERS)


Base = Annotated[ListPrice | Markup | Margin | Discount | Tiers, Field(discriminator="kind")]


class Override(Model):
    """Another base for a brand or a category; names are compared without case."""

    by: Literal["brand", "category"]
    name: str = Field(min_length=1, max_length=255)
    base: Base


class Rounding(Model):
    """`places`, up to an `ending` such as 0.99, or up to a `step`."""

    mode: Literal["places", "ending", "step"]
    value: Positive | None = None

    @model_validator(mode="after")
    def _needs_value(self) -> "Rounding":
        if self.mode == "step" and not self.value:
            raise ValueError("rounding to a step needs a step above zero")
        if self.mode == "ending" and self.value is None:
            raise ValueError("rounding to an ending needs the ending, such as 0.99")
        return self


class Guards(Model):
    """Bounds of the price: not below MAP, not below cost and something, not above MSRP."""

    not_below_map: bool = False
    not_below_cost: bool = False
    above_cost: Amount | None = None
    not_above_msrp: bool = False


class PricingRule(Model):
    """A price rule of a channel for one price field."""

    field: PriceField = "list_price"
    base: Base
    overrides: tuple[Override, ...] = Field(default=(), max_length=MAX_OVERRIDES)
    override_order: tuple[Literal["brand", "category"], ...] = ("brand", "category")
    rounding: Rounding | None = None
    guards: Guards = Guards()
    protect: bool = True
