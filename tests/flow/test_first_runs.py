"""From a connected store to its catalogue and orders in the API."""

from __future__ import annotations

from tests.flow.conftest import Service


async def test_the_catalogue_and_the_orders_arrive(service: Service) -> None:
    channel_id = await service.connect()
    imported = await service.run(channel_id, "import_listings")
    assert imported["status"] == "succeeded", imported
    assert imported["progress"]["done"] == imported["progress"]["total"] == 60
    listings = await service.all("/v1/listings", channel_id=channel_id)
    assert len(listings) == 60
    ordered = await service.run(channel_id, "get_orders", params={"full": True})
    assert ordered["status"] == "succeeded", ordered
    orders = await service.all("/v1/orders", channel_id=channel_id)
    assert orders
    print(imported, ordered, len(orders))
    print(listings[0]); print(orders[0])
