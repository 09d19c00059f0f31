"""Refunds v3 (FACTS 4.10): those of many orders with one request."""

from collections.abc import Sequence

from app.bigcommerce.client import StoreClient
from app.bigcommerce.models.refunds import Refund
from app.bigcommerce.pages import Listing, walk
from app.bigcommerce.resources.batches import joined, within

PATH = "/v3/orders/payment_actions/refunds"
ORDERS_BATCH = 250


async def of_orders(client: StoreClient, order_ids: Sequence[int]) -> list[Refund]:
    """The refunds of up to 250 orders: one request for every 250 refunds."""
    within(order_ids, ORDERS_BATCH)
    listing = Listing(
        PATH,
        list[Refund],
        lambda refund: refund.id,
        params={"order_id:in": joined(order_ids)},
        keyset=False,
    )
    return [row async for page in walk(client, listing) for row in page.items]
