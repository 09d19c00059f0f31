"""Words that orders are described with, and how the states follow from what is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, Protocol

from app.mapping.values import decimal_or_none


class OrderState(StrEnum):
    """Whether an order is to be worked on."""

    OPEN = "open"
    ON_HOLD = "on_hold"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Extent(StrEnum):
    """How much of an order is acknowledged or shipped."""

    NO = "no"
    PARTLY = "partly"
    YES = "yes"


ENDED: Final = frozenset({OrderState.CLOSED, OrderState.CANCELLED})
"""Nothing of such an order is to be shipped any more."""

UNSPECIFIED_HOLD: Final = "unspecified"
HELD_BY_HAND: Final = "held_by_hand"
RULE_CANCELLATION: Final = "cancelled_by_rule"
"""Stands among the released reasons once a cancellation by a rule was taken back by hand."""
TAKEN_OVER: Final = frozenset({OrderState.OPEN, OrderState.CLOSED})
"""States that automatic acknowledgement goes with; what is on hold is not taken over yet."""

_NOTHING_TO_SHIP: Final = frozenset({"digital", "giftcertificate"})
_SHIPPED_STATUSES: Final = frozenset({2, 10})
_PARTLY_SHIPPED_STATUS: Final = 3
_PRICES: Final = ("total_inc_tax", "total_ex_tax", "base_total", "price_inc_tax", "base_price")


class Countable(Protocol):
    """What has to be known of a line to tell how far it is shipped."""

    @property
    def external_id(self) -> int:
        """The store's number of the line."""

    @property
    def parent_external_id(self) -> int | None:
        """The line of the bundle that this one is a part of."""

    @property
    def line_values(self) -> Mapping[str, Any]:
        """Mapped values that are not personal."""

    @property
    def type(self) -> str:
        """Kind of goods."""

    @property
    def quantity(self) -> int:
        """Ordered."""

    @property
    def quantity_refunded(self) -> int:
        """Taken back."""

    @property
    def quantity_shipped(self) -> int:
        """Shipped as far as the store knows."""

    @property
    def quantity_shipped_here(self) -> int:
        """Shipped as far as we know."""


def effective_quantity(line: Countable) -> int:
    """What remains to be delivered after refunds."""
    return max(line.quantity - line.quantity_refunded, 0)


def shipped_quantity(line: Countable) -> int:
    """What left the house: the store's figure lags behind shipments of ours, and vice versa."""
    return max(line.quantity_shipped, line.quantity_shipped_here)


def settled_quantity(line: Countable, *, ended: bool) -> int:
    """What is no longer to be shipped: it was, or came back, or its order is over."""
    if ended:
        return line.quantity
    owed = line.quantity - line.quantity_refunded - shipped_quantity(line)
    return line.quantity - max(owed, 0)


def is_free(line: Countable) -> bool:
    """Whether a line costs nothing, as far as its mapped values say so."""
    for name in _PRICES:
        price = decimal_or_none(line.line_values.get(name))
        if price is not None:
            return price == 0
    return False


def all_shipped(lines: Sequence[Countable], shipped: Sequence[int]) -> bool:
    """Whether everything owed has left, given what was shipped of each line.

    A bundle is a line with parts that name it as their parent (FACTS quirk 42); which of them is
    shipped, the store does not say. We decide: where one side costs nothing it is the same goods
    once more, so it counts as shipped with the other side. Free parts go with their parent, a
    parent goes with its free parts, and a free parent with all of its parts. Parts that have a
    price of their own beside a parent with a price are owed each by itself.
    """
    whole = {
        line.external_id: count >= effective_quantity(line)
        for line, count in zip(lines, shipped, strict=True)
    }
    parts: dict[int, list[Countable]] = {}
    for line in lines:
        if line.parent_external_id in whole:
            parts.setdefault(line.parent_external_id, []).append(line)

    def counts(line: Countable) -> bool:
        if whole[line.external_id]:
            return True
        if line.parent_external_id in whole and is_free(line):
            return whole[line.parent_external_id]
        own = parts.get(line.external_id, [])
        deciding = own if is_free(line) else [part for part in own if is_free(part)]
        return bool(deciding) and all(whole[part.external_id] for part in deciding)

    return all(counts(line) for line in lines)


def shipped_extent(lines: Iterable[Countable], status_id: int) -> Extent:
    """How much is shipped, by the lines and by the store's own word for it."""
    tangible = [line for line in lines if line.type not in _NOTHING_TO_SHIP]
    shipped = sum(shipped_quantity(line) for line in tangible)
    complete = all_shipped(tangible, [shipped_quantity(line) for line in tangible])
    if status_id in _SHIPPED_STATUSES or (shipped and complete):
        return Extent.YES
    return Extent.PARTLY if shipped or status_id == _PARTLY_SHIPPED_STATUS else Extent.NO


def settled(
    import_state: str,
    import_reasons: Sequence[str],
    held_by_hand: str | None,
    released_reasons: Iterable[str],
    cancelled_by_rule: str | None = None,
) -> tuple[str, list[str]]:
    """State and hold reasons, from what the import found and what was decided here.

    A release by hand outlasts further imports for the reasons that it released; a new reason
    holds the order again. What the store has shipped or cancelled is beyond any rule.
    """
    if import_state in (OrderState.CLOSED, OrderState.CANCELLED):
        return import_state, []
    if cancelled_by_rule is not None:
        return OrderState.CANCELLED.value, []
    reasons = list(import_reasons)
    if import_state == OrderState.ON_HOLD and not reasons:
        reasons = [UNSPECIFIED_HOLD]
    released = set(released_reasons)
    reasons = [reason for reason in dict.fromkeys(reasons) if reason not in released]
    if held_by_hand is not None:
        reasons.append(held_by_hand)
    return (OrderState.ON_HOLD if reasons else OrderState.OPEN).value, reasons
