"""Products (FACTS 5.1 to 5.4)."""

from collections.abc import AsyncIterator, Mapping, Sequence

from app.bigcommerce.client import Param, StoreClient
from app.bigcommerce.models.catalog import CatalogSummary, Product
from app.bigcommerce.pages import LARGEST, Cursor, Listing, Page, walk
from app.bigcommerce.resources.batches import joined, within
from app.bigcommerce.wire import Answer

PATH = "/v3/catalog/products"
INCLUDE = "variants,images,custom_fields"
UPDATE_BATCH = 10
DELETE_BATCH = 250
IDS_BATCH = 250


def pages(
    client: StoreClient,
    cursor: Cursor | None = None,
    *,
    include: str = INCLUDE,
    filters: Mapping[str, Param] | None = None,
    size: int = LARGEST,
) -> AsyncIterator[Page[Product]]:
    """All products that match, in the order of their ids: ceil(P/250) requests."""
    params = _included(include, filters or {})
    listing = Listing(PATH, list[Product], lambda product: product.id, params=params, size=size)
    return walk(client, listing, cursor)


async def by_ids(
    client: StoreClient, ids: Sequence[int], *, include: str = INCLUDE
) -> list[Product]:
    """Up to 250 products by id; unknown ids are absent from the result."""
    within(ids, IDS_BATCH)
    params = _included(include, {"id:in": joined(ids)})
    listing = Listing(PATH, list[Product], lambda one: one.id, params=params, keyset=False)
    return [row async for page in walk(client, listing) for row in page.items]


async def by_sku(client: StoreClient, sku: str, *, include: str = INCLUDE) -> list[Product]:
    """Products whose own SKU this is; variants' SKUs do not count (FACTS quirk 17)."""
    params = _included(include, {"sku": sku, "limit": 10})
    return await client.get(PATH, list[Product], params=params)


async def by_name(client: StoreClient, name: str, *, include: str = INCLUDE) -> list[Product]:
    """Products with exactly this name; names are unique in a store."""
    params = _included(include, {"name": name, "limit": 10})
    return await client.get(PATH, list[Product], params=params)


async def one(client: StoreClient, product_id: int, *, include: str = INCLUDE) -> Product:
    """One product; raises NotFound."""
    return await client.get(f"{PATH}/{product_id}", Product, params=_included(include, {}))


async def summary(client: StoreClient) -> CatalogSummary:
    """Counts of variants and stock; a list's ``meta`` has the number of products."""
    return await client.get("/v3/catalog/summary", CatalogSummary)


async def count(client: StoreClient, filters: Mapping[str, Param] | None = None) -> int:
    """How many products match, for one small request."""
    params = {**(filters or {}), "limit": 1, "include_fields": "id"}
    answer = await client.request("GET", PATH, list[Product], params=params)
    pagination = answer.meta.get("pagination")
    total = pagination.get("total") if isinstance(pagination, dict) else None
    return total if isinstance(total, int) else len(answer.data)


async def create(client: StoreClient, product: Mapping[str, object]) -> Answer[Product]:
    """Create one product with everything inline; never repeated unseen.

    The answer's ``partly_saved`` (207) means it exists. Raises Conflict for a name or SKU in use,
    Invalid, PlanLimit, and Unreachable with ``sent`` when it must be looked up.
    """
    return await client.request("POST", PATH, Product, body=product)


async def update(
    client: StoreClient,
    product_id: int,
    changes: Mapping[str, object],
    *,
    include: str = "variants,images",
) -> Answer[Product]:
    """Change the named fields; ``categories`` replaces, images and custom fields add."""
    params = {"include": include} if include else {}
    return await client.request("PUT", f"{PATH}/{product_id}", Product, params=params, body=changes)


async def update_batch(
    client: StoreClient,
    products: Sequence[Mapping[str, object]],
    *,
    repeatable: bool | None = None,
) -> Answer[list[Product]]:
    """Change up to 10 products, each with its ``id``; one bad product fails the batch.

    ``repeatable=False`` when it adds custom fields or images: sent twice, it adds them twice.
    """
    within(products, UPDATE_BATCH)
    return await client.request("PUT", PATH, list[Product], body=products, repeatable=repeatable)


async def delete(client: StoreClient, ids: Sequence[int]) -> None:
    """Delete up to 250 products; ids that are gone already are no error."""
    within(ids, DELETE_BATCH)
    await client.request("DELETE", PATH, object, params={"id:in": joined(ids)})


def _included(include: str, params: Mapping[str, Param]) -> dict[str, Param]:
    return {"include": include, **params} if include else dict(params)
