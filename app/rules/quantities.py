"""Quantity of a variant by a channel's rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

from app.mapping.engine.context import Context
from app.mapping.quantity import QuantityRule, Stock, available, quantity
from app.rules.definitions import QuantityDefinition
from app.rules.prices import VariantFacts
from app.rules.reading import ActiveRule


@dataclass(frozen=True, slots=True)
class StockFacts:
    """Levels by warehouse, and what is sold but not taken out of them yet.

    `open_orders` are units of imported orders that the levels do not contain; `recent_sales` are
    those of the last so many minutes that the levels are presumed to contain, by these minutes;
    `locked` was set by hand.
    """

    levels: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    open_orders: int = 0
    recent_sales: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    tracked: bool = True
    locked: int | None = None


@dataclass(frozen=True, slots=True)
class QuantityResult:
    """The quantity to show, or a code why no number may be sent; and the way there."""

    quantity: int | None
    code: str = ""
    reason: str = ""
    rule_id: UUID | None = None
    rule_name: str = ""
    steps: tuple[tuple[str, int], ...] = ()

    @property
    def blocked(self) -> bool:
        """Whether the store's number must be left alone."""
        return bool(self.code)


def recent_periods(rules: Iterable[ActiveRule]) -> frozenset[int]:
    """For how many minutes these rules want to know recent sales; empty when none does."""
    return frozenset(
        rule.definition.recent_sales_minutes
        for rule in rules
        if isinstance(rule.definition, QuantityDefinition) and rule.definition.subtract_recent_sales
    )


def apply_quantity(
    rules: Sequence[ActiveRule], facts: VariantFacts, stock: StockFacts, context: Context
) -> QuantityResult:
    """Return the quantity by the last rule that applies; without one, what all warehouses have.

    Open orders are subtracted also without a rule, so that nothing is sold twice.
    """
    if stock.locked is not None:
        reason = f"Set by hand to {stock.locked}."
        return QuantityResult(stock.locked, reason=reason, steps=(("locked", stock.locked),))
    deciding: ActiveRule | None = None
    for rule in rules:
        if isinstance(rule.definition, QuantityDefinition) and rule.applies(facts.record, context):
            deciding = rule
    definition = QuantityRule()
    if deciding is not None and isinstance(deciding.definition, QuantityDefinition):
        definition = deciding.definition
    found = quantity(
        definition,
        Stock(
            available(stock.levels, definition.warehouses),
            stock.open_orders,
            stock.recent_sales.get(definition.recent_sales_minutes, 0),
            stock.tracked,
        ),
    )
    by = f"Rule “{deciding.name}”" if deciding else "No rule applies"
    way = ", ".join(f"{what} {amount}" for what, amount in found.steps)
    return QuantityResult(
        found.quantity,
        found.code,
        found.message or f"{by}: {way}.",
        deciding.id if deciding else None,
        deciding.name if deciding else "",
        found.steps,
    )
