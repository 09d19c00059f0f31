"""Shipments that the store refuses, has already, or that go several ways."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.conftest import Service
from tests.flow.parcels import (
    in_store,
    order_in,
    set_up,
    settled,
    ship,
    shipping,
    until_order,
)

__all__ = ("shipping",)


async def by_hand(service: Service, order: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Ship all of an order's first line in the store, past us."""
    line = order["line_items"][0]
    settings = service.store.settings
    answer = await service.store.control.post(
        f"/stores/{settings.store_hash}/v2/orders/{order['external_id']}/shipments",
        headers={"X-Auth-Token": settings.token(), "Accept": "application/json"},
        json={
            "order_address_id": int(order["shipping_addresses"][0]["external_id"]),
            "items": [{"order_product_id": int(line["external_id"]), "quantity": line["quantity"]}],
            "shipping_provider": "",
            **more,
        },
    )
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_what_was_shipped_past_us_is_refused_with_a_sentence(shipping: Service) -> None:
    channel_id = await set_up(shipping, at_once=False)
    (order,) = await order_in(shipping, channel_id)
    made = (await ship(shipping, order)).json()
    await by_hand(shipping, order, tracking_number="OTHER")
    run = await shipping.run(channel_id, "sync_orders")
    assert run["counts"]["failed"] == 1, run
    found = await settled(shipping, made["id"])
    assert (found["code"], found["field"]) == ("over_shipping", "items")
    assert "0 left" in found["message"]
    # The refusal showed that the order is not as it was known: it is right without another run.
    await until_order(shipping, order, status_id=2, shipped="yes")
    told = await shipping.api.get("/v1/shipments?sync_status=failed")
    assert [row["id"] for row in told.json()["data"]] == [made["id"]]
    assert len((await in_store(shipping, order))["shipments"]) == 1


async def test_the_same_parcel_entered_past_us_is_taken_for_ours(shipping: Service) -> None:
    channel_id = await set_up(shipping, at_once=False)
    (order,) = await order_in(shipping, channel_id)
    made = (await ship(shipping, order)).json()
    theirs = await by_hand(shipping, order, tracking_number="1Z999")
    run = await shipping.run(channel_id, "sync_orders")
    assert (run["status"], run["counts"]["created"]) == ("succeeded", 1), run
    found = await settled(shipping, made["id"])
    assert (found["external_id"], found["code"]) == (str(theirs["id"]), "found_in_store")
    assert len((await in_store(shipping, order))["shipments"]) == 1
    await until_order(shipping, order, status_id=2, shipped="yes")


async def test_an_order_that_is_cancelled_meanwhile_is_not_shipped(shipping: Service) -> None:
    channel_id = await set_up(shipping, at_once=False)
    (order,) = await order_in(shipping, channel_id)
    made = (await ship(shipping, order)).json()
    await shipping.store.control.patch(
        f"/sandbox/orders/{order['external_id']}", json={"status_id": 5}
    )
    ids = [int(order["external_id"])]
    await shipping.run(channel_id, "get_orders", params={"external_ids": ids})
    run = await shipping.run(channel_id, "sync_orders")
    assert run["counts"]["failed"] == 1, run
    assert (await settled(shipping, made["id"]))["code"] == "order_cancelled"
    assert not (await in_store(shipping, order))["shipments"]


async def test_each_address_gets_its_own_shipment(shipping: Service) -> None:
    channel_id = await set_up(shipping, at_once=True)
    (order,) = await order_in(
        shipping,
        channel_id,
        addresses=[{"city": "Austin"}, {"city": "Boston", "zip": "02108"}],
        lines=[
            {"name": "Tea", "sku": "TEA", "quantity": 1, "price": 9, "address": 0},
            {"name": "Cup", "sku": "CUP", "quantity": 2, "price": 5, "address": 1},
            {"name": "Song", "sku": "SONG", "type": "digital", "quantity": 1, "price": 1},
            {"name": "Kettle", "sku": "KETTLE", "quantity": 1, "price": 30, "pickup": True},
        ],
    )
    lines = {line["sku"]: line for line in order["line_items"]}

    def items(*skus: str) -> list[dict[str, Any]]:
        return [{"line_item_id": lines[s]["id"], "quantity": lines[s]["quantity"]} for s in skus]

    both = await ship(shipping, order, items=items("TEA", "CUP"))
    assert (both.status_code, both.json()["code"]) == (422, "several_addresses")
    assert len(both.json()["groups"]) == 2
    for sku in ("SONG", "KETTLE"):
        refused = await ship(shipping, order, items=items(sku))
        assert (refused.status_code, refused.json()["code"]) == (422, "not_shippable")
    for sku, number in (("TEA", "A1"), ("CUP", "B2")):
        made = await ship(shipping, order, items=items(sku), tracking_number=number)
        assert (await settled(shipping, made.json()["id"]))["sync_status"] == "synced"
    theirs = (await in_store(shipping, order))["shipments"]
    assert len({row["order_address_id"] for row in theirs}) == 2


