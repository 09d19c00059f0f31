"""Composing orders and changing their state, with the events each change causes (FACTS 4, 3.2)."""

from decimal import Decimal

from sandbox.clock import rfc2822
from sandbox.errors import JSON
from sandbox.store.lines import (
    blank_line,
    describe_item,
    find_variant,
    price_line,
    write_amounts,
)
from sandbox.store.money import ZERO, cents, wire
from sandbox.store.order_fields import order_fields
from sandbox.store.order_spec import AddressSpec, LineSpec, OrderSpec
from sandbox.store.records import Order
from sandbox.store.statuses import DEAD, NAMES, payment_status
from sandbox.store.stock_moves import take_stock
from sandbox.store.store import Store
from sandbox.store.totals import total


def place_order(store: Store, spec: OrderSpec, *, takes_stock: bool = True) -> Order:
    """Make an order from its specification and announce it, Incomplete ones too (FACTS 8.38)."""
    created = spec.date_created or store.clock.now()
    modified = spec.date_modified or created
    number = store.next_id("order", first=100)
    order = Order(
        fields=order_fields(store, spec, number, created, modified),
        created=created.timestamp(),
        modified=modified.timestamp(),
        tax_rate=str(spec.tax_rate),
        stock_taken=not takes_stock,
        lines_missing_in_include=spec.lines_missing_in_include,
    )
    _add_addresses(store, order, spec)
    for line_spec in spec.lines:
        _add_line(store, order, spec, line_spec)
    _drop_unused_addresses(order)
    _add_money(store, order, spec)
    store.orders[number] = order
    store.announce("store/order/created", {"type": "order", "id": number})
    if spec.status_id not in DEAD:
        take_stock(store, order)
    return order


def change_status(store: Store, order: Order, status_id: int) -> None:
    """Move an order to another status; announces `updated` and `statusUpdated` together."""
    previous = int(order.fields["status_id"])
    if previous == status_id:
        touch_order(store, order)
        return
    order.fields["status_id"] = status_id
    order.fields["status"] = order.fields["custom_status"] = NAMES[status_id]
    order.fields["payment_status"] = payment_status(status_id)
    if status_id in (2, 10) and not order.fields["date_shipped"]:
        order.fields["date_shipped"] = rfc2822(store.clock.now())
    touch_order(store, order)
    change = {"previous_status_id": previous, "new_status_id": status_id}
    store.announce("store/order/statusUpdated", {"type": "order", "id": order.id, "status": change})
    if status_id not in DEAD:
        take_stock(store, order)


def touch_order(store: Store, order: Order) -> None:
    """Move the modification date and announce the update."""
    now = store.clock.now()
    order.modified = now.timestamp()
    order.fields["date_modified"] = rfc2822(now)
    store.announce("store/order/updated", {"type": "order", "id": order.id})


def archive(store: Store, order: Order) -> None:
    """Archive an order: it stays readable with `is_deleted` (FACTS 8.40)."""
    order.fields["is_deleted"] = True
    touch_order(store, order)
    store.announce("store/order/archived", {"type": "order", "id": order.id})


def add_line(store: Store, order: Order, line_spec: LineSpec) -> JSON:
    """Add a line to an existing order and total it anew."""
    spec = OrderSpec(
        tax_rate=Decimal(order.tax_rate),
        tax_inclusive=bool(order.fields["is_tax_inclusive_pricing"]),
    )
    line = _add_line(store, order, spec, line_spec)
    retotal(order)
    return line


def change_quantity(order: Order, line: JSON, quantity: int) -> None:
    """Set a line's quantity; the edit drops its discounts (FACTS 8.45). Zero removes the line."""
    if quantity <= 0:
        order.lines.remove(line)
    else:
        line["quantity"] = quantity
        inclusive = bool(order.fields["is_tax_inclusive_pricing"])
        price = Decimal(line["base_price"])
        write_amounts(
            line, price_line(price, quantity, Decimal(order.tax_rate), inclusive), inclusive
        )
    order.coupons.clear()
    order.fields["discount_amount"] = order.fields["coupon_discount"] = wire(ZERO)
    retotal(order)


def retotal(order: Order) -> None:
    """Total an order again with the shipping and discounts it has."""
    fields = order.fields
    total(
        order,
        Decimal(fields["base_shipping_cost"]),
        Decimal(fields["discount_amount"]),
        Decimal(fields["coupon_discount"]),
    )


def _add_addresses(store: Store, order: Order, spec: OrderSpec) -> None:
    given = spec.addresses if spec.addresses is not None else [spec.billing]
    for entry in given:
        order.addresses.append(_address(store, order.id, entry))


