"""Shipments of an order (FACTS 4.8)."""

from collections.abc import Mapping

from app.bigcommerce.client import StoreClient
from app.bigcommerce.models.shipments import Shipment
from app.bigcommerce.pages import Listing, walk


async def all_of(client: StoreClient, order_id: int) -> list[Shipment]:
    """The shipments of an order."""
    listing = Listing(_path(order_id), list[Shipment], lambda shipment: shipment.id, keyset=False)
    return [row async for page in walk(client, listing) for row in page.items]


async def create(client: StoreClient, order_id: int, shipment: Mapping[str, object]) -> Shipment:
    """Ship items of one address; e-mails the shopper and moves the order's status.

    Never repeated unseen: on Unreachable with ``sent`` look into `all_of` for the tracking number
    and items first. Invalid with ``quantity_unavailable`` and ``available_quantity`` 0 in the
    problem's details means that it was shipped before.
    """
    return (await client.request("POST", _path(order_id), Shipment, body=shipment)).data


async def update(
    client: StoreClient, order_id: int, shipment_id: int, changes: Mapping[str, object]
) -> Shipment:
    """Change anything but the items."""
    path = f"{_path(order_id)}/{shipment_id}"
    return (await client.request("PUT", path, Shipment, body=changes)).data


async def delete(client: StoreClient, order_id: int, shipment_id: int) -> None:
    """Remove a shipment; the order stays in its status."""
    await client.request("DELETE", f"{_path(order_id)}/{shipment_id}", object)


def _path(order_id: int) -> str:
    return f"/v2/orders/{order_id}/shipments"
