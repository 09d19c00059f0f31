"""Metafields: values of ours on the store's records (FACTS 5.8, 4.10)."""

from collections.abc import Mapping, Sequence
from typing import Literal

from app.bigcommerce.client import StoreClient
from app.bigcommerce.models.catalog import Metafield
from app.bigcommerce.pages import Listing, walk
from app.bigcommerce.resources.batches import joined, within
from app.bigcommerce.wire import Answer

Owner = Literal["products", "variants", "categories", "brands", "orders"]
BATCH = 50


async def of_one(
    client: StoreClient, owner: Literal["products", "orders"], owner_id: int
) -> list[Metafield]:
    """The metafields of one product or order."""
    listing = Listing(
        f"{_path(owner, owner_id)}", list[Metafield], lambda field: field.id, keyset=False
    )
    return [row async for page in walk(client, listing) for row in page.items]


async def named(
    client: StoreClient, owner: Owner, namespaces: Sequence[str], keys: Sequence[str]
) -> list[Metafield]:
    """The metafields of all records of a kind in these namespaces with these keys."""
    listing = Listing(
        _path(owner),
        list[Metafield],
        lambda field: field.id,
        params={"namespace:in": joined(namespaces), "key:in": joined(keys)},
        keyset=False,
    )
    return [row async for page in walk(client, listing) for row in page.items]


async def create_batch(
    client: StoreClient, owner: Owner, fields: Sequence[Mapping[str, object]]
) -> Answer[list[Metafield]]:
    """Add up to 50, each with resource_id, permission_set, namespace, key and value.

    Invalid may mean that only some were refused; read back before repeating.
    """
    within(fields, BATCH)
    return await client.request("POST", _path(owner), list[Metafield], body=fields)


async def update_batch(
    client: StoreClient, owner: Owner, fields: Sequence[Mapping[str, object]]
) -> Answer[list[Metafield]]:
    """Change up to 50 by ``id``; only those of our own client id."""
    within(fields, BATCH)
    return await client.request("PUT", _path(owner), list[Metafield], body=fields)


async def delete_batch(client: StoreClient, owner: Owner, ids: Sequence[int]) -> None:
    """Delete up to 50 by id; NotFound may mean that only one of them is gone."""
    within(ids, BATCH)
    await client.request("DELETE", _path(owner), object, body=list(ids))


def _path(owner: Owner, owner_id: int | None = None) -> str:
    root = "/v3/orders" if owner == "orders" else f"/v3/catalog/{owner}"
    return f"{root}/metafields" if owner_id is None else f"{root}/{owner_id}/metafields"
