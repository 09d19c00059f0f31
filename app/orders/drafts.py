"""What Get Orders hands over, and what it is told in return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from app.mapping.invoices import InvoiceLine

Outcome = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True)
class LineDraft:
    """A line, mapped; `type` is the store's word for the kind of goods.

    In all `values` keys are the mapping's targets without their group. An absent key leaves the
    stored value alone; None, "" and [] clear it.
    """

    external_id: int
    address_external_id: int | None
    values: dict[str, Any]
    type: str
    parent_external_id: int | None = None
    variant_external_id: int | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class AddressDraft:
    """A shipping address, mapped."""

    external_id: int
    values: dict[str, Any]
    shipping_policy: str | None = None


@dataclass(frozen=True)
class OrderDraft:
    """An order, mapped; addresses and lines are all that the store has.

    `state` and `hold_reasons` are what the import finds; decisions made by hand are kept apart.
    """

    external_id: int
    status_id: int
    values: dict[str, Any]
    billing: dict[str, Any]
    addresses: tuple[AddressDraft, ...]
    lines: tuple[LineDraft, ...]
    created_at: datetime | None
    modified_at: datetime | None
    hold_reasons: tuple[str, ...] = ()
    state: str = "open"
    ffl: dict[str, Any] | None = None
    archived: bool = False
    auto_acknowledge: bool = False
    currency: str | None = None
    """What the amounts are in: not always `currency_code`, which the shopper was shown."""
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    cancelled_by_rule: str | None = None
    amounts: Mapping[str, str] = field(default_factory=dict)
    """The store's own money, whatever the template makes of it (`mapping.invoices`)."""
    adjustments: tuple[InvoiceLine, ...] = ()
    attention: tuple[str, ...] = ()
    """Codes of what is odd about the order, whether it holds it or not."""
    stopped: bool = False
    """The template stopped the mapping: what was ruled and found before stays beside the rest."""


@dataclass(frozen=True)
class Change:
    """One field that an import changes; personal values are not told."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class SavedOrder:
    """What became of a draft."""

    order_id: UUID
    external_id: int
    outcome: Outcome
    state: str
    changes: tuple[Change, ...] = ()
