"""Taking a sync back, and finding and repairing what somebody changed in the store."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.test_sync_listings import (
    assert_shown_is_stored,
    changed_product,
    imported,
    put_products,
    store_products,
    writes,
)

PRODUCT = (
    "price",
    "cost_price",
    "sale_price",
    "retail_price",
    "map_price",
    "inventory_level",
    "is_visible",
    "availability",
)
VARIANT = ("price", "cost_price", "sale_price", "retail_price", "map_price", "inventory_level")


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    """A store with products of all kinds."""
    return SandboxSettings(products=80, variants=240, orders=0, quota=100_000, retry_scale=0.01)


async def stored(service: Service) -> dict[str, Any]:
    """What the store holds, to the byte."""
    return {
        key: (
            {name: product[name] for name in PRODUCT},
            {row["id"]: {name: row[name] for name in VARIANT} for row in product["variants"]},
        )
        for key, product in (await store_products(service)).items()
    }


async def test_undo_leaves_the_store_as_it_was(service: Service) -> None:
    channel_id = await imported(service)
    before = await stored(service)
    products = await service.all("/v1/products")
    await put_products(
        service, [changed_product(row, number + 1) for number, row in enumerate(products)]
    )
    run = await service.run(channel_id, "sync_listings")
    assert run["status"] == "succeeded", run
    assert await stored(service) != before
    first = await service.api.post(f"/v1/runs/{run['id']}/undo", json={"mode": "dry_run"})
    predicted = await service.finish(first.json()["id"])
    answer = await service.api.post(f"/v1/runs/{run['id']}/undo")
    assert answer.status_code == 202, answer.text
    undone = await service.finish(answer.json()["id"])
    assert undone["status"] == "succeeded", undone
    assert undone["counts"] == predicted["counts"]
    assert await stored(service) == before
    await assert_shown_is_stored(service)
    again = await service.finish(
        (await service.api.post(f"/v1/runs/{run['id']}/undo")).json()["id"]
    )
    assert again["counts"]["updated"] == 0


async def test_undo_reports_what_somebody_else_changed_since(service: Service) -> None:
    channel_id = await imported(service)
    products = await service.all("/v1/products")
    await put_products(
        service, [changed_product(row, number + 1) for number, row in enumerate(products)]
    )
    run = await service.run(channel_id, "sync_listings")
    items = await service.all(f"/v1/runs/{run['id']}/items", outcome="updated")
    touched = (await service.api.get(f"/v1/listings/{items[0]['subject_id']}")).json()
    fields = {"price": 4.44}
    await service.store.control.patch(
        f"/sandbox/products/{touched['external_id']}",
        json={
            "fields": fields,
            "variants": [
                {"id": int(row["external_id"]), "fields": fields} for row in touched["variants"]
            ],
        },
    )
    answer = await service.api.post(f"/v1/runs/{run['id']}/undo")
    undone = await service.finish(answer.json()["id"])
    left = [
        item
        for item in await service.all(f"/v1/runs/{undone['id']}/items")
        if item["code"] == "changed_since"
    ]
    assert {item["external_id"] for item in left} == {
        item["external_id"] for item in items if item["subject_id"] == touched["id"]
    }
    product = (await store_products(service))[touched["external_id"]]
    assert product["price"] == 4.44


async def test_drift_is_found_and_repaired_completely_and_nothing_else(service: Service) -> None:
    channel_id = await imported(service)
    assert (await service.run(channel_id, "sync_listings"))["counts"]["updated"] == 0
    before = await stored(service)
    listings = await service.all("/v1/listings", linked="true", health="listed")
    edited = random.Random(5).sample(listings, 6)
    for number, listing in enumerate(edited):
        variant = {"id": int(listing["variants"][0]["external_id"])}
        changes: list[dict[str, Any]] = [
            {"fields": {"price": 3.33 + number}},
            {"variants": [{**variant, "fields": {"price": 5.55 + number}}]},
            {"fields": {"is_visible": False}},
            {"fields": {"availability": "preorder"}},
            {"fields": {"map_price": 1.11}},
            {"variants": [{**variant, "fields": {"cost_price": 2.22}}]},
        ]
        answer = await service.store.control.patch(
            f"/sandbox/products/{listing['external_id']}", json=changes[number]
        )
        assert answer.is_success, answer.text
    changed = await stored(service)
    assert changed != before
    await service.store.forget_requests()
    report = await service.run(channel_id, "sync_listings", params={"drift": "report"})
    assert report["status"] == "succeeded", report
    assert await writes(service) == {}
    found = await service.all(f"/v1/runs/{report['id']}/items")
    drifted = {item["subject_id"] for item in found if (item["code"] or "").startswith("drift_")}
    assert drifted == {listing["id"] for listing in edited}
    assert await stored(service) == changed
    repair = await service.run(channel_id, "sync_listings", params={"drift": "repair"})
    assert repair["status"] == "succeeded", repair
    assert await stored(service) == before
    repaired = await service.all(f"/v1/runs/{repair['id']}/items", outcome="updated")
    assert {item["subject_id"] for item in repaired} == drifted
    await assert_shown_is_stored(service)
    clean = await service.run(channel_id, "sync_listings", params={"drift": "repair"})
    assert clean["counts"]["updated"] == 0


async def test_a_quantity_that_drifted_is_repaired(service: Service) -> None:
    channel_id = await imported(service)
    listing = next(
        row
        for row in await service.all("/v1/listings", linked="true")
        if len(row["variants"]) == 1 and (row["quantity"] or 0) > 5
    )
    await service.store.control.patch(
        f"/sandbox/products/{listing['external_id']}", json={"fields": {"inventory_level": 1}}
    )
    policy = {"drift": {"quantity": "repair"}}
    run = await service.run(channel_id, "sync_listings", params=policy)
    assert run["counts"]["updated"] == 1, run
    product = (await store_products(service))[listing["external_id"]]
    assert product["inventory_level"] == listing["quantity"]


async def test_an_adopted_price_is_not_taken_back(service: Service) -> None:
    channel_id = await imported(service)
    listing = next(
        row for row in await service.all("/v1/listings", linked="true") if len(row["variants"]) == 1
    )
    await service.store.control.patch(
        f"/sandbox/products/{listing['external_id']}", json={"fields": {"price": 9.87}}
    )
    await service.run(channel_id, "sync_listings", params={"drift": "adopt"})
    run = await service.run(channel_id, "sync_listings")
    assert run["counts"]["updated"] == 0, run
    after = (await service.api.get(f"/v1/listings/{listing['id']}")).json()
    assert after["variants"][0]["price"] == "9.87"
    assert "price" in after["variants"][0]["locked"]


async def test_a_deleted_product_is_drift_too(service: Service) -> None:
    channel_id = await imported(service)
    listing = (await service.all("/v1/listings", linked="true"))[0]
    await service.store.control.delete(f"/sandbox/products/{listing['external_id']}")
    run = await service.run(channel_id, "sync_listings", params={"drift": "report"})
    items = await service.all(f"/v1/runs/{run['id']}/items")
    assert {item["code"] for item in items if item["subject_id"] == listing["id"]} == {
        "drift_missing"
    }
    await service.run(channel_id, "sync_listings", params={"drift": "repair"})
    after = (await service.api.get(f"/v1/listings/{listing['id']}")).json()
    assert (after["health"], after["attention"]) == ("delisted", ["deleted_in_store"])


async def test_undo_and_drift_exclude_each_other(service: Service) -> None:
    channel_id = await imported(service)
    listing = (await service.all("/v1/listings"))[0]
    body = {
        "channel_id": channel_id,
        "integration": "sync_listings",
        "params": {"drift": "report", "undo_of": listing["id"]},
    }
    assert (await service.api.post("/v1/runs", json=body)).status_code == 422
