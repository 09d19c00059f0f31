"""Categories by tree, with the legacy API for stores or tokens without trees (FACTS 5.7)."""

from collections.abc import AsyncIterator, Mapping, Sequence

from app.bigcommerce.client import StoreClient
from app.bigcommerce.errors import NOT_OFFERED
from app.bigcommerce.models.catalog import Category, CategoryTree
from app.bigcommerce.pages import Cursor, Listing, Page, walk
from app.bigcommerce.resources.batches import joined, within
from app.bigcommerce.wire import Answer

TREES = "/v3/catalog/trees"
FLAT = "/v3/catalog/trees/categories"
LEGACY = "/v3/catalog/categories"
CREATE_BATCH = 50


async def trees(client: StoreClient, channel_ids: Sequence[int] = ()) -> list[CategoryTree]:
    """The category trees, of all channels or of these."""
    params = {"channel_id:in": joined(channel_ids)} if channel_ids else {}
    return await client.get(TREES, list[CategoryTree], params=params)


def pages(client: StoreClient, cursor: Cursor | None = None) -> AsyncIterator[Page[Category]]:
    """All categories of all trees, flat; raises NotFound or Forbidden where trees do not exist."""
    return walk(client, _listing(FLAT), cursor)


async def all_of(client: StoreClient) -> list[Category]:
    """All categories, from trees or, where the store has none, from the legacy API."""
    for path in (FLAT, LEGACY):
        try:
            return [row async for page in walk(client, _listing(path)) for row in page.items]
        except NOT_OFFERED:
            if path == LEGACY:
                raise
    raise AssertionError("the legacy list returns or raises")


async def create(
    client: StoreClient, categories: Sequence[Mapping[str, object]]
) -> Answer[list[Category]]:
    """Add up to 50 categories, each with ``name`` and ``parent_id`` or ``tree_id``.

    207 (``partly_saved``) means that some were refused; the data are those that were made.
    """
    within(categories, CREATE_BATCH)
    return await client.request("POST", FLAT, list[Category], body=categories)


async def create_legacy(client: StoreClient, name: str, parent_id: int = 0) -> Category:
    """Add one category to the first channel's tree; parent 0 is the top."""
    body = {"name": name, "parent_id": parent_id}
    return (await client.request("POST", LEGACY, Category, body=body)).data


def _listing(path: str) -> Listing[Category]:
    return Listing(path, list[Category], lambda category: category.key, keyset=False)
