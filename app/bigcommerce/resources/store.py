"""Store information, clock, currencies, units and settings (FACTS 6)."""

from app.bigcommerce.client import StoreClient
from app.bigcommerce.models.store import (
    Currency,
    InventorySettings,
    Store,
    StoreTime,
    UnitsOfMeasurement,
)


async def info(client: StoreClient) -> Store:
    """Name, plan, currency, units and time zone."""
    return await client.get("/v2/store", Store)


async def time(client: StoreClient) -> StoreTime:
    """The cheapest proof that the token works."""
    return await client.get("/v2/time", StoreTime)


async def currencies(client: StoreClient) -> list[Currency]:
    """All currencies of the store."""
    return await client.get("/v2/currencies", list[Currency], params={"limit": 250})


async def units(client: StoreClient) -> UnitsOfMeasurement:
    """Units in the v3 spelling."""
    return await client.get("/v3/settings/store/units-of-measurement", UnitsOfMeasurement)


async def inventory_settings(
    client: StoreClient, channel_id: int | None = None
) -> InventorySettings:
    """What happens when stock runs out (FACTS 5.11)."""
    params = {} if channel_id is None else {"channel_id": channel_id}
    return await client.get("/v3/settings/inventory", InventorySettings, params=params)


async def set_out_of_stock_behavior(client: StoreClient, behavior: str) -> InventorySettings:
    """Change what the whole store does with products without stock (FACTS 5.11)."""
    body = {"product_out_of_stock_behavior": behavior}
    answer = await client.request("PUT", "/v3/settings/inventory", InventorySettings, body=body)
    return answer.data
