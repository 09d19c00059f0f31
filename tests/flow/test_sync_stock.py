"""Orders between two stock counts: nothing is sold twice, what comes back is given back once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.test_sync_listings import imported, store_products
from tests.flow.test_sync_status import one_in_stock, settings


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    """A small store without orders."""
    return SandboxSettings(products=30, variants=80, orders=0, quota=100_000, retry_scale=0.01)


class Shop:
    """A channel with one product that is bought."""

    def __init__(self, service: Service, channel_id: str, listing: dict[str, Any]) -> None:
        self.service = service
        self.channel_id = channel_id
        self.listing = listing
        self.variant = listing["variants"][0]
        self.sku = str(listing["product_sku"])
        self.began_with = int(listing["quantity"])

    async def buy(self, quantity: int) -> int:
        """Place an order and import it."""
        line = {"variant_id": int(self.variant["external_id"]), "quantity": quantity}
        body = {
            "status_id": 11,
            "lines": [{**line, "product_id": int(self.listing["external_id"])}],
        }
        answer = await self.service.store.control.post("/sandbox/orders", json=body)
        assert answer.is_success, answer.text
        await self.read_orders()
        return int(answer.json()["ids"][0])

    async def read_orders(self) -> None:
        run = await self.service.run(self.channel_id, "get_orders")
        assert run["status"] == "succeeded", run

    async def change_order(self, order_id: int, **changes: Any) -> None:
        """Let the merchant change an order, and import it again."""
        address = f"/sandbox/orders/{order_id}"
        shown = (await self.service.store.control.get(address)).json()
        if "refund" in changes:
            line = shown["products"][0]["id"] if "products" in shown else shown["lines"][0]["id"]
            changes["refund"] = [{"line_id": line, "quantity": changes["refund"]}]
        answer = await self.service.store.control.patch(address, json=changes)
        assert answer.is_success, answer.text
        await self.read_orders()

    async def order(self, order_id: int) -> dict[str, Any]:
        """An order as the API shows it."""
        (found,) = await self.service.all("/v1/orders", external_id=str(order_id))
        return found

    async def acknowledge(self, order_id: int) -> None:
        """Say that the order was taken over: whoever counts from now on knows of it."""
        address = f"/v1/orders/{(await self.order(order_id))['id']}/acknowledge"
        assert (await self.service.api.post(address)).status_code == 200

    async def ship(self, order_id: int) -> None:
        """Ship all of an order and wait until it is known to be shipped."""
        found = await self.order(order_id)
        items = [
            {"line_item_id": line["id"], "quantity": line["effective_quantity"]}
            for line in found["line_items"]
        ]
        body = {"items": items, "tracking_number": "1Z1", "carrier": "ups"}
        answer = await self.service.api.post(f"/v1/orders/{found['id']}/shipments", json=body)
        assert answer.status_code == 201, answer.text
        assert (await self.order(order_id))["shipped"] == "yes"

    async def count(self, quantity: int, warehouse: str = "default") -> None:
        """Write the stock level, as a warehouse does after counting."""
        body = {"levels": [{"sku": self.sku, "quantity": quantity, "warehouse": warehouse}]}
        answer = await self.service.api.put("/v1/stock", json=body)
        assert answer.json()["failed"] == []

    async def sync(self) -> int:
        """Sync and return what the store has then."""
        run = await self.service.run(self.channel_id, "sync_listings")
        assert run["status"] == "succeeded", run
        product = (await store_products(self.service))[self.listing["external_id"]]
        return int(product["inventory_level"])

    async def level(self) -> int:
        """What our own stock says."""
        rows = await self.service.all("/v1/products")
        return int(next(row["quantity"] for row in rows if row["sku"] == self.sku))


@pytest.fixture
async def shop(service: Service) -> Shop:
    """A connected channel whose catalogue was imported a while ago."""
    channel_id = await imported(service)
    listing = await one_in_stock(service, options=False)
    await asyncio.sleep(2.1)
    found = Shop(service, channel_id, listing)
    await found.count(20)
    assert await found.sync() == 20
    return found


async def test_what_was_ordered_is_not_offered_again(shop: Shop) -> None:
    await shop.buy(3)
    assert await shop.sync() == 17
    await shop.buy(2)
    assert await shop.sync() == 15
    assert await shop.level() == 20


async def test_a_count_says_what_is_on_hand_until_the_order_is_taken_over(shop: Shop) -> None:
    order = await shop.buy(3)
    await shop.count(20)
    assert await shop.sync() == 17
    await shop.count(20)
    assert await shop.sync() == 17
    await shop.acknowledge(order)
    assert await shop.sync() == 17
    await shop.count(17)
    assert await shop.sync() == 17
    await shop.count(17)
    assert await shop.sync() == 17
    await shop.buy(1)
    assert await shop.sync() == 16


async def test_what_was_shipped_stays_off_until_the_next_count(shop: Shop) -> None:
    order = await shop.buy(3)
    await shop.ship(order)
    assert await shop.sync() == 17
    await shop.count(17)
    assert await shop.sync() == 17
    await shop.count(20)
    assert await shop.sync() == 20, "what was shipped before a count is not in it"


async def test_another_warehouse_says_nothing_of_what_this_one_owes(shop: Shop) -> None:
    order = await shop.buy(3)
    await shop.acknowledge(order)
    await shop.count(4, "east")
    assert await shop.sync() == 21
    await shop.count(17)
    assert await shop.sync() == 21


async def test_an_order_from_before_our_own_numbers_counts(service: Service) -> None:
    channel_id = await imported(service)
    listing = await one_in_stock(service, options=False)
    shop = Shop(service, channel_id, listing)
    await shop.count(20)
    earlier = (datetime.now(UTC) - timedelta(hours=5)).isoformat()
    line = {"variant_id": int(shop.variant["external_id"]), "quantity": 4}
    body = {
        "status_id": 11,
        "date_created": earlier,
        "date_modified": earlier,
        "lines": [{**line, "product_id": int(listing["external_id"])}],
    }
    assert (await service.store.control.post("/sandbox/orders", json=body)).is_success
    await shop.read_orders()
    assert len(await service.all("/v1/orders")) == 1
    assert await shop.sync() == 16


async def test_orders_placed_before_the_import_are_in_its_numbers(service: Service) -> None:
    placed = await service.store.control.post(
        "/sandbox/orders", json={"count": 5, "line_count": 2, "status_id": 11}
    )
    assert placed.is_success
    await asyncio.sleep(3.1)
    channel_id = await imported(service)
    await service.run(channel_id, "get_orders")
    assert len(await service.all("/v1/orders")) == 5
    await service.store.forget_requests()
    run = await service.run(channel_id, "sync_listings")
    assert run["counts"]["updated"] == 0
    assert await service.store.requests() == []


async def test_refunds_and_cancellations_change_no_stock_by_default(shop: Shop) -> None:
    order = await shop.buy(3)
    await shop.acknowledge(order)
    await shop.count(17)
    await shop.change_order(order, refund=2)
    assert await shop.level() == 17
    assert await shop.sync() == 17
    await shop.change_order(order, status_id=5)
    assert await shop.sync() == 17


async def test_what_comes_back_is_given_back_exactly_once(shop: Shop) -> None:
    await settings(
        shop.service,
        shop.channel_id,
        adjust_stock_on_refund=True,
        adjust_stock_on_cancellation=True,
    )
    order = await shop.buy(5)
    await shop.acknowledge(order)
    await shop.count(15)
    await shop.change_order(order, refund=2)
    plan = await shop.service.run(shop.channel_id, "sync_listings", mode="dry_run")
    (item,) = await shop.service.all(f"/v1/runs/{plan['id']}/items", outcome="updated")
    assert item["changes"][0]["to"] == 17
    assert await shop.level() == 15
    assert await shop.sync() == 17
    assert await shop.level() == 17
    await shop.change_order(order, staff_notes="A word")
    assert await shop.sync() == 17
    await shop.change_order(order, status_id=5)
    assert await shop.sync() == 20
    assert await shop.sync() == 20
    assert await shop.level() == 20


async def test_a_reservation_shrinks_with_what_comes_back(shop: Shop) -> None:
    await settings(shop.service, shop.channel_id, adjust_stock_on_cancellation=True)
    order = await shop.buy(4)
    assert await shop.sync() == 16
    await shop.change_order(order, status_id=5)
    assert await shop.sync() == 20
    await shop.count(20)
    assert await shop.sync() == 20
    assert await shop.level() == 20


async def test_what_the_store_has_sold_itself_is_no_drift(shop: Shop) -> None:
    await shop.buy(3)
    for policy in ("report", "repair"):
        run = await shop.service.run(shop.channel_id, "sync_listings", params={"drift": policy})
        assert await shop.service.all(f"/v1/runs/{run['id']}/items") == []
    await shop.service.store.forget_requests()
    assert (await shop.service.run(shop.channel_id, "sync_listings"))["counts"]["updated"] == 0
    assert await shop.service.store.requests() == []
    address = f"/sandbox/products/{shop.listing['external_id']}"
    body = {"fields": {"inventory_level": 4}}
    await shop.service.store.control.patch(address, json=body)
    run = await shop.service.run(shop.channel_id, "sync_listings", params={"drift": "repair"})
    (item,) = await shop.service.all(f"/v1/runs/{run['id']}/items")
    (change,) = item["changes"]
    assert (change["from"], change["to"]) == (4, 17)
