"""Variants and options (FACTS 5.5)."""

from collections.abc import AsyncIterator, Mapping, Sequence

from app.bigcommerce.client import Param, StoreClient
from app.bigcommerce.models.catalog import ProductOption, ProductOptionValue, Variant
from app.bigcommerce.pages import Cursor, Listing, Page, walk
from app.bigcommerce.resources.batches import within
from app.bigcommerce.wire import Answer

PATH = "/v3/catalog/variants"
UPDATE_BATCH = 50


def pages(
    client: StoreClient,
    cursor: Cursor | None = None,
    *,
    filters: Mapping[str, Param] | None = None,
) -> AsyncIterator[Page[Variant]]:
    """All variants of the store (or of ``product_id:in``): ceil(V/250) requests."""
    return walk(client, _listing(PATH, filters or {}), cursor)


async def of_product(client: StoreClient, product_id: int) -> list[Variant]:
    """All variants of one product; raises NotFound."""
    listing = _listing(f"/v3/catalog/products/{product_id}/variants", {})
    return [row async for page in walk(client, listing) for row in page.items]


async def by_sku(client: StoreClient, sku: str) -> list[Variant]:
    """Variants with this SKU; base variants are found as products (products.by_sku)."""
    return await client.get(PATH, list[Variant], params={"sku": sku, "limit": 10})


async def update_batch(
    client: StoreClient, variants: Sequence[Mapping[str, object]]
) -> Answer[list[Variant]]:
    """Change up to 50 variants by ``id``; a None price goes back to the product's."""
    within(variants, UPDATE_BATCH)
    return await client.request("PUT", PATH, list[Variant], body=variants)


async def update(
    client: StoreClient, product_id: int, variant_id: int, changes: Mapping[str, object]
) -> Answer[Variant]:
    """Change one variant, SKU and part numbers included; option values cannot change."""
    path = f"/v3/catalog/products/{product_id}/variants/{variant_id}"
    return await client.request("PUT", path, Variant, body=changes)


async def create(
    client: StoreClient, product_id: int, variant: Mapping[str, object]
) -> Answer[Variant]:
    """Add a variant whose options and values exist; Conflict ``variant_exists``: adopt that one."""
    path = f"/v3/catalog/products/{product_id}/variants"
    return await client.request("POST", path, Variant, body=variant)


async def remove(client: StoreClient, product_id: int, variant_id: int) -> None:
    """Delete a variant that has options; raises NotFound."""
    path = f"/v3/catalog/products/{product_id}/variants/{variant_id}"
    await client.request("DELETE", path, object)


async def set_image(client: StoreClient, product_id: int, variant_id: int, image_url: str) -> None:
    """Give a variant its one picture, in place of the one it has; raises Invalid."""
    path = f"/v3/catalog/products/{product_id}/variants/{variant_id}/image"
    body = {"image_url": image_url}
    await client.request("POST", path, object, body=body, repeatable=True)


async def options(client: StoreClient, product_id: int) -> list[ProductOption]:
    """The options of a product with their values."""
    path = f"/v3/catalog/products/{product_id}/options"
    return await client.get(path, list[ProductOption], params={"limit": 250})


async def create_option(
    client: StoreClient, product_id: int, option: Mapping[str, object]
) -> ProductOption:
    """Add an option, e.g. Size, with its first values."""
    path = f"/v3/catalog/products/{product_id}/options"
    return (await client.request("POST", path, ProductOption, body=option)).data


async def create_option_value(
    client: StoreClient, product_id: int, option_id: int, value: Mapping[str, object]
) -> ProductOptionValue:
    """Add a value to an option."""
    path = f"/v3/catalog/products/{product_id}/options/{option_id}/values"
    return (await client.request("POST", path, ProductOptionValue, body=value)).data


async def remove_option_value(
    client: StoreClient, product_id: int, option_id: int, value_id: int
) -> None:
    """Delete a value that no variant uses; raises NotFound."""
    path = f"/v3/catalog/products/{product_id}/options/{option_id}/values/{value_id}"
    await client.request("DELETE", path, object)


def _listing(path: str, filters: Mapping[str, Param]) -> Listing[Variant]:
    return Listing(
        path, list[Variant], lambda variant: variant.id, params=dict(filters), keyset=False
    )
