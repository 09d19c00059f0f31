"""What one channel sells is told to the account's other channels without waiting for a schedule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.clock import SettableClock
from app.core.resources import Resources
from app.integrations.ordering.order_mapping import MappedOrders
from app.integrations.ordering.order_saving import save_mapped
from app.orders.drafts import OrderDraft
from tests.orders.conftest import line, order
from tests.shops import Shop, open_shop
from worker.due import start_after_sales

SOON = timedelta(seconds=2)


@pytest.fixture
async def selling(resources: Resources, account_id: UUID) -> Shop:
    return await open_shop(resources, account_id)


@pytest.fixture
async def other(resources: Resources, account_id: UUID, api: httpx.AsyncClient) -> Shop:
    """A second channel that lists two products."""
    shop = await open_shop(resources, account_id, name="Second", store_hash="store2")
    products = [
        {"sku": "CUP", "title": "Cup", "quantity": 5},
        {
            "sku": "TOY",
            "title": "Toy",
            "variants": [
                {"sku": "TOY-S", "options": {"Size": "S"}, "quantity": 5},
                {"sku": "TOY-L", "options": {"Size": "L"}, "quantity": 5},
            ],
        },
    ]
    answer = await api.put("/v1/products", json={"products": products})
    assert answer.json()["failed"] == [], answer.text
    body = {"channel_id": str(shop.channel_id), "product_skus": ["CUP", "TOY"]}
    assert (await api.post("/v1/listings/build", json=body)).json()["created"] == 2
    async with resources.unit_of_work() as uow:
        connection = await uow.session.connection()
        await connection.exec_driver_sql(
            "UPDATE listings SET external_id = sku, health = 'listed', link_status = 'linked'"
        )
    return shop


async def sell(resources: Resources, shop: Shop, *drafts: OrderDraft) -> None:
    async with resources.unit_of_work() as uow:
        await save_mapped(
            uow,
            resources.keyring,
            account_id=shop.account_id,
            channel_id=shop.channel_id,
            mapped=MappedOrders(drafts=list(drafts)),
        )


async def started(
    api: httpx.AsyncClient, resources: Resources, clock: SettableClock
) -> list[dict[str, Any]]:
    """Syncs that were started for sales, after a moment."""
    clock.at += SOON
    async with resources.unit_of_work() as uow:
        await start_after_sales(uow)
    rows: list[dict[str, Any]] = (await api.get("/v1/runs")).json()["data"]
    return [row for row in rows if row["trigger"] == "webhook"]


async def listing_ids(api: httpx.AsyncClient, skus: Sequence[str]) -> list[str]:
    rows = (await api.get("/v1/listings")).json()["data"]
    return sorted(row["id"] for row in rows if row["sku"] in skus)


async def end(resources: Resources) -> None:
    """Let every run be over."""
    async with resources.unit_of_work() as uow:
        connection = await uow.session.connection()
        await connection.exec_driver_sql(
            "UPDATE runs SET status = 'succeeded', finished_at = now()"
        )


async def test_a_sale_starts_a_sync_of_what_was_sold_on_the_other_channels(
    api: httpx.AsyncClient,
    resources: Resources,
    clock: SettableClock,
    selling: Shop,
    other: Shop,
) -> None:
    assert await started(api, resources, clock) == []
    sold = order(100, lines=(line(1, sku="toy-s "),))
    await sell(resources, selling, sold)
    (run,) = await started(api, resources, clock)
    assert (run["channel_id"], run["integration"]) == (str(other.channel_id), "sync_listings")
    assert run["params"] == {"listing_ids": await listing_ids(api, ["TOY"])}
    assert len(await started(api, resources, clock)) == 1, "it was told"
    await end(resources)
    clock.at += timedelta(minutes=5)
    await sell(resources, selling, sold)
    assert len(await started(api, resources, clock)) == 1, "nothing was sold besides"


async def test_sales_meanwhile_are_told_by_the_next_run(
    api: httpx.AsyncClient,
    resources: Resources,
    clock: SettableClock,
    selling: Shop,
    other: Shop,
) -> None:
    await sell(resources, selling, order(100, lines=(line(1, sku="TOY-L"),)))
    assert len(await started(api, resources, clock)) == 1
    clock.at += timedelta(minutes=5)
    await sell(resources, selling, order(101, lines=(line(2, sku="CUP"),)))
    assert len(await started(api, resources, clock)) == 1, "the first is still under way"
    await end(resources)
    (latest, _) = await started(api, resources, clock)
    assert latest["params"] == {"listing_ids": await listing_ids(api, ["CUP"])}
    await end(resources)
    await sell(resources, selling, order(102, lines=(line(3, sku="CUP"),)))
    assert len(await started(api, resources, clock)) == 2, "too soon after the last one"
    clock.at += timedelta(seconds=15)
    assert len(await started(api, resources, clock)) == 3


@pytest.mark.parametrize(
    "change",
    [{"enabled": False}, {"paused": True}, {"settings": {"fields": ["price", "status"]}}],
    ids=["off", "paused", "without quantities"],
)
async def test_channels_that_send_no_quantities_are_left_alone(
    api: httpx.AsyncClient,
    resources: Resources,
    clock: SettableClock,
    selling: Shop,
    other: Shop,
    change: dict[str, Any],
) -> None:
    address = f"/v1/channels/{other.channel_id}/integrations/sync_listings"
    assert (await api.patch(address, json=change)).status_code == 200
    await sell(resources, selling, order(100, lines=(line(1, sku="CUP"),)))
    assert await started(api, resources, clock) == []


async def test_what_no_other_channel_lists_starts_nothing(
    api: httpx.AsyncClient,
    resources: Resources,
    clock: SettableClock,
    selling: Shop,
    other: Shop,
) -> None:
    await sell(resources, selling, order(100, lines=(line(1, sku="UNKNOWN"),)))
    assert await started(api, resources, clock) == []
    await sell(resources, other, order(100, lines=(line(1, sku="CUP"),)))
    assert await started(api, resources, clock) == [], "only its own store has sold, and knows"
