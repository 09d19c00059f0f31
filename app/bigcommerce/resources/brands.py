"""Brands (FACTS 5.7)."""

from collections.abc import AsyncIterator

from app.bigcommerce.client import StoreClient
from app.bigcommerce.models.catalog import Brand
from app.bigcommerce.pages import Cursor, Listing, Page, walk

PATH = "/v3/catalog/brands"


def pages(client: StoreClient, cursor: Cursor | None = None) -> AsyncIterator[Page[Brand]]:
    """All brands; the API sorts them by name only, so the walk is by page number."""
    listing = Listing(PATH, list[Brand], lambda brand: brand.id, keyset=False)
    return walk(client, listing, cursor)


async def by_name(client: StoreClient, name: str) -> Brand | None:
    """The brand of this name, if there is one."""
    found = await client.get(PATH, list[Brand], params={"name": name, "limit": 10})
    return next((brand for brand in found if brand.name.casefold() == name.casefold()), None)


async def create(client: StoreClient, name: str) -> Brand:
    """Add a brand; raises Conflict when the name is taken."""
    return (await client.request("POST", PATH, Brand, body={"name": name})).data
