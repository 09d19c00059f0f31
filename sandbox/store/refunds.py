"""Refunds, seen in quantities, statuses and v3; the v2 amounts stay 0 (FACTS 4.10, 8.9)."""

from decimal import Decimal

from sandbox.clock import iso
from sandbox.errors import JSON, Refused
from sandbox.store.money import ZERO
from sandbox.store.orders import change_status
from sandbox.store.records import Order
from sandbox.store.stock_moves import move_stock
from sandbox.store.store import Store

REFUNDED, PARTLY_REFUNDED = 4, 14


def refund_lines(store: Store, order: Order, items: list[tuple[int, int]], reason: str) -> JSON:
    """Refund units of lines; the order becomes Refunded or Partially Refunded."""
    total = ZERO
    entries: list[JSON] = []
    for line_id, quantity in items:
        line = order.line(line_id)
        if line is None:
            raise Refused(422, "The refunded item is not part of the order.", {})
        if quantity > line["quantity"] - line["quantity_refunded"]:
            raise Refused(422, "More units than the order line has left.", {})
        amount = Decimal(line["discounted_total_inc_tax"]) * quantity / line["quantity"]
        total += round(amount, 2)
        line["quantity_refunded"] += quantity
        line["is_refunded"] = line["quantity_refunded"] >= line["quantity"]
        entries.append(
            {
                "item_type": "PRODUCT",
                "item_id": line_id,
                "reason": reason,
                "quantity": quantity,
                "requested_amount": float(round(amount, 2)),
            }
        )
        if store.profile.inventory["refund_order_stock_adjustment"]:
            move_stock(store, line, quantity)
    refund: JSON = {
        "id": store.next_id("refund"),
        "order_id": order.id,
        "user_id": 1,
        "created": iso(store.clock.now()),
        "reason": reason,
        "total_amount": float(total),
        "total_tax": 0.0,
        "uses_merchant_override_values": False,
        "items": entries,
        "payments": [
            {
                "provider_id": "storecredit",
                "amount": float(total),
                "offline": True,
                "is_declined": False,
                "declined_message": "",
            }
        ],
    }
    order.refunds.append(refund)
    whole = all(row["quantity_refunded"] >= row["quantity"] for row in order.lines)
    detail = {"type": "order", "id": order.id, "refund": {"refund_id": refund["id"]}}
    store.announce("store/order/refund/created", detail)
    change_status(store, order, REFUNDED if whole else PARTLY_REFUNDED)
    return refund
