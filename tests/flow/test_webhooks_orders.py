"""From a change in the store to the order in the API, by webhooks alone."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.inbox import events, order, place, settle, until


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=20, orders=5, quota=100_000, retry_scale=0.002)


async def requests(service: Service) -> Counter[str]:
    return Counter(f"{row['method']} {row['path']}" for row in await service.store.requests())


async def test_a_placed_order_is_readable_at_once(service: Service, shop: str) -> None:
    waits = []
    for _ in range(5):
        began = time.monotonic()
        (number,) = await place(service)

        async def readable(number: int = number) -> bool:
            return await order(service, number) is not None

        await until(readable, 10)
        waits.append(time.monotonic() - began)
        await settle(service)
    waits.sort()
    print("seconds to readable", waits)
    assert waits[2] < 1.5
    found = [row for row in await events(service, channel_id=shop) if row["entity"] == "order"]
    assert {row["status"] for row in found} <= {"processed", "duplicate"}
    assert found[0]["touched"][0]["entity"] == "order"
    assert found[0]["verified_by"] in {"secret", "both"}


async def test_an_order_s_events_cost_one_or_two_requests(service: Service, shop: str) -> None:
    await service.store.forget_requests()
    (number,) = await place(service, status_id=0)
    await service.store.control.patch(f"/sandbox/orders/{number}", json={"status_id": 11})
    await settle(service)
    made = await requests(service)
    assert sum(made.values()) <= 2, made
    found = await order(service, number)
    assert found is not None
    assert found["status_id"] == 11


async def test_an_incomplete_order_becomes_real(service: Service, shop: str) -> None:
    (number,) = await place(service, status_id=0)
    await settle(service)
    assert await order(service, number) is None
    ignored = await events(service, status="ignored")
    assert "status_not_wanted" in {row["code"] for row in ignored}
    await service.store.control.patch(f"/sandbox/orders/{number}", json={"status_id": 11})
    await settle(service)
    assert await order(service, number) is not None


async def test_a_hundred_orders_at_once_cost_few_requests(service: Service, shop: str) -> None:
    await service.store.forget_requests()
    ids = await place(service, count=100)
    await settle(service)
    made = await requests(service)
    assert sum(made.values()) <= 12, made
    orders = await service.all("/v1/orders")
    assert {int(row["external_id"]) for row in orders} == set(ids)


async def test_scattered_orders_cost_few_requests(service: Service, shop: str) -> None:
    moment = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    old = await place(service, count=2, skip_ids=400, date_modified=moment, date_created=moment)
    await settle(service)
    await service.store.forget_requests()
    ids = await place(service, count=30, skip_ids=300)
    await settle(service)
    made = await requests(service)
    assert sum(made.values()) <= 12, made
    orders = await service.all("/v1/orders")
    assert {int(row["external_id"]) for row in orders} == {*old, *ids}
    await service.store.forget_requests()
    events = [{"scope": "store/order/updated", "data": {"type": "order", "id": n}} for n in ids]
    gone = [{"scope": "store/order/updated", "data": {"type": "order", "id": 77}}]
    for event in [*events, *gone]:
        await service.store.control.post("/sandbox/events", json=event)
    await settle(service)
    made = await requests(service)
    assert sum(made.values()) <= 16, made


async def test_doubled_and_reordered_events_change_nothing(service: Service, shop: str) -> None:
    faults = [
        {"effect": effect, "probability": 0.5}
        for effect in ("duplicate_webhooks", "reorder_webhooks")
    ]
    answer = await service.store.control.post("/sandbox/faults", json=faults)
    assert answer.status_code == 200, answer.text
    ids = await place(service, count=20)
    for number in ids[:10]:
        await service.store.control.patch(f"/sandbox/orders/{number}", json={"status_id": 9})
    await settle(service)
    orders = {int(row["external_id"]): row for row in await service.all("/v1/orders")}
    assert set(orders) == set(ids)
    assert {orders[number]["status_id"] for number in ids[:10]} == {9}
    assert "duplicate" in {row["status"] for row in await events(service)}


async def test_cancellation_refund_edit_and_archiving_arrive(service: Service, shop: str) -> None:
    cancelled, refunded, edited, archived = [
        (await place(service, line_count=2))[0] for _ in range(4)
    ]
    await settle(service)
    control = service.store.control

    async def store_line(number: int) -> dict[str, Any]:
        shown: dict[str, Any] = (await control.get(f"/sandbox/orders/{number}")).json()
        line: dict[str, Any] = shown["lines"][0]
        return line

    await control.patch(f"/sandbox/orders/{cancelled}", json={"status_id": 5})
    line = await store_line(refunded)
    refund = {"refund": [{"line_id": line["id"], "quantity": 1}]}
    assert (await control.patch(f"/sandbox/orders/{refunded}", json=refund)).status_code == 200
    line = await store_line(edited)
    edit = {"set_quantities": [{"line_id": line["id"], "quantity": 7}]}
    assert (await control.patch(f"/sandbox/orders/{edited}", json=edit)).status_code == 200
    await control.patch(f"/sandbox/orders/{archived}", json={"is_deleted": True})
    await settle(service)
    found = {int(row["external_id"]): row for row in await service.all("/v1/orders")}
    assert found[cancelled]["state"] == "cancelled"
    lines = found[refunded]["line_items"]
    assert sum(row["quantity_refunded"] for row in lines) == 1
    assert min(row["effective_quantity"] - row["quantity"] for row in lines) == -1
    assert 7 in {row["quantity"] for row in found[edited]["line_items"]}
    assert (found[archived]["archived"], found[archived]["state"]) == (True, "closed")


async def test_a_paused_integration_lets_events_pass_and_a_replay_brings_them(
    service: Service, shop: str
) -> None:
    address = f"/v1/channels/{shop}/integrations/get_orders"
    assert (await service.api.patch(address, json={"paused": True})).status_code == 200
    (number,) = await place(service)
    await settle(service)
    assert await order(service, number) is None
    found = [row for row in await events(service) if row["entity"] == "order"]
    assert {row["code"] for row in found if row["status"] == "ignored"} == {"integration_paused"}
    assert (await service.api.patch(address, json={"paused": False})).status_code == 200
    one = await service.api.post(f"/v1/webhook-events/{found[0]['id']}/replay")
    assert (one.status_code, one.json()) == (202, {"replayed": 1})
    await settle(service)
    assert await order(service, number) is not None
    shown = (await service.api.get(f"/v1/webhook-events/{found[0]['id']}")).json()
    assert shown["status"] == "processed"
    assert shown["replays"] == 1
    assert shown["touched"][0]["external_id"] == str(number)


async def test_a_store_that_is_away_delays_events_and_loses_none(
    service: Service, shop: str
) -> None:
    rule = {"effect": "unavailable", "path": "/v2/orders"}
    answer = await service.store.control.post("/sandbox/faults", json=rule)
    assert answer.status_code == 200, answer.text
    (number,) = await place(service)

    async def postponed() -> bool:
        waiting = await events(service, status="received")
        return any(row["code"] == "store_unavailable" for row in waiting)

    await until(postponed, 30)
    await service.store.control.delete("/sandbox/faults")

    async def there() -> bool:
        return await order(service, number) is not None

    await until(there, 30)
