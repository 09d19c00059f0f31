"""Transactions and refunds of orders over v3 (FACTS 4.10)."""

from datetime import UTC, datetime

from sandbox.api.filters import Filter, family, field, instant, select
from sandbox.api.paging import pagination, v3_page
from sandbox.api.v3.checks import objects
from sandbox.call import Answer, Call, Endpoint, data
from sandbox.clock import iso, parse_date
from sandbox.errors import JSON, Refused
from sandbox.store.records import Order
from sandbox.store.refunds import refund_lines

TRANSACTIONS = "store_v2_transactions"


def _created(row: JSON) -> float:
    return parse_date(row["created"]).timestamp()


def _not_before(value: float, wanted: float) -> bool:
    return value >= wanted


def _not_after(value: float, wanted: float) -> bool:
    return value <= wanted


REFUND_FILTERS = {
    **family("order_id", field("order_id"), int, "in"),
    **family("id", field("id"), int, "in"),
    "created:min": Filter(_created, instant, _not_before),
    "created:max": Filter(_created, instant, _not_after),
}


def list_refunds(call: Call) -> Answer:
    """Refunds of all orders: one call instead of one per order."""
    rows = [row for order in call.store.orders.values() for row in order.refunds]
    return v3_page(call, select(call, rows, REFUND_FILTERS), lambda row: row)


def list_of_order(call: Call) -> Answer:
    """Refunds of one order."""
    return data(call.order().refunds)


def create(call: Call) -> Answer:
    """Refund units of an order; stock does not come back by itself."""
    body = call.json_object()
    items = []
    for row in objects(body.get("items"), "items"):
        if row.get("item_type") != "PRODUCT":
            raise Refused(422, "Only items of type PRODUCT can be refunded here.", {})
        items.append((int(row.get("item_id", 0)), int(row.get("quantity", 0))))
    reason = str(body.get("reason", ""))
    return data(refund_lines(call.store, call.order(), items, reason), status=201)


def list_transactions(call: Call) -> Answer:
    """Transactions of one order: its payment, when it was paid, and its refunds."""
    rows = _transactions(call.order())
    meta = {"pagination": pagination(call, len(rows), len(rows), 1, max(50, len(rows)))}
    return data(rows, meta)


def _transactions(order: Order) -> list[JSON]:
    rows: list[JSON] = []
    if order.fields["payment_status"] not in ("", "pending", "declined", "void"):
        amount = float(order.fields["total_inc_tax"])
        rows.append(_transaction(order, order.id * 10, "purchase", amount, order.created))
    for refund in order.refunds:
        number = order.id * 10 + refund["id"] % 9 + 1
        amount = float(refund["total_amount"])
        rows.append(_transaction(order, number, "refund", amount, _created(refund)))
    return rows


def _transaction(order: Order, number: int, event: str, amount: float, at: float) -> JSON:
    return {
        "id": number,
        "order_id": str(order.id),
        "event": event,
        "method": "custom",
        "amount": amount,
        "currency": order.fields["default_currency_code"],
        "gateway": "custom",
        "gateway_transaction_id": f"txn-{number}",
        "date_created": iso(datetime.fromtimestamp(at, UTC)),
        "test": True,
        "status": "ok",
        "fraud_review": False,
        "offline": None,
        "custom": {"payment_method": order.fields["payment_method"]},
    }


_P = "/v3/orders"
ENDPOINTS = (
    Endpoint("GET", f"{_P}/payment_actions/refunds", list_refunds, TRANSACTIONS),
    Endpoint("GET", f"{_P}/{{order_id}}/payment_actions/refunds", list_of_order, TRANSACTIONS),
    Endpoint("POST", f"{_P}/{{order_id}}/payment_actions/refunds", create, TRANSACTIONS),
    Endpoint("GET", f"{_P}/{{order_id}}/transactions", list_transactions, TRANSACTIONS),
)
