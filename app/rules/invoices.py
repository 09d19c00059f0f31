"""What a channel's rules add to the invoice of an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.mapping.currency import rounded
from app.mapping.engine.context import Context
from app.mapping.invoices import ZERO, Invoice, InvoiceLine, money, sum_up
from app.mapping.values import ARITHMETIC, as_text, decimal_or_none
from app.rules.definitions import (
    FixedAmount,
    InvoiceAdjustmentDefinition,
    PercentAmount,
    TieredAmount,
)
from app.rules.reading import ActiveRule

Record = Mapping[str, Any]


def invoice(
    rules: Sequence[ActiveRule],
    record: Record,
    context: Context,
    *,
    amounts: Record | None = None,
    minor_units: int = 2,
) -> Invoice:
    """Return the invoice of a nested order.

    `amounts` are the store's own, by their names in `mapping.invoices`; without them they are read
    from the record, whose template may have changed them.
    """
    own = _own_amounts(record) if amounts is None else amounts
    lines = invoice_lines(rules, record, context, amounts=own, minor_units=minor_units)
    return sum_up(own, lines)


def invoice_lines(
    rules: Sequence[ActiveRule],
    record: Record,
    context: Context,
    *,
    amounts: Record | None = None,
    minor_units: int = 2,
) -> list[InvoiceLine]:
    """Return the lines that rules add to a nested order's invoice, rounded half-even each."""
    own = _own_amounts(record) if amounts is None else amounts
    found: list[InvoiceLine] = []
    for rule in rules:
        definition = rule.definition
        if not isinstance(definition, InvoiceAdjustmentDefinition):
            continue
        if not rule.applies(record, context):
            continue
        amount, how = _amount(definition.amount, record, own)
        cents = rounded(amount, minor_units)
        if cents:
            reason = f"Rule “{rule.name}”: {how}."
            found.append(InvoiceLine(rule.id, definition.label, cents, reason))
    return found


def _amount(
    amount: FixedAmount | PercentAmount | TieredAmount, record: Record, amounts: Record
) -> tuple[Decimal, str]:
    match amount:
        case FixedAmount():
            times = {"order": 1, "line": len(_lines(record)), "unit": _units(record)}[amount.per]
            total = ARITHMETIC.multiply(amount.value, Decimal(times))
            return total, f"{as_text(amount.value)} per {amount.per}, {times} times"
        case PercentAmount():
            basis = money(amounts, amount.of)
            part = ARITHMETIC.divide(ARITHMETIC.multiply(basis, amount.percent), Decimal(100))
            return part, f"{as_text(amount.percent)} percent of {amount.of} {as_text(basis)}"
        case TieredAmount():
            basis = _basis(amount.on, record, amounts)
            for tier in amount.tiers:
                if tier.from_ <= basis and (tier.to is None or basis < tier.to):
                    return tier.value, f"tier from {as_text(tier.from_)} for {as_text(basis)}"
            return ZERO, f"no tier covers {as_text(basis)}"


def _basis(on: str, record: Record, amounts: Record) -> Decimal:
    if on == "quantity":
        return Decimal(_units(record))
    if on == "weight":
        weights = ((decimal_or_none(line.get("weight")) or ZERO, line) for line in _lines(record))
        return sum((weight * _effective(line) for weight, line in weights), ZERO)
    return money(amounts, on)


def _lines(record: Record) -> Sequence[Mapping[str, Any]]:
    return record.get("line_items") or record.get("line_item") or ()


def _units(record: Record) -> int:
    return sum(_effective(line) for line in _lines(record))


def _effective(line: Mapping[str, Any]) -> int:
    effective = decimal_or_none(line.get("effective_quantity"))
    if effective is None:
        ordered = decimal_or_none(line.get("quantity")) or ZERO
        effective = ordered - (decimal_or_none(line.get("quantity_refunded")) or ZERO)
    return max(int(effective), 0)


def _own_amounts(record: Record) -> Record:
    return record.get("order") or {}
