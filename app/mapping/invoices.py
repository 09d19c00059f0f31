"""Invoices: the store's own money, untouched, and the signed lines that were added to it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from app.mapping.values import decimal_or_none

ZERO: Final = Decimal(0)
ADDED: Final = (
    "subtotal_inc_tax",
    "shipping_cost_inc_tax",
    "handling_cost_inc_tax",
    "wrapping_cost_inc_tax",
    "fees_inc_tax",
)
TAKEN_OFF: Final = ("discount_amount", "coupon_discount")
PAYMENTS: Final = ("gift_certificate_amount", "store_credit_amount")
TOTAL: Final = "total_inc_tax"
WITHOUT_TAX: Final = ("subtotal_ex_tax", "total_ex_tax", "shipping_cost_ex_tax")
AMOUNTS: Final = (*ADDED, *TAKEN_OFF, *PAYMENTS, TOTAL, *WITHOUT_TAX)
"""Everything that is kept of the store's own money, so that templates cannot bend it."""


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


def sum_up(amounts: Mapping[str, Any], adjustments: Sequence[InvoiceLine]) -> Invoice:
    """Return the invoice of the store's amounts, by their names in `AMOUNTS`.

    Gift certificates and store credit are payments and no part of it. Some stores take them off
    the total all the same: a total that is right in either way has no difference.
    """
    parts = [(name, money(amounts, name)) for name in ADDED]
    parts += [(name, -money(amounts, name)) for name in TAKEN_OFF]
    store_total = money(amounts, TOTAL)
    missing = store_total - sum((amount for _, amount in parts), ZERO)
    paid = sum((money(amounts, name) for name in PAYMENTS), ZERO)
    return Invoice(
        parts=tuple((name, amount) for name, amount in parts if amount),
        store_total=store_total,
        difference=min((missing, missing + paid), key=abs),
        adjustments=tuple(adjustments),
        total=store_total + sum((line.amount for line in adjustments), ZERO),
    )


def money(amounts: Mapping[str, Any], name: str) -> Decimal:
    """An amount by its name; what the store does not say is nothing."""
    return decimal_or_none(amounts.get(name)) or ZERO
