"""From a shipment taken by the API to one shipment in the store, whatever goes wrong between."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.conftest import Service
from tests.flow.parcels import (
    fault,
    in_store,
    order_in,
    set_up,
    settled,
    ship,
    shipping,
    until_order,
)

__all__ = ("shipping",)


async def test_a_shipment_is_in_the_store_at_once(shipping: Service) -> None:
    channel_id = await set_up(shipping, at_once=True)
    (order,) = await order_in(shipping, channel_id)
    answer = await ship(
        shipping, order, shipping_cost="4.5", note="Left at the door", shipping_method="Ground"
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["sync_status"] == "pending"
    shipment = await settled(shipping, answer.json()["id"])
    assert shipment["sync_status"] == "synced", shipment
    (theirs,) = (await in_store(shipping, order))["shipments"]
    assert str(theirs["id"]) == shipment["external_id"]
    assert (theirs["tracking_number"], theirs["shipping_provider"]) == ("1Z999", "ups")
    assert theirs["merchant_shipping_cost"] == "4.5000"
    assert (theirs["comments"], theirs["shipping_method"]) == ("Left at the door", "Ground")
    after = await until_order(shipping, order, status_id=2, shipped="yes", state="closed")
    assert after["line_items"][0]["quantity_shipped"] == 3


async def test_parts_go_one_by_one_and_too_much_is_refused(shipping: Service) -> None:
    channel_id = await set_up(shipping, at_once=True)
    (order,) = await order_in(shipping, channel_id)
    line = order["line_items"][0]["id"]
    first = await ship(shipping, order, items=[{"line_item_id": line, "quantity": 1}])
    again = await ship(shipping, order, items=[{"line_item_id": line, "quantity": 1}])
    for answer in (first, again):
        assert (await settled(shipping, answer.json()["id"]))["sync_status"] == "synced"
    await until_order(shipping, order, status_id=3, shipped="partly")
    over = await ship(shipping, order, items=[{"line_item_id": line, "quantity": 2}])
    assert (over.status_code, over.json()["code"]) == (422, "over_shipping")
    assert over.json()["lines"][0]["available"] == 1
    assert len((await in_store(shipping, order))["shipments"]) == 2, "two alike are two"


@pytest.mark.parametrize(
    "rule",
    [
        {"effect": "drop_response", "count": 3},
        {"effect": "truncate", "count": 3},
        {"effect": "status", "status": 500, "count": 2},
        {"effect": "status", "status": 502, "body": "html", "count": 2},
        {"effect": "rate_limit", "delay_ms": 1500, "count": 2},
    ],
    ids=lambda rule: rule["effect"],
)
async def test_no_fault_doubles_or_loses_a_shipment(
    shipping: Service, rule: dict[str, Any]
) -> None:
    channel_id = await set_up(shipping, at_once=True)
    orders = await order_in(shipping, channel_id, count=3)
    await fault(shipping, **rule)
    for order in orders:
        line = order["line_items"][0]["id"]
        for _ in range(3):
            answer = await ship(shipping, order, items=[{"line_item_id": line, "quantity": 1}])
            assert answer.status_code == 201, answer.text
    for shipment in await shipping.all("/v1/shipments"):
        assert (await settled(shipping, shipment["id"]))["sync_status"] == "synced"
    for order in orders:
        theirs = (await in_store(shipping, order))["shipments"]
        assert len(theirs) == 3
        ours = await shipping.all("/v1/shipments", order_id=order["id"])
        assert sorted(row["external_id"] for row in ours) == sorted(str(t["id"]) for t in theirs)
        await until_order(shipping, order, status_id=2, shipped="yes")


async def test_a_run_sends_what_waits_while_the_integration_is_off(shipping: Service) -> None:
    channel_id = await set_up(shipping, at_once=False)
    orders = await order_in(shipping, channel_id, count=3)
    ids = [(await ship(shipping, order)).json()["id"] for order in orders]
    dry = await shipping.run(channel_id, "sync_orders", mode="dry_run")
    assert (dry["status"], dry["counts"]["created"]) == ("succeeded", 3), dry
    items = await shipping.all(f"/v1/runs/{dry['id']}/items")
    told = {change["field"]: change["to"] for change in items[0]["changes"]}
    assert told["bigcommerce_shipment.shipping_provider"] == "ups"
    for order in orders:
        assert not (await in_store(shipping, order))["shipments"]
    one = await shipping.run(channel_id, "sync_orders", params={"shipment_ids": ids[:1]})
    assert one["counts"]["created"] == 1, one
    run = await shipping.run(channel_id, "sync_orders")
    assert (run["status"], run["counts"]["created"]) == ("succeeded", 2), run
    for order in orders:
        assert len((await in_store(shipping, order))["shipments"]) == 1
        await until_order(shipping, order, status_id=2, shipped="yes")
    idle = await shipping.run(channel_id, "sync_orders")
    assert idle["counts"]["created"] == 0


async def test_a_failed_item_fails_alone_and_is_retried(shipping: Service) -> None:
    channel_id = await set_up(shipping, at_once=False, unknown_carrier="fail")
    good, odd = await order_in(shipping, channel_id, count=2)
    await ship(shipping, good)
    bad = (await ship(shipping, odd, carrier="Pigeon Post 9000")).json()["id"]
    run = await shipping.run(channel_id, "sync_orders")
    assert run["status"] == "completed_with_errors", run
    assert (run["counts"]["created"], run["counts"]["failed"]) == (1, 1)
    (item,) = await shipping.all(f"/v1/runs/{run['id']}/items", outcome="failed")
    assert (item["code"], item["field"]) == (
        "unknown_carrier",
        "bigcommerce_shipment.shipping_provider",
    )
    shipment = (await shipping.api.get(f"/v1/shipments/{bad}")).json()
    assert (shipment["sync_status"], shipment["code"]) == ("failed", "unknown_carrier")
    assert (await until_order(shipping, odd, shipped="no"))["state"] == "open"
    await shipping.api.patch(
        f"/v1/channels/{channel_id}/integrations/sync_orders",
        json={"settings": {"unknown_carrier": "send_empty"}},
    )
    retried = await shipping.api.post(f"/v1/runs/{run['id']}/retry")
    assert retried.status_code == 202, retried.text
    again = await shipping.finish(retried.json()["id"])
    assert again["counts"]["created"] == 1, again
    shipment = (await shipping.api.get(f"/v1/shipments/{bad}")).json()
    assert (shipment["sync_status"], shipment["warnings"][0]["code"]) == (
        "synced",
        "unknown_carrier",
    )
    assert len((await in_store(shipping, odd))["shipments"]) == 1


async def test_only_whole_orders_are_sent_when_parts_are_not_wanted(shipping: Service) -> None:
    channel_id = await set_up(shipping, at_once=True, partial_shipments=False)
    (order,) = await order_in(shipping, channel_id)
    line = order["line_items"][0]["id"]
    part = await ship(shipping, order, items=[{"line_item_id": line, "quantity": 1}])
    waiting = await settled(
        shipping, part.json()["id"], lambda found: found["code"] == "waiting_for_whole_order"
    )
    assert waiting["sync_status"] == "pending"
    assert not (await in_store(shipping, order))["shipments"]
    rest = await ship(shipping, order, items=[{"line_item_id": line, "quantity": 2}])
    for answer in (part, rest):
        assert (await settled(shipping, answer.json()["id"]))["sync_status"] == "synced"
    assert len((await in_store(shipping, order))["shipments"]) == 2


async def test_the_final_status_follows_the_last_shipment(shipping: Service) -> None:
    channel_id = await set_up(shipping, at_once=True, final_status_id=10)
    (order,) = await order_in(shipping, channel_id)
    line = order["line_items"][0]["id"]
    await ship(shipping, order, items=[{"line_item_id": line, "quantity": 1}])
    await until_order(shipping, order, status_id=3)
    await ship(shipping, order, items=[{"line_item_id": line, "quantity": 2}])
    await until_order(shipping, order, status_id=10, shipped="yes", state="closed")
    assert (await in_store(shipping, order))["status_id"] == 10


async def test_lines_that_the_store_made_anew_are_found_again(shipping: Service) -> None:
    channel_id = await set_up(shipping, at_once=False)
    (order,) = await order_in(shipping, channel_id)
    shipment = (await ship(shipping, order)).json()
    line = int(order["line_items"][0]["external_id"])
    anew = await shipping.store.control.patch(
        f"/sandbox/orders/{order['external_id']}",
        json={
            "set_quantities": [{"line_id": line, "quantity": 0}],
            "add_lines": [{"name": "Tea", "sku": "TEA", "quantity": 3, "price": 9}],
        },
    )
    assert anew.status_code == 200, anew.text
    run = await shipping.run(channel_id, "sync_orders")
    assert (run["status"], run["counts"]["created"]) == ("succeeded", 1), run
    found = await settled(shipping, shipment["id"])
    (theirs,) = (await in_store(shipping, order))["shipments"]
    moved = found["items"][0]
    assert moved["line_external_id"] == str(theirs["items"][0]["order_product_id"]) != str(line)
    after = await until_order(shipping, order, status_id=2)
    assert moved["line_item_id"] in {row["id"] for row in after["line_items"]}
