"""Invoices: the store's own money, untouched, and signed lines that rules add to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from app.mapping.currency import rounded
from app.mapping.engine.context import Context
from app.mapping.values import ARITHMETIC, as_text, decimal_or_none
from app.rules.definitions import (
    FixedAmount,
    InvoiceAdjustmentDefinition,
    PercentAmount,
    TieredAmount,
)
from app.rules.reading import ActiveRule

ZERO: Final = Decimal(0)
_ADDED: Final = (
    "subtotal_inc_tax",
    "shipping_cost_inc_tax",
    "handling_cost_inc_tax",
    "wrapping_cost_inc_tax",
)
_TAKEN_OFF: Final = ("discount_amount", "coupon_discount")


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """An amount that a rule adds; negative ones lower the total."""

    rule_id: UUID
    label: str
    amount: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """The invoice of an order: the store's parts and total, our lines, and what is to be paid.

    `difference` is the store's total less the sum of its parts: reported, never hidden.
    """

    parts: tuple[tuple[str, Decimal], ...]
    store_total: Decimal
    difference: Decimal
    adjustments: tuple[InvoiceLine, ...]
    total: Decimal


def invoice(
    rules: Sequence[ActiveRule],
    record: Mapping[str, Any],
    context: Context,
    *,
    minor_units: int = 2,
) -> Invoice:
    """Return the invoice of a nested order; gift certificates and store credit are payments."""
    order: Mapping[str, Any] = record.get("order") or {}
    parts = [(name, _money(order, name)) for name in _ADDED]
    parts += [(name, -_money(order, name)) for name in _TAKEN_OFF]
    store_total = _money(order, "total_inc_tax")
    lines = invoice_lines(rules, record, context, minor_units=minor_units)
    return Invoice(
        parts=tuple((name, amount) for name, amount in parts if amount),
        store_total=store_total,
        difference=store_total - sum((amount for _, amount in parts), ZERO),
        adjustments=tuple(lines),
        total=store_total + sum((line.amount for line in lines), ZERO),
    )


def invoice_lines(
    rules: Sequence[ActiveRule],
    record: Mapping[str, Any],
    context: Context,
    *,
    minor_units: int = 2,
) -> list[InvoiceLine]:
    """Return the lines that rules add to a nested order's invoice, rounded half-even each."""
    found: list[InvoiceLine] = []
    for rule in rules:
        definition = rule.definition
        if not isinstance(definition, InvoiceAdjustmentDefinition):
            continue
        if not rule.applies(record, context):
            continue
        amount, how = _amount(definition.amount, record)
        cents = rounded(amount, minor_units)
        if cents:
            reason = f"Rule “{rule.name}”: {how}."
            found.append(InvoiceLine(rule.id, definition.label, cents, reason))
    return found


def _amount(
    amount: FixedAmount | PercentAmount | TieredAmount, record: Mapping[str, Any]
) -> tuple[Decimal, str]:
    match amount:
        case FixedAmount():
            times = {"order": 1, "line": len(_lines(record)), "unit": _units(record)}[amount.per]
            total = ARITHMETIC.multiply(amount.value, Decimal(times))
            return total, f"{as_text(amount.value)} per {amount.per}, {times} times"
        case PercentAmount():
            basis = _money(record.get("order") or {}, amount.of)
            part = ARITHMETIC.divide(ARITHMETIC.multiply(basis, amount.percent), Decimal(100))
            return part, f"{as_text(amount.percent)} percent of {amount.of} {as_text(basis)}"
        case TieredAmount():
            basis = _basis(amount.on, record)
            for tier in amount.tiers:
                if tier.from_ <= basis and (tier.to is None or basis < tier.to):
                    return tier.value, f"tier from {as_text(tier.from_)} for {as_text(basis)}"
            return ZERO, f"no tier covers {as_text(basis)}"


def _basis(on: str, record: Mapping[str, Any]) -> Decimal:
    if on == "quantity":
        return Decimal(_units(record))
    if on == "weight":
        weights = ((decimal_or_none(line.get("weight")) or ZERO, line) for line in _lines(record))
        return sum((weight * _effective(line) for weight, line in weights), ZERO)
    return _money(record.get("order") or {}, on)


def _lines(record: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return record.get("line_items") or record.get("line_item") or ()


def _units(record: Mapping[str, Any]) -> int:
    return sum(_effective(line) for line in _lines(record))


def _effective(line: Mapping[str, Any]) -> int:
    effective = decimal_or_none(line.get("effective_quantity"))
    if effective is None:
        ordered = decimal_or_none(line.get("quantity")) or ZERO
        effective = ordered - (decimal_or_none(line.get("quantity_refunded")) or ZERO)
    return max(int(effective), 0)


def _money(order: Mapping[str, Any], name: str) -> Decimal:
    return decimal_or_none(order.get(name)) or ZERO
