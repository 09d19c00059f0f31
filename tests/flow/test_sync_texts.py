"""Custom fields, metafields, availability, and stores with several stock places."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.test_first_runs import in_store
from tests.flow.test_sync_listings import imported, put_products, store_products, writes
from tests.flow.test_sync_status import one_in_stock


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    """A small store."""
    return SandboxSettings(products=30, variants=80, orders=0, quota=100_000, retry_scale=0.01)


async def template(service: Service, channel_id: str, **more: dict[str, Any]) -> None:
    """A template with further targets beside the usual ones."""
    usual = next(
        row for row in await service.all("/v1/templates") if row["integration"] == "sync_listings"
    )
    mappings = {**usual["mappings"], **{f"bigcommerce_variant.{k}": v for k, v in more.items()}}
    body = {
        "name": f"With {', '.join(more)} {len(mappings)}",
        "integration": "sync_listings",
        "mappings": mappings,
    }
    made = await service.api.post("/v1/templates", json=body)
    assert made.status_code == 201, made.text
    answer = await service.api.patch(
        f"/v1/channels/{channel_id}/integrations/sync_listings",
        json={"template_id": made.json()["id"]},
    )
    assert answer.status_code == 200, answer.text


def value(text: str) -> dict[str, Any]:
    return {"kind": "value", "value": text}


async def sync(service: Service, channel_id: str, listing: dict[str, Any]) -> dict[str, Any]:
    run = await service.run(channel_id, "sync_listings", params={"listing_ids": [listing["id"]]})
    assert run["status"] == "succeeded", await service.all(f"/v1/runs/{run['id']}/items")
    return run


async def metafields(service: Service) -> dict[tuple[int, str, str], str]:
    found = await in_store(service, "/v3/catalog/variants/metafields", limit=250)
    return {
        (row["resource_id"], row["namespace"], row["key"]): row["value"] for row in found["data"]
    }


async def custom_fields(service: Service, listing: dict[str, Any]) -> list[tuple[str, str]]:
    found = await in_store(
        service, f"/v3/catalog/products/{listing['external_id']}", include="custom_fields"
    )
    return [(row["name"], row["value"]) for row in found["data"]["custom_fields"]]


async def test_fees_become_metafields_that_are_added_once(service: Service) -> None:
    channel_id = await imported(service)
    listing = await one_in_stock(service, options=True)
    ids = [int(row["external_id"]) for row in listing["variants"]]
    await template(service, channel_id, dropship_fee=value("2.00"), shipping_cost=value("5.5"))
    await service.store.control.post(
        "/sandbox/faults",
        json={"effect": "drop_response", "method": "POST", "path": "metafields", "count": 1},
    )
    run = await sync(service, channel_id, listing)
    assert run["counts"]["updated"] == len(ids)
    expected = {(one, "quayside", "dropship_fee"): Decimal(2) for one in ids}
    expected |= {(one, "quayside", "shipping_cost"): Decimal("5.5") for one in ids}
    found = await in_store(service, "/v3/catalog/variants/metafields", limit=250)
    mine = [row for row in found["data"] if row["namespace"] == "quayside"]
    assert len(mine) == len(expected)
    there = await metafields(service)
    assert {place: Decimal(text) for place, text in there.items()} == expected
    await service.store.forget_requests()
    again = await sync(service, channel_id, listing)
    assert again["counts"]["updated"] == 0
    assert await writes(service) == {}
    await template(service, channel_id, dropship_fee=value("3.25"))
    await sync(service, channel_id, listing)
    assert (await metafields(service))[ids[0], "quayside", "dropship_fee"] == "3.25"


async def test_custom_fields_are_changed_and_never_doubled(service: Service) -> None:
    channel_id = await imported(service)
    listing = next(
        row
        for row in await service.all("/v1/listings", linked="true")
        if any(one["name"] == "Material" for one in row["custom_fields"])
    )
    before = await custom_fields(service, listing)
    await template(
        service,
        channel_id,
        **{"custom_field:Material": value("Glass"), "custom_field:Offer": value("Special")},
    )
    await service.store.control.post(
        "/sandbox/faults",
        json={"effect": "drop_response", "method": "PUT", "path": "/products$", "count": 1},
    )
    await sync(service, channel_id, listing)
    expected = {**dict(before), "Material": "Glass", "Offer": "Special"}
    assert sorted(await custom_fields(service, listing)) == sorted(expected.items())
    after = (await service.api.get(f"/v1/listings/{listing['id']}")).json()
    assert {one["name"]: one["value"] for one in after["custom_fields"]} == expected
    await service.store.forget_requests()
    assert (await sync(service, channel_id, listing))["counts"]["updated"] == 0
    assert await writes(service) == {}


async def test_the_availability_reaches_the_store(service: Service) -> None:
    channel_id = await imported(service)
    listing = await one_in_stock(service, options=False)
    await template(service, channel_id, availability_description=value("Ships tomorrow"))
    await sync(service, channel_id, listing)
    product = (await store_products(service))[listing["external_id"]]
    assert product["availability_description"] == "Ships tomorrow"
    again = await sync(service, channel_id, listing)
    assert again["counts"]["updated"] == 0


async def test_other_stock_places_are_counted_in(service: Service) -> None:
    channel_id = await imported(service)
    listing = await one_in_stock(service, options=False)
    added = await service.store.control.patch("/sandbox/store", json={"add_location": "North"})
    assert added.is_success, added.text
    places = (await in_store(service, "/v3/inventory/locations"))["data"]
    north = next(place["id"] for place in places if place["id"] != 1)
    item = {
        "location_id": north,
        "product_id": int(listing["external_id"]),
        "quantity": 4,
    }
    settings = service.store.settings
    moved = await service.store.control.put(
        f"/stores/{settings.store_hash}/v3/inventory/adjustments/absolute",
        json={"reason": "count", "items": [item]},
        headers={"X-Auth-Token": settings.token()},
    )
    assert moved.is_success, moved.text
    for wanted, shown, code in ((30, 30, None), (3, 4, "other_locations_hold_more")):
        await put_products(service, [{"sku": listing["product_sku"], "quantity": wanted}])
        run = await sync(service, channel_id, listing)
        (done,) = await service.all(f"/v1/runs/{run['id']}/items")
        assert done["code"] == code
        product = (await store_products(service))[listing["external_id"]]
        assert product["inventory_level"] == shown
        after = (await service.api.get(f"/v1/listings/{listing['id']}")).json()
        assert after["quantity"] == shown
