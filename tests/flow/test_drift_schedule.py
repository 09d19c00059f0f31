"""A schedule starts a comparison by itself; what it found is set back and told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from app.channels.models import ChannelDrift
from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.test_sync_listings import imported, store_products


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    """A small store."""
    return SandboxSettings(products=30, variants=80, orders=0, quota=100_000, retry_scale=0.01)


async def compared(service: Service, channel_id: str) -> dict[str, Any]:
    """Let the comparison come due now, and wait until its run is over."""
    address = f"/v1/channels/{channel_id}/drift"
    last = (await service.api.get(address)).json()["last_run_id"]
    async with service.resources.unit_of_work() as uow:
        await uow.session.execute(update(ChannelDrift).values(next_due_at=uow.clock.now()))
    async with asyncio.timeout(20):
        while (found := (await service.api.get(address)).json()["last_run_id"]) == last:
            await asyncio.sleep(0.1)
    return await service.finish(found)


async def told(service: Service) -> list[dict[str, Any]]:
    """Notifications about drift."""
    rows = await service.all("/v1/notifications")
    return [row for row in rows if row["kind"] == "drift_found"]


async def test_a_due_schedule_repairs_and_tells_once_a_run(service: Service) -> None:
    channel_id = await imported(service)
    body = {
        "schedule": {"every_minutes": 1440},
        "policy": {"price": "repair", "quantity": "repair"},
    }
    answer = await service.api.patch(f"/v1/channels/{channel_id}/drift", json=body)
    assert answer.status_code == 200, answer.text
    assert (await compared(service, channel_id))["counts"]["skipped"] == 0
    assert await told(service) == []

    before = await store_products(service)
    simple = [
        row
        for row in await service.all("/v1/listings", linked="true")
        if len(row["variants"]) == 1 and (row["quantity"] or 0) > 5
    ]
    for number, fields in enumerate(
        ({"price": 1.23}, {"inventory_level": 2}, {"price": 9.99, "is_visible": False})
    ):
        address = f"/sandbox/products/{simple[number]['external_id']}"
        (await service.store.control.patch(address, json={"fields": fields})).raise_for_status()

    run = await compared(service, channel_id)
    assert (run["trigger"], run["status"]) == ("schedule", "succeeded"), run
    assert run["counts"]["updated"] == 3
    after = await store_products(service)
    for row in simple[:3]:
        key = row["external_id"]
        for name in ("price", "inventory_level"):
            assert after[key][name] == before[key][name]
    assert after[simple[2]["external_id"]]["is_visible"] is False
    (notice,) = await told(service)
    assert notice["message"] == (
        "The store differs from what was left there: 2 prices (set back), "
        "1 stock level (set back), 1 status (only reported)."
    )
    assert (notice["entity"], notice["entity_id"]) == ("run", run["id"])
    assert (notice["severity"], notice["count"]) == ("warning", 1)

    again = await compared(service, channel_id)
    assert again["counts"]["updated"] == 0
    (notice,) = await told(service)
    assert notice["message"].endswith(": 1 status (only reported).")
    assert (notice["entity_id"], notice["count"]) == (again["id"], 2)


async def test_a_dry_run_tells_nobody(service: Service) -> None:
    channel_id = await imported(service)
    listing = (await service.all("/v1/listings", linked="true"))[0]
    address = f"/sandbox/products/{listing['external_id']}"
    await service.store.control.patch(address, json={"fields": {"name": "Another name"}})
    params = {"drift": "report"}
    run = await service.run(channel_id, "sync_listings", params=params, mode="dry_run")
    items = await service.all(f"/v1/runs/{run['id']}/items")
    assert [item["code"] for item in items] == ["drift_content"]
    assert await told(service) == []
    await service.run(channel_id, "sync_listings", params=params)
    (notice,) = await told(service)
    assert notice["message"].endswith(": 1 text (only reported).")


async def test_what_we_say_differently_ourselves_is_no_drift(service: Service) -> None:
    channel_id = await imported(service)
    first, second = (await service.all("/v1/listings", linked="true"))[:2]
    body = {"title": "Ours, not published yet", "description": "Ours."}
    answer = await service.api.patch(f"/v1/listings/{first['id']}", json=body)
    assert answer.status_code == 200, answer.text
    address = f"/sandbox/products/{second['external_id']}"
    await service.store.control.patch(address, json={"fields": {"description": "Theirs."}})
    run = await service.run(channel_id, "sync_listings", params={"drift": "repair"})
    (item,) = await service.all(f"/v1/runs/{run['id']}/items")
    assert (item["subject_id"], item["code"]) == (second["id"], "drift_content")
    published = await service.run(
        channel_id, "publish_listings", params={"listing_ids": [first["id"]]}
    )
    assert published["status"] == "succeeded", published
    again = await service.run(channel_id, "sync_listings", params={"drift": "report"})
    found = await service.all(f"/v1/runs/{again['id']}/items")
    assert [item["subject_id"] for item in found] == [second["id"]]
