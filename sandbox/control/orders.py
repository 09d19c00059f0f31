"""Placing and changing orders as shoppers and the merchant's staff would."""

import random
from collections import Counter

from sandbox.control.bodies import OrderPatch, OrdersBody
from sandbox.errors import JSON, Refused
from sandbox.state import Sandbox
from sandbox.store.lines import find_variant
from sandbox.store.order_spec import LineSpec, OrderSpec
from sandbox.store.orders import (
    add_line,
    archive,
    change_quantity,
    change_status,
    place_order,
    touch_order,
)
from sandbox.store.records import Order
from sandbox.store.refunds import refund_lines
from sandbox.store.stock import StockKey
from sandbox.store.store import Store


def place(sandbox: Sandbox, body: OrdersBody) -> list[int]:
    """Place one or more orders; returns their ids."""
    store = sandbox.store
    rng = random.Random(f"placed-{sandbox.settings.seed}-{len(store.orders)}")
    placed: list[int] = []
    for _ in range(body.count):
        given = body.model_dump(exclude={"count", "at_checkout", "skip_ids"})
        for _ in range(body.skip_ids):
            store.next_id("order", first=100)
        spec = OrderSpec.model_validate(given)
        if not spec.lines:
            spec = spec.model_copy(update={"lines": _some_lines(store, rng, body.line_count)})
        if body.at_checkout:
            _check_out(store, spec)
        placed.append(place_order(store, spec).id)
    return placed


def patch(sandbox: Sandbox, order: Order, body: OrderPatch) -> None:
    """Change an order; every change is announced like one from the control panel."""
    store = sandbox.store
    for change in body.set_quantities:
        change_quantity(order, _line(order, change.line_id), change.quantity)
    for line_spec in body.add_lines:
        add_line(store, order, line_spec)
    for name in ("customer_message", "staff_notes"):
        value = getattr(body, name)
        if value is not None:
            order.fields[name] = value
    if body.lines_missing_in_include is not None:
        order.lines_missing_in_include = body.lines_missing_in_include
    if body.is_deleted is not None and not body.is_deleted:
        order.fields["is_deleted"] = False
    if body.is_deleted:
        archive(store, order)
    if body.refund:
        items = [(entry.line_id, entry.quantity) for entry in body.refund]
        refund_lines(store, order, items, body.refund_reason)
    if body.status_id is not None:
        change_status(store, order, body.status_id)
    elif not body.refund and not body.is_deleted:
        touch_order(store, order)
    order.fields.update(body.fields)
    for line in order.lines:
        line.update(body.line_fields)


def show(order: Order) -> JSON:
    """An order with its lines, addresses and shipments."""
    return {
        **order.fields,
        "lines": order.lines,
        "addresses": order.addresses,
        "pickups": order.pickups,
        "coupons": order.coupons,
        "fees": order.fees,
        "shipments": order.shipments,
        "refunds": order.refunds,
    }


def _check_out(store: Store, spec: OrderSpec) -> None:
    """Refuse with 409 what the storefront does not sell.

    A tracked item without enough units cannot be bought, whatever the store does about its page,
    nor can one that is hidden or switched off (FACTS 5.10, 5.11). Only orders that are written
    into the store by staff or by other systems get past that, and make its stock negative.
    """
    wanted: Counter[StockKey] = Counter()
    for line in spec.lines:
        found = find_variant(store, line)
        if found is None:
            continue
        product, variant = found
        if not product.fields["is_visible"] or product.fields["availability"] == "disabled":
            raise Refused(409, f"{product.fields['name']} is not for sale.")
        if variant["purchasing_disabled"]:
            raise Refused(409, f"{product.fields['name']} is not for sale.")
        if product.fields["inventory_tracking"] != "none":
            key = store.stock_key(product, variant)
            wanted[key] += line.quantity
            if store.stock.available(key) < wanted[key]:
                raise Refused(409, f"{product.fields['name']} is out of stock.")


def _line(order: Order, line_id: int) -> JSON:
    line = order.line(line_id)
    if line is None:
        raise Refused(422, f"The order has no line {line_id}.")
    return line


def _some_lines(store: Store, rng: random.Random, count: int) -> list[LineSpec]:
    physical = [row for row in store.products.values() if row.fields["type"] == "physical"]
    if not physical:
        return [LineSpec(name="Custom item", price=None)]
    chosen = [rng.choice(rng.choice(physical).variants) for _ in range(count)]
    return [LineSpec(variant_id=row["id"]) for row in chosen]