async def test_lost_access_pauses_and_tells(shipping: Service) -> None:
    channel_id = await set_up(shipping, at_once=True)
    (order,) = await order_in(shipping, channel_id)
    await shipping.store.control.post(
        "/sandbox/faults",
        json={"effect": "status", "status": 401, "method": "POST", "path": "/shipments$"},
    )
    made = (await ship(shipping, order)).json()
    integration = f"/v1/channels/{channel_id}/integrations/sync_orders"

    async def paused() -> bool:
        return bool((await shipping.api.get(integration)).json()["paused"])

    for _ in range(200):
        if await paused():
            break
        await settled(shipping, made["id"], lambda found: True)
    assert await paused()
    (connection,) = (await shipping.api.get("/v1/connections")).json()["data"]
    assert connection["status"] == "needs_reauthorization"
    found = await settled(shipping, made["id"], lambda found: not found["in_flight"])
    assert found["sync_status"] == "pending", "it waits for the store to be reachable again"


@pytest.mark.parametrize(
    ("mappings", "wanted"),
    [
        (
            {"tracking_number": {"kind": "empty"}},
            {"code": "cannot_be_empty", "field": "bigcommerce_shipment.tracking_number"},
        ),
        (
            {"tracking_number": {"kind": "value", "value": "9" * 51}},
            {"code": "too_long", "field": "bigcommerce_shipment.tracking_number"},
        ),
    ],
)
async def test_a_template_that_does_not_fit_fails_the_shipment_by_name(
    shipping: Service, mappings: dict[str, Any], wanted: dict[str, str]
) -> None:
    channel_id = await set_up(shipping, at_once=False)
    (order,) = await order_in(shipping, channel_id)
    made = (await ship(shipping, order)).json()
    integration = f"/v1/channels/{channel_id}/integrations/sync_orders"
    template_id = (await shipping.api.get(integration)).json()["template_id"]
    template = (await shipping.api.get(f"/v1/templates/{template_id}")).json()
    changed = {f"bigcommerce_shipment.{key}": value for key, value in mappings.items()}
    body = {
        "name": template["name"],
        "integration": "sync_orders",
        "mappings": {**template["mappings"], **changed},
    }
    answer = await shipping.api.put(f"/v1/templates/{template_id}", json=body)
    if answer.status_code == 422:
        assert "template_has_errors" in answer.text, "the linter knows it before any run"
        return
    run = await shipping.run(channel_id, "sync_orders")
    assert run["counts"]["failed"] == 1, run
    found = await settled(shipping, made["id"])
    assert {key: found[key] for key in wanted} == wanted
    assert found["message"]


async def test_what_cannot_be_mapped_is_told_by_field(shipping: Service) -> None:
    channel_id = await set_up(shipping, at_once=True, unknown_carrier="fail")
    (order,) = await order_in(shipping, channel_id)
    made = (await ship(shipping, order, carrier="Pigeon Post 9000")).json()
    found = await settled(shipping, made["id"])
    assert (found["sync_status"], found["code"]) == ("failed", "unknown_carrier")
    assert found["field"] == "bigcommerce_shipment.shipping_provider"
    again = await ship(shipping, order, carrier="DHL Express")
    synced = await settled(shipping, again.json()["id"])
    assert synced["sync_status"] == "synced", "a failed one takes nothing away"
    (theirs,) = (await in_store(shipping, order))["shipments"]
    assert (theirs["shipping_provider"], theirs["tracking_carrier"]) == ("", "dhl")
    assert theirs["generated_tracking_link"]


async def test_a_long_method_is_sent_and_a_missing_number_is_refused_at_once(
    shipping: Service,
) -> None:
    channel_id = await set_up(shipping, at_once=True)
    (order,) = await order_in(shipping, channel_id)
    for number in (None, "", "  "):
        refused = await ship(shipping, order, tracking_number=number)
        (error,) = refused.json()["errors"]
        assert (refused.status_code, error["field"]) == (422, "tracking_number")
    method = "By boat and then by rail " * 19
    made = await ship(shipping, order, shipping_method=method)
    assert made.status_code == 201, made.text
    found = await settled(shipping, made.json()["id"])
    assert (found["sync_status"], found["code"]) == ("synced", None)
    assert (await in_store(shipping, order))["shipments"][0]["shipping_method"] == method.strip()


async def test_a_bundle_is_whole_with_its_parent(shipping: Service) -> None:
    channel_id = await set_up(shipping, at_once=True, partial_shipments=False)
    (order,) = await order_in(
        shipping,
        channel_id,
        lines=[
            {"name": "Tea set", "sku": "SET", "quantity": 1, "price": 30, "bundled": True},
            {"name": "Pot", "sku": "POT", "quantity": 1, "price": 0, "parent": 0},
            {"name": "Cup", "sku": "CUP", "quantity": 4, "price": 0, "parent": 0},
            {"name": "Tea", "sku": "TEA", "quantity": 1, "price": 9},
        ],
    )
    lines = {line["sku"]: line for line in order["line_items"]}

    def items(*skus: str) -> list[dict[str, Any]]:
        return [{"line_item_id": lines[s]["id"], "quantity": lines[s]["quantity"]} for s in skus]

    first = (await ship(shipping, order, items=items("SET"), tracking_number="A1")).json()
    waiting = await settled(
        shipping, first["id"], lambda found: found["code"] == "waiting_for_whole_order"
    )
    assert waiting["sync_status"] == "pending"
    await ship(shipping, order, items=items("TEA"), tracking_number="B2")
    assert (await settled(shipping, first["id"]))["sync_status"] == "synced"
    await until_order(shipping, order, shipped="yes")
