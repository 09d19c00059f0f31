"""Words that orders are described with, and how the states follow from what is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, Protocol


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


UNSPECIFIED_HOLD: Final = "unspecified"
HELD_BY_HAND: Final = "held_by_hand"
RULE_CANCELLATION: Final = "cancelled_by_rule"
"""Stands among the released reasons once a cancellation by a rule was taken back by hand."""
TAKEN_OVER: Final = frozenset({OrderState.OPEN, OrderState.CLOSED})
"""States that automatic acknowledgement goes with; what is on hold is not taken over yet."""

_NOTHING_TO_SHIP: Final = frozenset({"digital", "giftcertificate"})
_SHIPPED_STATUSES: Final = frozenset({2, 10})
_PARTLY_SHIPPED_STATUS: Final = 3


class Countable(Protocol):
    """What has to be known of a line to tell how far it is shipped."""

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


def shipped_extent(lines: Iterable[Countable], status_id: int) -> Extent:
    """How much is shipped, by the lines and by the store's own word for it."""
    tangible = [line for line in lines if line.type not in _NOTHING_TO_SHIP]
    shipped = sum(shipped_quantity(line) for line in tangible)
    complete = all(shipped_quantity(line) >= effective_quantity(line) for line in tangible)
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
