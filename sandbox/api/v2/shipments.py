"""Shipments of an order over v2 (FACTS 4.8)."""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from sandbox.api.paging import v2_page
from sandbox.call import Answer, Call, Endpoint
from sandbox.errors import (
    JSON,
    invalid_field,
    not_found,
    read_only_field,
    unsupported_field,
)
from sandbox.store.shipments import (
    PROVIDERS,
    TEXTS,
    Shipping,
    delete_shipment,
    ship,
    update_shipment,
)

ORDERS = "store_v2_orders"

LENGTHS = {
    "tracking_number": 50,
    "tracking_link": 500,
    "comments": 65_535,
    "shipping_method": 65_535,  # free text without a documented limit (FACTS 4.8)
}
READ_ONLY = frozenset(
    {
        "id",
        "order_id",
        "customer_id",
        "date_created",
        "billing_address",
        "shipping_address",
        "generated_tracking_link",
        "shipping_provider_display_name",
    }
)
OWN_PROVIDER = re.compile(r"carrier_\d+")


def list_shipments(call: Call) -> Answer:
    """Shipments of an order; 204 when there are none."""
    call.allow("page", "limit")
    return v2_page(call, call.order().shipments, lambda row: row)


def count_shipments(call: Call) -> Answer:
    """How many shipments an order has."""
    call.allow()
    return Answer({"count": len(call.order().shipments)})


def read_shipment(call: Call) -> Answer:
    """One shipment."""
    call.allow()
    return Answer(_shipment(call))


def create(call: Call) -> Answer:
    """Ship lines of one address; moves the order to Shipped or Partially Shipped."""
    body = call.json_object()
    _check_names(body, {*TEXTS, "order_address_id", "items"})
    address = body.get("order_address_id")
    if not isinstance(address, int) or isinstance(address, bool):
        raise invalid_field("order_address_id", "An integer is required.")
    shipping = Shipping(address, _items(body.get("items")), _texts(body))
    return Answer(ship(call.store, call.order(), shipping), 201)


def update(call: Call) -> Answer:
    """Change anything but the items."""
    row = _shipment(call)
    body = call.json_object()
    if "items" in body:
        raise read_only_field("items")
    _check_names(body, {*TEXTS, "order_address_id"})
    update_shipment(call.store, call.order(), row, _texts(body))
    return Answer(row)


def delete(call: Call) -> Answer:
    """Take one shipment back; the order keeps its status."""
    delete_shipment(call.store, call.order(), _shipment(call))
    return Answer(None, 204)


def delete_all(call: Call) -> Answer:
    """Take every shipment of an order back."""
    order = call.order()
    for row in list(order.shipments):
        delete_shipment(call.store, order, row)
    return Answer(None, 204)


def _shipment(call: Call) -> JSON:
    for row in call.order().shipments:
        if row["id"] == call.ids["shipment_id"]:
            return row
    raise not_found()


def _check_names(body: JSON, known: set[str]) -> None:
    for name in body:
        if name in READ_ONLY:
            raise read_only_field(name)
        if name not in known:
            raise unsupported_field(name)


def _items(value: object) -> list[tuple[int, int]]:
    if not isinstance(value, list) or not value:
        raise invalid_field("items", "At least one item is required.")
    found: list[tuple[int, int]] = []
    for item in value:
        if not isinstance(item, dict):
            raise invalid_field("items", "Each item must be an object.")
        if "product_id" in item:
            raise read_only_field("product_id")
        for name in item:
            if name not in ("order_product_id", "quantity"):
                raise unsupported_field(name)
        line, quantity = item.get("order_product_id"), item.get("quantity")
        if not isinstance(line, int):
            raise invalid_field("order_product_id", "An integer is required.")
        if not isinstance(quantity, int) or quantity < 1:
            raise invalid_field("quantity", "A positive integer is required.")
        found.append((line, quantity))
    return found


def _texts(body: JSON) -> JSON:
    texts = {name: body[name] for name in TEXTS if name in body}
    for name, value in texts.items():
        if name == "merchant_shipping_cost":
            texts[name] = _cost(value)
        elif not isinstance(value, str):
            raise invalid_field(name, "A string is required.")
        elif len(value) > LENGTHS.get(name, 255):
            raise invalid_field(name, f"At most {LENGTHS.get(name, 255)} characters.")
    provider = texts.get("shipping_provider", "")
    if provider not in PROVIDERS and not OWN_PROVIDER.fullmatch(provider):
        raise invalid_field("shipping_provider", "The shipping provider is not known.")
    return texts


def _cost(value: object) -> str:
    try:
        return f"{Decimal(str(value)):.4f}"
    except InvalidOperation:
        raise invalid_field("merchant_shipping_cost", "An amount is required.") from None


_P = "/v2/orders/{order_id}/shipments"
_HANDLERS: tuple[tuple[str, str, Callable[[Call], Answer]], ...] = (
    ("GET", _P, list_shipments),
    ("POST", _P, create),
    ("DELETE", _P, delete_all),
    ("GET", f"{_P}/count", count_shipments),
    ("GET", f"{_P}/{{shipment_id}}", read_shipment),
    ("PUT", f"{_P}/{{shipment_id}}", update),
    ("DELETE", f"{_P}/{{shipment_id}}", delete),
)
ENDPOINTS = tuple(Endpoint(method, path, handler, ORDERS) for method, path, handler in _HANDLERS)
