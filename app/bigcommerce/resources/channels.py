"""Channels and what is sold on them (FACTS 5.9)."""

from collections.abc import Mapping, Sequence

from app.bigcommerce.client import Param, StoreClient
from app.bigcommerce.models.catalog import ChannelAssignment
from app.bigcommerce.models.store import Channel
from app.bigcommerce.pages import Listing, walk
from app.bigcommerce.resources.batches import joined, within

ASSIGNMENTS = "/v3/catalog/products/channel-assignments"
ASSIGN_BATCH = 50


async def all_of(client: StoreClient, *, available: bool = True) -> list[Channel]:
    """The store's channels; ``available`` leaves out those that were ended."""
    listing = Listing(
        "/v3/channels",
        list[Channel],
        lambda channel: channel.id,
        params={"available": True} if available else {},
        keyset=False,
    )
    return [row async for page in walk(client, listing) for row in page.items]


async def assignments(
    client: StoreClient, product_ids: Sequence[int], channel_ids: Sequence[int] = ()
) -> list[ChannelAssignment]:
    """On which channels these products (up to 250) are sold."""
    within(product_ids, 250)
    params: Mapping[str, Param] = {
        "product_id:in": joined(product_ids),
        **({"channel_id:in": joined(channel_ids)} if channel_ids else {}),
    }
    # A pair has no id of its own; channel ids are small, so this number is unique.
    listing = Listing(
        ASSIGNMENTS,
        list[ChannelAssignment],
        lambda pair: pair.product_id * 10_000_000 + pair.channel_id,
        params=params,
        keyset=False,
    )
    return [row async for page in walk(client, listing) for row in page.items]


async def assign(client: StoreClient, pairs: Sequence[tuple[int, int]]) -> None:
    """Sell products on channels: up to 50 (product id, channel id); never two calls at once."""
    within(pairs, ASSIGN_BATCH)
    body = [{"product_id": product, "channel_id": channel} for product, channel in pairs]
    await client.request("PUT", ASSIGNMENTS, object, body=body)
