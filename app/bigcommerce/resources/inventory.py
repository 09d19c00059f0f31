"""Stock by item and location (FACTS 5.10). Writes are accepted first and carried out later."""

from collections.abc import AsyncIterator, Mapping, Sequence

from app.bigcommerce.client import Param, StoreClient
from app.bigcommerce.models.store import InventoryItem, Location, Transaction
from app.bigcommerce.pages import Cursor, Listing, Page, walk
from app.bigcommerce.resources.batches import within

ITEMS = "/v3/inventory/items"
LARGEST_PAGE = 1000
ADJUST_BATCH = 2000


def items(
    client: StoreClient,
    cursor: Cursor | None = None,
    *,
    filters: Mapping[str, Param] | None = None,
) -> AsyncIterator[Page[InventoryItem]]:
    """Stock of all items that match, e.g. ``sku:in``: ceil(V/1000) requests."""
    listing = Listing(
        ITEMS,
        list[InventoryItem],
        lambda item: item.identity.variant_id,
        params=dict(filters or {}),
        keyset=False,
        size=LARGEST_PAGE,
    )
    return walk(client, listing, cursor)


async def locations(client: StoreClient) -> list[Location]:
    """All places that hold stock."""
    listing = Listing(
        "/v3/inventory/locations",
        list[Location],
        lambda location: location.id,
        keyset=False,
        size=LARGEST_PAGE,
    )
    return [row async for page in walk(client, listing) for row in page.items]


async def adjust_absolute(
    client: StoreClient, adjustments: Sequence[Mapping[str, object]], *, reason: str
) -> Transaction:
    """Set up to 2000 levels: ``location_id``, ``quantity`` and one of variant_id, product_id, sku.

    The identity must match the level the product tracks; raises Invalid otherwise. Wait for the
    answer before the next one (FACTS 2.2).
    """
    within(adjustments, ADJUST_BATCH)
    body = {"reason": reason, "items": list(adjustments)}
    path = "/v3/inventory/adjustments/absolute"
    return (await client.request("PUT", path, Transaction, body=body)).data
