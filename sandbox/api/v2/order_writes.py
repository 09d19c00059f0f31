"""Changing and archiving orders over v2 (FACTS 4.9)."""

from decimal import Decimal, InvalidOperation

from sandbox.api.v2.order_view import OrderView
from sandbox.call import Answer, Call, Endpoint
from sandbox.errors import JSON, invalid_field, read_only_field, unsupported_field
from sandbox.store.order_spec import LineSpec
from sandbox.store.orders import add_line, archive, change_quantity, change_status, touch_order
from sandbox.store.records import Order
from sandbox.store.statuses import NAMES

ORDERS = "store_v2_orders"

TEXTS = ("staff_notes", "customer_message", "payment_method", "external_order_id")
NUMBERS = ("customer_id",)
WRITABLE = frozenset(
    {*TEXTS, *NUMBERS, "status_id", "is_deleted", "external_merchant_id", "products"}
)
LINE_FIELDS = frozenset(
    {"id", "product_id", "variant_id", "quantity", "name", "price_ex_tax", "price_inc_tax", "sku"}
)


def update(call: Call) -> Answer:
    """Change an order; unknown and read-only fields are refused with 400."""
    order = call.order()
    body = call.json_object()
    view = OrderView(call.store, frozenset(), None)
    known = view.render(order)
    for name in body:
        if name not in WRITABLE:
            raise read_only_field(name) if name in known else unsupported_field(name)
    _check(order, body)
    for row in body.get("products", []):
        _change_line(call, order, row)
    for name in (*TEXTS, *NUMBERS, "external_merchant_id"):
        if name in body:
            order.fields[name] = body[name]
    if "is_deleted" in body and not body["is_deleted"]:
        order.fields["is_deleted"] = False
    if body.get("is_deleted"):
        archive(call.store, order)
    if "status_id" in body:
        change_status(call.store, order, body["status_id"])
    elif not body.get("is_deleted"):
        touch_order(call.store, order)
    return Answer(view.render(order))


def archive_one(call: Call) -> Answer:
    """Archive an order."""
    archive(call.store, call.order())
    return Answer(None, 204)


def archive_all(call: Call) -> Answer:
    """Archive every order of the store, as the platform really does."""
    for order in call.store.orders.values():
        archive(call.store, order)
    return Answer(None, 204)


def _check(order: Order, body: JSON) -> None:
    status = body.get("status_id", 0)
    if isinstance(status, bool) or not isinstance(status, int) or status not in NAMES:
        raise invalid_field("status_id", "The order status does not exist.")
    for name in TEXTS:
        if not isinstance(body.get(name, ""), str):
            raise invalid_field(name, "A string is required.")
    if len(body.get("staff_notes", "")) > 65_535:
        raise invalid_field("staff_notes", "At most 65535 characters.")
    if "external_merchant_id" in body and order.fields["external_merchant_id"] is not None:
        raise read_only_field("external_merchant_id")
    if not isinstance(body.get("products", []), list):
        raise invalid_field("products", "An array is required.")
    for row in body.get("products", []):
        _check_line(order, row)


def _check_line(order: Order, row: object) -> None:
    if not isinstance(row, dict):
        raise invalid_field("products", "Each product must be an object.")
    for name in row:
        if name not in LINE_FIELDS:
            raise unsupported_field(name)
    if "id" in row and order.line(row["id"]) is None:
        raise invalid_field("products", "The order product does not exist.")
    if ("price_ex_tax" in row) != ("price_inc_tax" in row):
        raise invalid_field("price_inc_tax", "Both prices are required.")
    quantity = row.get("quantity", 1)
    if not isinstance(quantity, int) or quantity < 0:
        raise invalid_field("quantity", "A whole number is required.")


def _change_line(call: Call, order: Order, row: JSON) -> None:
    line = order.line(row["id"]) if "id" in row else None
    if line is not None:
        quantity = row["quantity"] if "quantity" in row else line["quantity"]
        change_quantity(order, line, int(quantity))
        return
    inclusive = bool(order.fields["is_tax_inclusive_pricing"])
    price = row.get("price_inc_tax" if inclusive else "price_ex_tax")
    try:
        amount = Decimal(str(price)) if price is not None else None
    except InvalidOperation:
        raise invalid_field("price_ex_tax", "An amount is required.") from None
    spec = LineSpec(
        product_id=row.get("product_id"),
        variant_id=row.get("variant_id"),
        name=row.get("name"),
        quantity=int(row.get("quantity", 1)),
        price=amount,
    )
    add_line(call.store, order, spec)


ENDPOINTS = (
    Endpoint("PUT", "/v2/orders/{order_id}", update, ORDERS),
    Endpoint("DELETE", "/v2/orders/{order_id}", archive_one, ORDERS),
    Endpoint("DELETE", "/v2/orders", archive_all, ORDERS),
)
