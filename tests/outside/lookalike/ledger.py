"""Orders v2 and what hangs on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from tests.outside.lookalike.gate import Answer, Refused
from tests.outside.lookalike.questions import check_v2, moment, page_v2
from tests.outside.lookalike.shop import Record, Shop

MOST_LINES = 50
FILTERS = {
    *("min_id", "max_id", "min_total", "max_total", "customer_id", "email", "status_id", "cart_id"),
    *("payment_method", "min_date_created", "max_date_created", "min_date_modified"),
    *("max_date_modified", "channel_id", "external_order_id"),
}
LISTING = FILTERS | {"page", "limit", "sort", "include", "consignment_structure"}
SORTS = {"id", "customer_id", "date_created", "date_modified", "status_id", "channel_id"}
INCLUDES = {"consignments", "consignments.line_items", "fees"}
TESTS: dict[str, Callable[[Record, str], bool]] = {
    "min_id": lambda order, value: order["id"] >= int(value),
    "max_id": lambda order, value: order["id"] <= int(value),
    "status_id": lambda order, value: order["status_id"] == int(value),
    "customer_id": lambda order, value: order["customer_id"] == int(value),
    "channel_id": lambda order, value: order["channel_id"] == int(value),
    "min_date_created": lambda order, value: moment(order["date_created"]) >= moment(value),
    "max_date_created": lambda order, value: moment(order["date_created"]) <= moment(value),
    "min_date_modified": lambda order, value: moment(order["date_modified"]) >= moment(value),
    "max_date_modified": lambda order, value: moment(order["date_modified"]) <= moment(value),
}
STATUSES = {
    0: "Incomplete",
    1: "Pending",
    2: "Shipped",
    3: "Partially Shipped",
    4: "Refunded",
    5: "Cancelled",
    6: "Declined",
    7: "Awaiting Payment",
    8: "Awaiting Pickup",
    9: "Awaiting Shipment",
    10: "Completed",
    11: "Awaiting Fulfillment",
    12: "Manual Verification Required",
    13: "Disputed",
    14: "Partially Refunded",
}


async def orders(shop: Shop, request: Request) -> Answer:
    """`GET /v2/orders`."""
    given = check_v2(request, LISTING)
    status_id = given.get("status_id", "0")
    if not status_id.isdigit():
        raise Refused(400, "The field 'status_id' is invalid.")
    key, _, direction = given.get("sort", "id:asc").partition(":")
    if key not in SORTS or direction not in ("", "asc", "desc"):
        raise Refused(400, "The field 'sort' is invalid.")
    rows = [order for order in shop.orders if _matches(order, given)]
    rows.sort(key=lambda order: _sort_value(order, key), reverse=direction == "desc")
    status, page = page_v2(rows, given)
    return status, page and [_shown(shop, order, given) for order in page]


async def count(shop: Shop, request: Request) -> Answer:
    """`GET /v2/orders/count`."""
    given = check_v2(request, FILTERS)
    rows = [order for order in shop.orders if _matches(order, given)]
    statuses = [
        {"id": key, "name": name, "count": sum(order["status_id"] == key for order in rows)}
        for key, name in STATUSES.items()
    ]
    return 200, {"statuses": statuses, "count": len(rows)}


async def order(shop: Shop, request: Request) -> Answer:
    """`GET /v2/orders/{id}`."""
    given = check_v2(request, {"include", "consignment_structure"})
    return 200, _shown(shop, _find(shop, request), given)


async def order_products(shop: Shop, request: Request) -> Answer:
    """`GET /v2/orders/{id}/products`."""
    given = check_v2(request, {"page", "limit"})
    return page_v2(shop.lines[_find(shop, request)["id"]], given)


async def order_addresses(shop: Shop, request: Request) -> Answer:
    """`GET /v2/orders/{id}/shipping_addresses`: money is text here, numbers in consignments."""
    given = check_v2(request, {"page", "limit"})
    rows = [
        {
            **address,
            "order_id": request.path_params["id"],
            "base_cost": f"{address['base_cost']:.4f}",
            "cost_ex_tax": f"{address['cost_ex_tax']:.4f}",
        }
        for address in shop.addresses[_find(shop, request)["id"]]
    ]
    return page_v2(rows, given)


async def nothing(shop: Shop, request: Request) -> Answer:
    """Shipments, coupons and the like of an order that has none."""
    check_v2(request, {"page", "limit"})
    _find(shop, request)
    return 204, None


async def statuses(shop: Shop, request: Request) -> Answer:
    """`GET /v2/order_statuses`."""
    check_v2(request, set())
    return 200, [
        {"id": key, "name": name, "system_label": name, "custom_label": name, "order": key}
        for key, name in STATUSES.items()
    ]


def _find(shop: Shop, request: Request) -> Record:
    for row in shop.orders:
        if row["id"] == request.path_params["id"]:
            return row
    raise Refused(404, "The requested resource was not found.")


def _matches(order: Record, given: dict[str, str]) -> bool:
    return all(TESTS[name](order, value) for name, value in given.items() if name in TESTS)


def _sort_value(order: Record, key: str) -> Any:
    return moment(order[key]) if key.startswith("date_") else order[key]


def _shown(shop: Shop, order: Record, given: dict[str, str]) -> Record:
    includes = {part for part in given.get("include", "").split(",") if part}
    if includes - INCLUDES:
        raise Refused(400, "The field 'include' is invalid.")
    shown = dict(order)
    for name in ("consignments", "fees"):
        address = f"/orders/{order['id']}/{name}"
        shown[name] = {"url": f"https://api.invalid{address}", "resource": address}
    if "fees" in includes:
        shown["fees"] = []
    if "consignments.line_items" in includes:
        shown["consignments"] = _consignments(shop, order)
        object_form = given.get("consignment_structure") == "object"
        if not object_form or shop.behaviour.legacy_consignments:
            shown["consignments"] = shown["consignments"]["shipping"]
    return shown


def _consignments(shop: Shop, order: Record) -> Record:
    lines = shop.lines[order["id"]]
    shipping = [
        {**address, **_cut(line for line in lines if line["order_address_id"] == address["id"])}
        for address in shop.addresses[order["id"]]
    ]
    digital = [line for line in lines if line["type"] == "digital"]
    certificates = [line for line in lines if line["type"] == "giftcertificate"]
    mail = order["billing_address"]["email"]
    return {
        "shipping": shipping,
        "pickups": [],
        "downloads": [{"recipient_email": mail, **_cut(digital)}] if digital else [],
        "email": {
            "gift_certificates": [
                {"recipient_email": mail, **_cut([line])} for line in certificates
            ]
        },
    }


def _cut(lines: Any) -> Record:
    rows = list(lines)
    if len(rows) <= MOST_LINES:
        return {"line_items": rows}
    return {
        "line_items": rows[:MOST_LINES],
        "__warning__": {"message": f"Only {MOST_LINES} of {len(rows)} line items are shown."},
    }
