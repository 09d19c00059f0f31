"""What was refunded of orders: read in bulk, and only where an order speaks of a refund.

The store's own amounts on orders and lines are always 0 (FACTS quirk 9), so they are never
believed. A store that does not let us read its refunds costs no order: amounts are unknown then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

import structlog

from app.bigcommerce.client import StoreClient
from app.bigcommerce.errors import Forbidden, Refused
from app.bigcommerce.models.refunds import Refund
from app.bigcommerce.resources import refunds
from app.bigcommerce.resources.batches import batches
from app.integrations.ordering.order_records import NOT_REFUNDED, Refunded, WholeOrder

log = structlog.get_logger(__name__)

REFUNDS_UNREADABLE: Final = "refunds_unreadable"
UNREADABLE: Final = (
    "The store does not let its refunds be read (the scope “Order Transactions” may be missing), "
    "so amounts of refunds are not known."
)
_REFUNDED_STATUSES: Final = frozenset({4, 14})
_REFUNDED_PAYMENTS: Final = frozenset({"refunded", "partially refunded"})
_PRODUCT: Final = "PRODUCT"


@dataclass(frozen=True)
class _Sums:
    """Amounts of one order while they are added up; None as soon as one is not known."""

    total: list[Decimal | None] = field(default_factory=list)
    lines: dict[int, list[Decimal | None]] = field(default_factory=dict)


async def with_refunds(client: StoreClient, whole: Sequence[WholeOrder]) -> list[WholeOrder]:
    """Orders with what was refunded of them; no request where no order speaks of a refund."""
    asked = [one.order.id for one in whole if speaks_of_refund(one)]
    found: dict[int, Refunded] = {}
    try:
        for ids in batches(asked, refunds.ORDERS_BATCH):
            found |= _added_up(ids, await refunds.of_orders(client, ids))
    except (Forbidden, Refused) as error:
        log.warning("refunds_unreadable", orders=len(asked), reason=str(error)[:200])
        found = dict.fromkeys(asked, Refunded(None, readable=False))
    return [replace(one, refunded=found.get(one.order.id, NOT_REFUNDED)) for one in whole]


def speaks_of_refund(whole: WholeOrder) -> bool:
    """Whether units were taken back, or the status of order or payment tells of a refund."""
    order = whole.order
    return (
        order.status_id in _REFUNDED_STATUSES
        or order.payment_status.strip().lower() in _REFUNDED_PAYMENTS
        or any(line.quantity_refunded or line.is_refunded for line in whole.lines)
    )


def _added_up(ids: Iterable[int], found: Iterable[Refund]) -> dict[int, Refunded]:
    sums = {order_id: _Sums() for order_id in ids}
    for refund in found:
        one = sums.get(refund.order_id)
        if one is None:
            continue
        one.total.append(refund.total_amount)
        for item in refund.items:
            if item.item_type == _PRODUCT and item.item_id is not None:
                one.lines.setdefault(item.item_id, []).append(item.requested_amount)
    return {order_id: _refunded(one) for order_id, one in sums.items()}


def _refunded(sums: _Sums) -> Refunded:
    lines: Mapping[int, Decimal | None] = {
        line_id: _sum(amounts) for line_id, amounts in sums.lines.items()
    }
    return Refunded(_sum(sums.total), lines)


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total
