"""Pictures and custom fields of a product (FACTS 5.6, 5.2)."""

from collections.abc import Mapping

from app.bigcommerce.client import StoreClient
from app.bigcommerce.models.catalog import CustomField, Image
from app.bigcommerce.pages import Listing, walk

LONGEST_URL = 255


async def all_of(client: StoreClient, product_id: int) -> list[Image]:
    """The pictures of a product."""
    listing = Listing(
        _path(product_id, "images"), list[Image], lambda image: image.id, keyset=False
    )
    return [row async for page in walk(client, listing) for row in page.items]


async def add(client: StoreClient, product_id: int, image: Mapping[str, object]) -> Image:
    """Add a picture by ``image_url`` (at most 255 characters); the store fetches it at once.

    Raises Invalid when it cannot be fetched. Never repeated unseen.
    """
    path = _path(product_id, "images")
    return (await client.request("POST", path, Image, body=image)).data


async def remove(client: StoreClient, product_id: int, image_id: int) -> None:
    """Remove a picture; raises NotFound."""
    await client.request("DELETE", f"{_path(product_id, 'images')}/{image_id}", object)


async def add_custom_field(
    client: StoreClient, product_id: int, name: str, value: str
) -> CustomField:
    """Add a custom field; the pair of name and value is unique per product."""
    body = {"name": name, "value": value}
    path = _path(product_id, "custom-fields")
    return (await client.request("POST", path, CustomField, body=body)).data


async def remove_custom_field(client: StoreClient, product_id: int, field_id: int) -> None:
    """Remove a custom field; leaving it out of an update does not do that."""
    await client.request("DELETE", f"{_path(product_id, 'custom-fields')}/{field_id}", object)


def _path(product_id: int, part: str) -> str:
    return f"/v3/catalog/products/{product_id}/{part}"