def _address(store: Store, order_id: int, spec: AddressSpec) -> JSON:
    number = store.next_id("order_address", first=1)
    base = f"{store.settings.public_url.rstrip('/')}/stores/{store.settings.store_hash}/v2"
    resource = f"/orders/{order_id}/shippingaddresses/{number}/shippingquotes"
    zero = wire(ZERO)
    return {
        "id": number,
        "order_id": order_id,
        **spec.model_dump(exclude={"shipping_method"}),
        "items_total": 0,
        "items_shipped": 0,
        "shipping_method": spec.shipping_method,
        "base_cost": zero,
        "cost_ex_tax": zero,
        "cost_inc_tax": zero,
        "cost_tax": zero,
        "cost_tax_class_id": 2,
        "base_handling_cost": zero,
        "handling_cost_ex_tax": zero,
        "handling_cost_inc_tax": zero,
        "handling_cost_tax": zero,
        "handling_cost_tax_class_id": 2,
        "shipping_zone_id": 1,
        "shipping_zone_name": spec.country,
        "form_fields": [],
        "shipping_quotes": {"url": f"{base}{resource}", "resource": resource},
    }


def _add_line(store: Store, order: Order, spec: OrderSpec, entry: LineSpec) -> JSON:
    line = blank_line(store.next_id("order_line", first=1), order.id)
    found = find_variant(store, entry)
    price = entry.price
    if found is not None:
        product, variant = found
        describe_item(store, line, product, variant)
        price = Decimal(str(variant["calculated_price"])) if price is None else price
    if entry.name:
        line["name"] = entry.name
    if entry.type:
        line["type"] = entry.type
    line["name_customer"] = line["name_merchant"] = line["name"] or "Item"
    line["name"] = line["name_customer"]
    if entry.sku is not None and found is None:
        line["sku"] = entry.sku
    line["quantity"] = entry.quantity
    line["is_bundled_product"] = entry.bundled
    order.recipients[line["id"]] = entry.recipient_email or spec.billing.email
    if entry.parent is not None:
        line["parent_order_product_id"] = order.lines[entry.parent]["id"]
    if line["type"] == "giftcertificate":
        line["gift_certificate_id"] = store.next_id("gift_certificate")
    _send_line_somewhere(store, order, line, entry)
    rate = ZERO if line["type"] == "giftcertificate" else spec.tax_rate
    priced = price_line(cents(price or ZERO), entry.quantity, rate, spec.tax_inclusive)
    write_amounts(line, priced, spec.tax_inclusive)
    if entry.weight_missing:
        for name in ("weight", "width", "height", "depth"):
            line.pop(name)
    order.lines.append(line)
    return line


def _send_line_somewhere(store: Store, order: Order, line: JSON, entry: LineSpec) -> None:
    if entry.pickup:
        if not order.pickups:
            order.pickups.append(
                {
                    "id": store.next_id("order_pickup"),
                    "pickup_method_id": 1,
                    "pickup_method_display_name": "Collect in store",
                    "collection_instructions": "Bring the order number.",
                    "collection_time_description": "Ready within two hours",
                }
            )
        line["order_pickup_method_id"] = order.pickups[0]["id"]
    elif line["type"] == "physical" and order.addresses:
        line["order_address_id"] = order.addresses[min(entry.address, len(order.addresses) - 1)][
            "id"
        ]


def _drop_unused_addresses(order: Order) -> None:
    used = {row["order_address_id"] for row in order.lines}
    order.addresses = [row for row in order.addresses if row["id"] in used]
    order.fields["shipping_address_count"] = len(order.addresses)
    order.fields["order_is_digital"] = all(row["type"] != "physical" for row in order.lines)


def _add_money(store: Store, order: Order, spec: OrderSpec) -> None:
    coupon_off = ZERO
    for fee in spec.fees:
        amount = wire(cents(fee.cost))
        order.fees.append(
            {
                "id": store.next_id("order_fee"),
                "type": "custom_fee",
                "display_name_customer": fee.name,
                "display_name_merchant": fee.name,
                "source": "AA",
                "base_cost": amount,
                "cost_ex_tax": amount,
                "cost_inc_tax": amount,
                "cost_tax": wire(ZERO),
                "tax_class_id": None,
            }
        )
    subtotal = sum((Decimal(row["total_inc_tax"]) for row in order.lines), ZERO)
    if spec.coupon is not None:
        share = subtotal * spec.coupon.amount / 100 if spec.coupon.type == 1 else spec.coupon.amount
        coupon_off = min(cents(share), subtotal)
        order.coupons.append(
            {
                "id": store.next_id("order_coupon"),
                "coupon_id": 7,
                "order_id": order.id,
                "code": spec.coupon.code,
                "amount": wire(spec.coupon.amount),
                "type": spec.coupon.type,
                "discount": float(coupon_off),
            }
        )
    shipping = spec.shipping_cost if order.addresses else ZERO
    total(order, shipping, min(cents(spec.discount), subtotal - coupon_off), coupon_off)
