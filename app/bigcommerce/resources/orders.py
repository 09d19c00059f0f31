"""Orders v2 (FACTS 4). One list request brings 250 orders with their lines."""

from collections.abc import AsyncIterator, Mapping

from app.bigcommerce.client import Param, StoreClient
from app.bigcommerce.models.orders import (
    Coupon,
    Order,
    OrderProduct,
    ShippingAddress,
)
from app.bigcommerce.models.statuses import OrderCount, OrderStatus
from app.bigcommerce.pages import LARGEST, Cursor, Listing, Page, walk

PATH = "/v2/orders"
# Both or neither: without the structure the store sends a legacy array (FACTS 4.6).
WITH_LINES: Mapping[str, Param] = {
    "include": "consignments.line_items,fees",
    "consignment_structure": "object",
}


def pages(
    client: StoreClient,
    cursor: Cursor | None = None,
    *,
    filters: Mapping[str, Param] | None = None,
    size: int = LARGEST,
) -> AsyncIterator[Page[Order]]:
    """Orders that match, in the order of their ids, with lines: ceil(N/250) requests.

    Keep ``filters`` (e.g. ``min_date_modified``) the same while one cursor is in use.
    """
    params = {**WITH_LINES, **(filters or {})}
    listing = Listing(PATH, list[Order], lambda order: order.id, params=params, size=size)
    return walk(client, listing, cursor)


async def one(client: StoreClient, order_id: int) -> Order:
    """One order with its lines; raises NotFound."""
    return await client.get(f"{PATH}/{order_id}", Order, params=WITH_LINES)


async def products(client: StoreClient, order_id: int) -> list[OrderProduct]:
    """All lines of an order, however many."""
    listing = Listing(
        f"{PATH}/{order_id}/products", list[OrderProduct], lambda line: line.id, keyset=False
    )
    return [row async for page in walk(client, listing) for row in page.items]


async def shipping_addresses(client: StoreClient, order_id: int) -> list[ShippingAddress]:
    """Where the order goes; empty for digital orders."""
    listing = Listing(
        f"{PATH}/{order_id}/shipping_addresses",
        list[ShippingAddress],
        lambda address: address.id,
        keyset=False,
    )
    return [row async for page in walk(client, listing) for row in page.items]


async def coupons(client: StoreClient, order_id: int) -> list[Coupon]:
    """Coupons used on the order; often unneeded (FACTS 4.7)."""
    return await client.get(f"{PATH}/{order_id}/coupons", list[Coupon], params={"limit": 250})


def needs_repair(order: Order) -> bool:
    """Whether the included lines cannot be trusted and `products` must be asked (FACTS 4.6).

    True when lines were cut at 50 (``__warning__``), are missing altogether, or do not add up to
    the order's number of items.
    """
    consignments = order.consignments
    if consignments is None or _warned(order.raw.get("consignments")) or "__warning__" in order.raw:
        return True
    lines = consignments.line_items
    # Without a count an order without lines is suspicious, one with lines is believed.
    if order.items_total is None:
        return not lines
    return sum(line.quantity for line in lines) != order.items_total


async def update_status(client: StoreClient, order_id: int, status_id: int) -> Order:
    """Set the status; ship first, then set Shipped (FACTS 4.8)."""
    return await update(client, order_id, {"status_id": status_id})


async def update(client: StoreClient, order_id: int, changes: Mapping[str, object]) -> Order:
    """Change the named fields; never lines, which would lose their discounts (FACTS 4.9)."""
    return (await client.request("PUT", f"{PATH}/{order_id}", Order, body=changes)).data


async def statuses(client: StoreClient) -> list[OrderStatus]:
    """All statuses with the merchant's labels."""
    return await client.get("/v2/order_statuses", list[OrderStatus])


async def count(client: StoreClient, filters: Mapping[str, Param] | None = None) -> OrderCount:
    """How many orders match."""
    return await client.get(f"{PATH}/count", OrderCount, params=filters)


def _warned(sent: object) -> bool:
    """Whether a ``__warning__`` stands anywhere in the consignments."""
    if isinstance(sent, dict):
        return "__warning__" in sent or any(_warned(part) for part in sent.values())
    return isinstance(sent, list) and any(_warned(part) for part in sent)
