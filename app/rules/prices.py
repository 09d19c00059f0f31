"""Prices of a variant by a channel's rules: always from the product's own values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, get_args
from uuid import UUID

from app.mapping.engine.context import Context
from app.mapping.pricing import Prices, price
from app.mapping.pricing_rules import PriceField
from app.mapping.values import as_text
from app.rules.definitions import PricingDefinition
from app.rules.reading import ActiveRule

PRICE_FIELDS: Final[tuple[PriceField, ...]] = get_args(PriceField)


@dataclass(frozen=True, slots=True)
class VariantFacts:
    """What is known of a variant: the product's own values, brand and categories.

    `locked` holds prices set by hand, by price field. `record` is the nested listing that
    conditions look at: `{"listing": {…}, "listing_variant": [{…}]}`.
    """

    sku: str
    list_price: Decimal | None = None
    sale_price: Decimal | None = None
    msrp: Decimal | None = None
    map: Decimal | None = None
    cost: Decimal | None = None
    brand: str = ""
    categories: tuple[str, ...] = ()
    locked: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    record: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class PriceResult:
    """One price field: its value, or a code why nothing may be sent; and the way there."""

    field: PriceField
    price: Decimal | None
    code: str = ""
    reason: str = ""
    rule_id: UUID | None = None
    rule_name: str = ""
    steps: tuple[tuple[str, Decimal], ...] = ()

    @property
    def blocked(self) -> bool:
        """Whether the rule gave no price, so that the store's must be left alone."""
        return bool(self.code)


def category_names(paths: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Names that a category override may use: every level of every path, and whole paths."""
    names: dict[str, None] = {}
    for path in paths:
        names.update(dict.fromkeys(path))
        names[" > ".join(path)] = None
    return tuple(names)


def apply_pricing(
    rules: Sequence[ActiveRule], facts: VariantFacts, context: Context, *, minor_units: int = 2
) -> dict[PriceField, PriceResult]:
    """Return every price field of a variant.

    A price set by hand stays. Else the last rule that applies decides, even when it yields no
    price: falling back to an earlier one would sell below a bound that it was to keep.
    """
    deciding: dict[PriceField, ActiveRule] = {}
    for rule in rules:
        definition = rule.definition
        if isinstance(definition, PricingDefinition) and rule.applies(facts.record, context):
            deciding[definition.field] = rule
    return {name: _result(name, deciding.get(name), facts, minor_units) for name in PRICE_FIELDS}


def _result(
    name: PriceField, rule: ActiveRule | None, facts: VariantFacts, minor_units: int
) -> PriceResult:
    own: Decimal | None = getattr(facts, name)
    locked = facts.locked.get(name)
    if locked is not None:
        reason = f"Set by hand to {as_text(locked)}."
        return PriceResult(name, locked, reason=reason, steps=(("locked by hand", locked),))
    if rule is None:
        return PriceResult(name, own, reason="The product's own value; no rule applies.")
    assert isinstance(rule.definition, PricingDefinition)  # noqa: S101 - chosen by the caller
    prices = Prices(
        list_price=facts.list_price,
        cost=facts.cost,
        msrp=facts.msrp,
        map=facts.map,
        brand=facts.brand,
        categories=facts.categories,
    )
    priced = price(rule.definition, prices, minor_units=minor_units)
    way = ", ".join(f"{what} {as_text(amount)}" for what, amount in priced.steps)
    reason = priced.message or f"Rule “{rule.name}”: {way}."
    return PriceResult(name, priced.price, priced.code, reason, rule.id, rule.name, priced.steps)
