"""What a rule of each kind says.

Every kind but the shipping mapping may carry a condition (`when`); without one the rule always
applies. Rules of a kind run in the order of their rank. Tags, notes and the like accumulate;
where only one answer is possible, the last rule that applies gives it.
"""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, model_validator

from app.mapping.conditions import Condition, Model, without_floats
from app.mapping.pricing_rules import PricingRule
from app.mapping.quantity import QuantityRule
from app.rules.kinds import RuleKind

MAX_ACTIONS: Final = 50
MAX_MATCHES: Final = 1_000
MAX_TIERS: Final = 100

Signed = Annotated[Decimal, BeforeValidator(without_floats), Field(max_digits=20, decimal_places=8)]
Positive = Annotated[Signed, Field(ge=0)]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
Sentence = Annotated[str, Field(min_length=1, max_length=1_000, pattern=r"\S")]
Which = Literal["any", "all"]
MoneyField = Literal[
    "subtotal_ex_tax",
    "subtotal_inc_tax",
    "total_ex_tax",
    "total_inc_tax",
    "shipping_cost_ex_tax",
    "shipping_cost_inc_tax",
]


class PricingDefinition(PricingRule):
    """A price rule; the last one that applies to a field decides, from the product's own values."""

    when: Condition | None = None


class QuantityDefinition(QuantityRule):
    """A quantity rule; the last one that applies decides."""

    when: Condition | None = None


class ListingStatusDefinition(Model):
    """The status that a listing is to have.

    `variants` says whether the condition has to hold for all of its variants or for any. Delisting
    deletes the product in the store, so it has to be confirmed in the rule.
    """

    when: Condition | None = None
    variants: Which = "all"
    to: Literal["listed", "hidden", "paused", "delisted"]
    confirm: bool = False

    @model_validator(mode="after")
    def _delisting_is_confirmed(self) -> ListingStatusDefinition:
        if self.to == "delisted" and not self.confirm:
            raise ValueError(
                "delisting deletes the product in the store; confirm it with `confirm`, "
                "or use `hidden`, which can be undone"
            )
        return self


class Hold(Model):
    """Holds the order until it is released."""

    do: Literal["hold"]
    reason: Name = "rule"


class Tag(Model):
    """Adds a tag to the order."""

    do: Literal["tag"]
    tag: Name


class Note(Model):
    """Adds a note to the order."""

    do: Literal["note"]
    text: Sentence


class Cancel(Model):
    """Cancels the order here; nothing is written to the store."""

    do: Literal["cancel"]


class Alert(Model):
    """Sends a notification."""

    do: Literal["alert"]
    message: Sentence


Action = Annotated[Hold | Tag | Note | Cancel | Alert, Field(discriminator="do")]


class OrderImportDefinition(Model):
    """What is done with an order that comes in.

    `lines` says whether the condition has to hold for any of its lines or for all.
    """

    when: Condition | None = None
    lines: Which = "any"
    actions: Annotated[tuple[Action, ...], Field(min_length=1, max_length=MAX_ACTIONS)]


class Match(Model):
    """A text of the store's checkout and the shipping policy that it stands for."""

    match: Literal["exact", "contains", "regex"] = "exact"
    text: Annotated[str, Field(min_length=1, max_length=1_000)]
    policy: Name
    case_sensitive: bool = False


class ShippingMappingDefinition(Model):
    """Shipping texts in order: the first match decides, else `default`, else the order is held."""

    matches: Annotated[tuple[Match, ...], Field(max_length=MAX_MATCHES)] = ()
    default: Name | None = None

    @model_validator(mode="after")
    def _says_something(self) -> ShippingMappingDefinition:
        if not self.matches and self.default is None:
            raise ValueError("give at least one match, or a default")
        return self


class FixedAmount(Model):
    """The same amount for each order, line or unit; negative amounts are in the buyer's favour."""

    kind: Literal["fixed"]
    value: Signed
    per: Literal["order", "line", "unit"] = "order"


class PercentAmount(Model):
    """A percentage of one of the order's own amounts."""

    kind: Literal["percent"]
    percent: Signed
    of: MoneyField = "subtotal_ex_tax"


class AmountTier(Model):
    """An amount for a band of the basis, `from` included, `to` excluded; no `to` is no end."""

    from_: Positive = Field(alias="from")
    to: Positive | None = None
    value: Signed


class TieredAmount(Model):
    """An amount by total weight (in the store's unit, as orders carry it), units or money."""

    kind: Literal["tiers"]
    on: MoneyField | Literal["weight", "quantity"]
    tiers: Annotated[tuple[AmountTier, ...], Field(min_length=1, max_length=MAX_TIERS)]


class InvoiceAdjustmentDefinition(Model):
    """A signed line that is added to the invoice; imported money is never changed."""

    when: Condition | None = None
    lines: Which = "any"
    label: Name
    amount: Annotated[FixedAmount | PercentAmount | TieredAmount, Field(discriminator="kind")]


Definition = (
    PricingDefinition
    | QuantityDefinition
    | ListingStatusDefinition
    | OrderImportDefinition
    | InvoiceAdjustmentDefinition
    | ShippingMappingDefinition
)

DEFINITIONS: Final = MappingProxyType[RuleKind, type[Definition]](
    {
        RuleKind.PRICING: PricingDefinition,
        RuleKind.QUANTITY: QuantityDefinition,
        RuleKind.LISTING_STATUS: ListingStatusDefinition,
        RuleKind.ORDER_IMPORT: OrderImportDefinition,
        RuleKind.INVOICE_ADJUSTMENT: InvoiceAdjustmentDefinition,
        RuleKind.SHIPPING_MAPPING: ShippingMappingDefinition,
    }
)
