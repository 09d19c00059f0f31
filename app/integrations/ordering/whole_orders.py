"""Completing an order whose included lines cannot be trusted (FACTS 4.6)."""

from __future__ import annotations

from app.bigcommerce.client import StoreClient
from app.bigcommerce.models.orders import Order
from app.bigcommerce.resources import orders
from app.integrations.ordering.order_records import WholeOrder


async def complete(client: StoreClient, order: Order) -> WholeOrder:
    """Return the order with all its lines and addresses.

    Costs no request when the include was whole, and one more when lines were cut or do not add up.
    """
    consignments = order.consignments
    lines = consignments.line_items if consignments else []
    if orders.needs_repair(order):
        lines = await orders.products(client, order.id)
    if consignments is not None:
        return WholeOrder(order, lines, consignments.shipping)
    return WholeOrder(order, lines, await orders.shipping_addresses(client, order.id))
