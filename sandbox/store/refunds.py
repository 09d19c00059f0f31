"""Refunds, seen in quantities, statuses and v3; the v2 amounts stay 0 (FACTS 4.10, 8.9)."""

from decimal import Decimal

from sandbox.clock import iso
from sandbox.errors import JSON, Refused
from sandbox.store.money import cents
from sandbox.store.orders import change_status
from sandbox.store.records import Order
from sandbox.store.stock_moves import move_stock
from sandbox.store.store import Store

REFUNDED, PARTLY_REFUNDED = 4, 14


def refund_lines(store: Store, order: Order, items: list[tuple[int, int]], reason: str) -> JSON:
    """Refund units of lines; the order becomes Refunded or Partially Refunded."""
    for line_id, units in items:
        _check(order, line_id, units)
    entries = [_refund_line(store, order, line_id, units, reason) for line_id, units in items]
    total = round(sum(float(entry["requested_amount"]) for entry in entries), 2)
    refund: JSON = {
        "id": store.next_id("refund"),
        "order_id": order.id,
        "user_id": 1,
        "created": iso(store.clock.now()),
        "reason": reason,
        "total_amount": total,
        "total_tax": 0.0,
        "uses_merchant_override_values": False,
        "items": entries,
        "payments": [
            {
                "provider_id": "storecredit",
                "amount": total,
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


def _check(order: Order, line_id: int, units: int) -> None:
    line = order.line(line_id)
    if line is None:
        raise Refused(422, "The refunded item is not part of the order.", {})
    if not 0 < units <= line["quantity"] - line["quantity_refunded"]:
        raise Refused(422, "More units than the order line has left.", {})


def _refund_line(store: Store, order: Order, line_id: int, units: int, reason: str) -> JSON:
    line = next(row for row in order.lines if row["id"] == line_id)
    amount = cents(Decimal(line["discounted_total_inc_tax"]) * units / line["quantity"])
    line["quantity_refunded"] += units
    line["is_refunded"] = line["quantity_refunded"] >= line["quantity"]
    if store.profile.inventory["refund_order_stock_adjustment"]:
        move_stock(store, line, units)
    return {
        "item_type": "PRODUCT",
        "item_id": line_id,
        "reason": reason,
        "quantity": units,
        "requested_amount": float(amount),
    }
