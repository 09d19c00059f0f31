"""Ways to take shipments, to see what the store has, and to make it misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.orders.shipment_router import router
from tests.flow.conftest import Service


@pytest.fixture
def shipping(service: Service) -> Service:
    """The service with the routes of shipments."""
    transport = service.api._transport
    assert isinstance(transport, httpx.ASGITransport)
    app = transport.app
    assert isinstance(app, FastAPI)
    if "/v1/shipments" not in {getattr(route, "path", "") for route in app.routes}:
        app.include_router(router)
    return service


async def set_up(service: Service, *, at_once: bool, **settings: Any) -> str:
    """A connected channel, with Sync Orders enabled or left to runs."""
    channel_id = await service.connect()
    answer = await service.api.patch(
        f"/v1/channels/{channel_id}/integrations/sync_orders",
        json={"enabled": at_once, "settings": settings},
    )
    assert answer.status_code == 200, answer.text
    return channel_id


async def order_in(
    service: Service, channel_id: str, count: int = 1, **spec: Any
) -> list[dict[str, Any]]:
    """Place orders in the store and bring them in."""
    body = {"count": count, "lines": [{"name": "Tea", "sku": "TEA", "quantity": 3, "price": 9}]}
    placed = await service.store.control.post("/sandbox/orders", json={**body, **spec})
    assert placed.status_code == 200, placed.text
    ids = placed.json()["ids"]
    run = await service.run(channel_id, "get_orders", params={"external_ids": ids})
    assert run["status"] == "succeeded", run
    found = await service.all("/v1/orders", channel_id=channel_id)
    return [order for order in found if int(order["external_id"]) in ids]


async def ship(service: Service, order: dict[str, Any], **more: Any) -> httpx.Response:
    """Ship all of an order's lines, or what is given."""
    items = [
        {"line_item_id": line["id"], "quantity": line["effective_quantity"]}
        for line in order["line_items"]
    ]
    body = {"items": items, "tracking_number": "1Z999", "carrier": "U.P.S.", **more}
    return await service.api.post(f"/v1/orders/{order['id']}/shipments", json=body)


async def settled(
    service: Service,
    shipment_id: str,
    wanted: Callable[[dict[str, Any]], bool] = lambda found: found["sync_status"] != "pending",
    seconds: float = 60,
) -> dict[str, Any]:
    """Wait until a shipment is no longer pending."""
    found: dict[str, Any] = {}
    try:
        async with asyncio.timeout(seconds):
            while True:
                found = (await service.api.get(f"/v1/shipments/{shipment_id}")).json()
                if wanted(found):
                    return found
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"not settled: {found}") from None


async def in_store(service: Service, order: dict[str, Any]) -> dict[str, Any]:
    """The order as the store has it."""
    answer = await service.store.control.get(f"/sandbox/orders/{order['external_id']}")
    found: dict[str, Any] = answer.json()
    return found


async def until_order(service: Service, order: dict[str, Any], **wanted: Any) -> dict[str, Any]:
    """Wait until our order looks as it should."""
    found: dict[str, Any] = {}
    try:
        async with asyncio.timeout(20):
            while True:
                found = (await service.api.get(f"/v1/orders/{order['id']}")).json()
                if all(found[key] == value for key, value in wanted.items()):
                    return found
                await asyncio.sleep(0.05)
    except TimeoutError:
        told = {key: found[key] for key in wanted}
        raise AssertionError(f"{told} is not {wanted}") from None


async def fault(service: Service, **rule: Any) -> None:
    """Make the store misbehave when shipments are posted."""
    rule = {"method": "POST", "path": "/shipments$", **rule}
    answer = await service.store.control.post("/sandbox/faults", json=rule)
    assert answer.status_code == 200, answer.text
