"""Reading orders: lists, counts, lines, addresses, coupons, fees, taxes (FACTS 4.1 to 4.7)."""

from collections import Counter
from decimal import Decimal

from sandbox.api.paging import v2_page
from sandbox.api.v2.order_filters import FILTERS, filtered, sort_orders
from sandbox.api.v2.order_view import OrderView, parse_include
from sandbox.call import Answer, Call, Endpoint
from sandbox.errors import JSON, not_found
from sandbox.store.records import Order
from sandbox.store.statuses import STATUSES, status_rows

ORDERS = "store_v2_orders"


def list_orders(call: Call) -> Answer:
    """The order list; 204 when nothing matches."""
    call.allow(*FILTERS, "page", "limit", "sort", "include", "consignment_structure")
    return v2_page(call, sort_orders(call, filtered(call)), _view(call).render)


def count_orders(call: Call) -> Answer:
    """Counts per status for the same filters."""
    call.allow(*FILTERS)
    rows = filtered(call)
    counts = Counter(int(row.fields["status_id"]) for row in rows)
    statuses = [
        {**{name: row[name] for name in row if name != "order"}, "count": counts[row["id"]]}
        | {"sort_order": row["order"]}
        for row in status_rows()
    ]
    return Answer({"statuses": statuses, "count": len(rows)})


def read_order(call: Call) -> Answer:
    """One order, archived or not."""
    call.allow("include", "consignment_structure")
    return Answer(_view(call).render(call.order()))


def list_lines(call: Call) -> Answer:
    """The order's lines, never cut."""
    call.allow("page", "limit")
    return v2_page(call, call.order().lines, lambda row: row)


def read_line(call: Call) -> Answer:
    """One line of an order."""
    row = call.order().line(call.ids["line_id"])
    if row is None:
        raise not_found()
    return Answer(row)


def list_addresses(call: Call) -> Answer:
    """Shipping addresses; 204 for digital and pickup orders."""
    call.allow("page", "limit")
    return v2_page(call, call.order().addresses, lambda row: row)


def read_address(call: Call) -> Answer:
    """One shipping address."""
    wanted = call.ids["address_id"]
    for row in call.order().addresses:
        if row["id"] == wanted:
            return Answer(row)
    raise not_found()


def list_quotes(call: Call) -> Answer:
    """Shipping quotes are never stored here."""
    read_address(call)
    return Answer(None, 204)


def list_coupons(call: Call) -> Answer:
    """Coupons of an order."""
    call.allow("page", "limit")
    return v2_page(call, call.order().coupons, lambda row: row)


def list_fees(call: Call) -> Answer:
    """Custom fees of an order."""
    call.allow("page", "limit")
    return v2_page(call, call.order().fees, lambda row: row)


def list_messages(call: Call) -> Answer:
    """Messages of an order."""
    call.allow("page", "limit", "min_id", "max_id", "status", "is_flagged")
    return v2_page(call, call.order().messages, lambda row: row)


def list_taxes(call: Call) -> Answer:
    """Taxes: one row per address, or per line with `details=true`."""
    call.allow("page", "limit", "details")
    return v2_page(call, _taxes(call.order(), call.query.get("details") == "true"), lambda row: row)


def list_consignments(call: Call) -> Answer:
    """The consignments alone, always as an object."""
    call.allow("include", "consignment_structure")
    view = OrderView(call.store, parse_include(call.query.get("include")), "object")
    return Answer(view.consignments(call.order()))


def list_statuses(call: Call) -> Answer:
    """All order statuses."""
    call.allow()
    return Answer(status_rows())


def read_status(call: Call) -> Answer:
    """One order status."""
    number = call.ids["status_id"]
    if number >= len(STATUSES):
        raise not_found()
    return Answer(status_rows()[number])


def _view(call: Call) -> OrderView:
    include = parse_include(call.query.get("include"))
    return OrderView(call.store, include, call.query.get("consignment_structure"))


def _taxes(order: Order, details: bool) -> list[JSON]:
    address = order.addresses[0]["id"] if order.addresses else 0
    rows = [(str(row["id"]), Decimal(row["total_tax"]), "item") for row in order.lines]
    rows.append(("", Decimal(order.fields["shipping_cost_tax"]), "shipping"))
    if not details:
        rows = [("", sum((amount for _, amount, _ in rows), Decimal(0)), "item")]
    return [
        {
            "id": order.id * 1000 + number,
            "order_id": order.id,
            "order_address_id": address,
            "tax_rate_id": 1,
            "sales_tax_id": "",
            "tax_class_id": 0,
            "name": "Sales Tax",
            "class": "Default Tax Class",
            "rate": f"{Decimal(order.tax_rate) * 100:.4f}",
            "priority": 1,
            "priority_amount": f"{amount:.4f}",
            "line_amount": f"{amount:.4f}",
            "order_pickup_method_id": 0,
            "order_product_id": line,
            "line_item_type": kind,
        }
        for number, (line, amount, kind) in enumerate(rows)
        if amount
    ]


ENDPOINTS = (
    Endpoint("GET", "/v2/orders", list_orders, ORDERS),
    Endpoint("GET", "/v2/orders/count", count_orders, ORDERS),
    Endpoint("GET", "/v2/orders/{order_id}", read_order, ORDERS),
    Endpoint("GET", "/v2/orders/{order_id}/products", list_lines, ORDERS),
    Endpoint("GET", "/v2/orders/{order_id}/products/{line_id}", read_line, ORDERS),
    Endpoint("GET", "/v2/orders/{order_id}/shipping_addresses", list_addresses, ORDERS),
    Endpoint("GET", "/v2/orders/{order_id}/shippingaddresses", list_addresses, ORDERS),
    Endpoint("GET", "/v2/orders/{order_id}/shipping_addresses/{address_id}", read_address, ORDERS),
    Endpoint(
        "GET",
        "/v2/orders/{order_id}/shipping_addresses/{address_id}/shipping_quotes",
        list_quotes,
        ORDERS,
    ),
    Endpoint("GET", "/v2/orders/{order_id}/coupons", list_coupons, ORDERS),
    Endpoint("GET", "/v2/orders/{order_id}/fees", list_fees, ORDERS),
    Endpoint("GET", "/v2/orders/{order_id}/messages", list_messages, ORDERS),
    Endpoint("GET", "/v2/orders/{order_id}/taxes", list_taxes, ORDERS),
    Endpoint("GET", "/v2/orders/{order_id}/consignments", list_consignments, ORDERS),
    Endpoint("GET", "/v2/order_statuses", list_statuses, ORDERS),
    Endpoint("GET", "/v2/order_statuses/{status_id}", read_status, ORDERS),
)
