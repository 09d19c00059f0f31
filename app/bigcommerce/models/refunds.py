"""Refunds v3 (FACTS 4.10): the only place with amounts, because those of v2 stay 0 (quirk 9)."""

from decimal import Decimal

import msgspec

from app.bigcommerce.shapes import Shape


class RefundItem(Shape):
    """What was refunded; of a ``PRODUCT``, ``item_id`` is the order line's id."""

    item_type: str = ""
    item_id: int | None = None
    quantity: int = 0
    requested_amount: Decimal | None = None


class Refund(Shape):
    """One refund of an order, in the currency the shopper paid in."""

    id: int
    order_id: int = 0
    total_amount: Decimal | None = None
    items: list[RefundItem] = msgspec.field(default_factory=list)
