"""Looking for a shipment of ours among those of the store.

A request that brought no answer may have taken effect, and sending has no key by which the store
would recognise it (FACTS 4.8): the store's shipments are read back, and the one with our address,
tracking number and items is ours, unless another shipment of ours has it already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from app.bigcommerce.models.orders import OrderProduct
from app.bigcommerce.models.shipments import Shipment as StoreShipment
from app.orders.shipment_models import ShipmentItem


def find_sent(
    marks: Mapping[str, Any], theirs: Iterable[StoreShipment], taken: Collection[int]
) -> StoreShipment | None:
    """The oldest shipment of the store that bears these marks and is not taken."""
    matching = [row for row in theirs if row.id not in taken and _bears(row, marks)]
    return min(matching, key=lambda row: row.id, default=None)


def _bears(row: StoreShipment, marks: Mapping[str, Any]) -> bool:
    if row.order_address_id != marks["order_address_id"]:
        return False
    if row.tracking_number.strip() != marks["tracking_number"].strip():
        return False
    sent: Counter[int] = Counter()
    for item in marks["items"]:
        sent[item["order_product_id"]] += item["quantity"]
    found: Counter[int] = Counter()
    for held in row.items:
        found[held.order_product_id] += held.quantity
    return sent == found


def rematch_lines(
    items: Sequence[ShipmentItem], address_id: int, lines: Sequence[OrderProduct]
) -> dict[int, int] | None:
    """Old line number → new one, for a store that has made its lines anew (FACTS 4.9).

    A line is recognised by SKU and variant, at the same address, with enough left. None when a
    line is not found, or not without doubt.
    """
    present = {line.id for line in lines}
    used = {item.line_external_id for item in items} & present
    found: dict[int, int] = {}
    for item in items:
        if item.line_external_id in present:
            found[item.line_external_id] = item.line_external_id
            continue
        fitting = [
            line.id
            for line in lines
            if line.id not in used and line.order_address_id == address_id and _is_same(item, line)
        ]
        if len(fitting) != 1:
            return None
        found[item.line_external_id] = fitting[0]
        used.add(fitting[0])
    return found


def _is_same(item: ShipmentItem, line: OrderProduct) -> bool:
    if not item.sku or line.sku.strip().casefold() != item.sku.strip().casefold():
        return False
    if item.variant_id and line.variant_id and item.variant_id != line.variant_id:
        return False
    return line.quantity - line.quantity_refunded - line.quantity_shipped >= item.quantity
