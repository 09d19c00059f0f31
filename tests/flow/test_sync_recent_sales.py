"""Recent sales are held back while their time runs, besides what is reserved, and then offered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.orders.models import Order
from app.products.models import Product, ProductVariant, StockLevel
from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.test_sync_stock import Shop, shop

__all__ = ["shop"]


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    """A small store without orders."""
    return SandboxSettings(products=30, variants=80, orders=0, quota=100_000, retry_scale=0.01)


async def add_rule(service: Service, channel_id: str, **definition: Any) -> str:
    body = {
        "channel_id": channel_id,
        "kind": "quantity",
        "name": "What sold lately",
        "definition": definition,
    }
    answer = await service.api.post("/v1/rules", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def let_pass(service: Service, minutes: int) -> None:
    """Let time pass: all that happened lies that much further back."""
    past = timedelta(minutes=minutes)
    async with service.resources.unit_of_work() as uow:
        for column in (
            Order.created_at,
            Order.acknowledged_at,
            Order.store_created_at,
            StockLevel.updated_at,
            Product.created_at,
            ProductVariant.created_at,
        ):
            await uow.session.execute(update(column.class_).values({column: column - past}))


async def test_what_sold_lately_is_held_back_until_its_time_is_over(shop: Shop) -> None:
    service = shop.service
    rule_id = await add_rule(
        service, shop.channel_id, subtract_recent_sales=True, recent_sales_minutes=30
    )
    order = await shop.buy(3)
    assert await shop.sync() == 17
    await shop.acknowledge(order)
    await shop.count(17)
    assert await shop.sync() == 14
    await shop.buy(2)
    assert await shop.sync() == 12

    address = f"/v1/listings/{shop.listing['id']}/explain"
    answer = await service.api.get(address, params={"field": "quantity"})
    assert answer.status_code == 200, answer.text
    stages = {stage["stage"]: stage for stage in answer.json()["stages"]}
    steps = [{"what": "available", "value": 17}, {"what": "open orders", "value": 15}]
    steps.append({"what": "recent sales", "value": 12})
    assert stages["rules"]["details"]["steps"] == steps
    assert stages["product"]["details"]["sold_within_minutes"] == {"30": 3}
    tried = await service.api.post(f"/v1/rules/{rule_id}/test", json={"skus": [shop.sku]})
    (result,) = tried.json()["results"]
    assert result["after"] == {"quantity": 12}
    assert result["steps"][-1] == {"what": "recent sales", "value": "12"}

    await let_pass(service, 29)
    assert await shop.sync() == 12
    await let_pass(service, 2)
    assert await shop.sync() == 15


async def test_rules_of_different_windows_get_their_own_numbers(shop: Shop) -> None:
    service = shop.service
    await add_rule(service, shop.channel_id, subtract_recent_sales=True, recent_sales_minutes=5)
    long = await add_rule(
        service, shop.channel_id, subtract_recent_sales=True, recent_sales_minutes=500, percent=50
    )
    await shop.acknowledge(await shop.buy(4))
    await shop.count(18)
    assert await shop.sync() == 7
    await let_pass(service, 60)
    assert await shop.sync() == 7
    off = await service.api.put(f"/v1/rules/{long}", json={"enabled": False})
    assert off.status_code == 200, off.text
    assert await shop.sync() == 18
