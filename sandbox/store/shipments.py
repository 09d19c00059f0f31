"""Shipments and what they do to an order (FACTS 4.8)."""

from dataclasses import dataclass

from sandbox.clock import rfc2822
from sandbox.errors import JSON, invalid_field
from sandbox.store.order_spec import AddressSpec
from sandbox.store.orders import change_status, touch_order
from sandbox.store.records import Order
from sandbox.store.store import Store
from sandbox.store.totals import recount_shipped

PROVIDERS = {
    "": "",
    "auspost": "Australia Post",
    "canadapost": "Canada Post",
    "endicia": "Endicia",
    "usps": "USPS",
    "fedex": "FedEx",
    "royalmail": "Royal Mail",
    "ups": "UPS",
    "upsready": "UPS® Ready",
    "upsonline": "UPS® Online",
    "shipperhq": "ShipperHQ",
}

TEXTS = (
    "tracking_number",
    "tracking_link",
    "shipping_provider",
    "tracking_carrier",
    "shipping_method",
    "merchant_shipping_cost",
    "comments",
)

PERSON = tuple(name for name in AddressSpec.model_fields if name != "shipping_method")

SHIPPED, PARTLY_SHIPPED = 2, 3


@dataclass(frozen=True)
class Shipping:
    """A checked request to ship: `items` are pairs of line id and quantity."""

    address_id: int
    items: list[tuple[int, int]]
    fields: JSON


def ship(store: Store, order: Order, shipping: Shipping) -> JSON:
    """Ship lines of one address and move the order's status. Raises Refused 400."""
    _check(order, shipping)
    number = store.next_id("shipment")
    row: JSON = {
        "id": number,
        "order_id": order.id,
        "customer_id": order.fields["customer_id"],
        "order_address_id": shipping.address_id,
        "date_created": rfc2822(store.clock.now()),
        "billing_address": _person(order.fields["billing_address"]),
        "shipping_address": _person(
            next(entry for entry in order.addresses if entry["id"] == shipping.address_id)
        ),
        "items": [_ship_line(order, line_id, units) for line_id, units in shipping.items],
        "merchant_shipping_cost": "0.0000",
    }
    write_shipment(row, shipping.fields)
    order.shipments.append(row)
    recount_shipped(order)
    _announce(store, "created", order, number)
    _advance(store, order)
    return row


def write_shipment(row: JSON, fields: JSON) -> None:
    """Set the writable texts of a shipment and what follows from them."""
    for name in TEXTS:
        row[name] = fields.get(name, row.get(name, ""))
    # Leaving the provider out makes it `custom`, without a tracking link (FACTS 4.8).
    if "shipping_provider" not in fields and "shipping_provider_display_name" not in row:
        row["shipping_provider"] = "custom"
    provider = row["shipping_provider"]
    row["shipping_provider_display_name"] = PROVIDERS.get(provider, provider)
    carrier = provider if PROVIDERS.get(provider) else row["tracking_carrier"]
    row["generated_tracking_link"] = ""
    if row["tracking_number"] and carrier and not row["tracking_link"]:
        row["generated_tracking_link"] = (
            f"https://tracking.example/{carrier}/{row['tracking_number']}"
        )


def update_shipment(store: Store, order: Order, row: JSON, fields: JSON) -> None:
    """Change a shipment's texts."""
    write_shipment(row, fields)
    _announce(store, "updated", order, int(row["id"]))


def delete_shipment(store: Store, order: Order, row: JSON) -> None:
    """Take a shipment back; the order's status stays as it is (FACTS 4.8)."""
    for item in row["items"]:
        line = order.line(item["order_product_id"])
        if line is not None:
            line["quantity_shipped"] -= item["quantity"]
    order.shipments.remove(row)
    recount_shipped(order)
    _announce(store, "deleted", order, int(row["id"]))
    touch_order(store, order)


def _person(address: JSON) -> JSON:
    return {name: address[name] for name in PERSON}


def _ship_line(order: Order, line_id: int, units: int) -> JSON:
    line = order.line(line_id)
    if line is None:
        raise invalid_field("order_product_id", "The product is not part of the order.")
    line["quantity_shipped"] += units
    return {"order_product_id": line_id, "product_id": line["product_id"], "quantity": units}


def _check(order: Order, shipping: Shipping) -> None:
    if shipping.address_id not in {row["id"] for row in order.addresses}:
        raise invalid_field("order_address_id", "The address does not belong to the order.")
    asked: dict[int, int] = {}
    for line_id, quantity in shipping.items:
        line = order.line(line_id)
        if line is None or line["order_address_id"] != shipping.address_id:
            raise invalid_field("order_product_id", "The product is not part of the order address.")
        asked[line_id] = asked.get(line_id, 0) + quantity
        available = line["quantity"] - line["quantity_shipped"] - line["quantity_refunded"]
        if asked[line_id] > available:
            raise invalid_field(
                "quantity",
                "The quantity specified is greater than the quantity of the product "
                "that is available to ship.",
                available_quantity=max(0, available),
                order_product_id=line_id,
            )


def _advance(store: Store, order: Order) -> None:
    owed = [row for row in order.lines if row["order_address_id"]]
    open_units = sum(
        row["quantity"] - row["quantity_shipped"] - row["quantity_refunded"] for row in owed
    )
    change_status(store, order, SHIPPED if open_units <= 0 else PARTLY_SHIPPED)


def _announce(store: Store, what: str, order: Order, number: int) -> None:
    store.announce(
        f"store/shipment/{what}", {"type": "shipment", "id": number, "orderId": order.id}
    )
