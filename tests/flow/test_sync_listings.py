"""From our products to the store: price, quantity and status."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.test_first_runs import in_store


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    """A store with products of all kinds."""
    return SandboxSettings(products=80, variants=240, orders=0, quota=100_000, retry_scale=0.01)


async def imported(service: Service) -> str:
    """A connected channel with its catalogue and products of ours."""
    channel_id = await service.connect()
    run = await service.run(channel_id, "import_listings")
    assert run["status"] == "succeeded", run
    await service.store.forget_requests()
    return channel_id


async def writes(service: Service) -> Counter[str]:
    """Requests by which something was changed since the log was emptied."""
    return Counter(
        f"{request['method']} {request['path'].partition('/v3')[2]}"
        for request in await service.store.requests()
        if request["method"] != "GET"
    )


async def put_products(service: Service, products: list[dict[str, Any]]) -> None:
    answer = await service.api.put("/v1/products", json={"products": products})
    assert answer.status_code == 200, answer.text
    assert answer.json()["failed"] == []


async def store_products(service: Service) -> dict[str, dict[str, Any]]:
    found = await in_store(service, "/v3/catalog/products", limit=250, include="variants")
    return {str(product["id"]): product for product in found["data"]}


async def assert_shown_is_stored(service: Service) -> None:
    """What the API shows of linked listings is what the store has, field by field."""
    products = await store_products(service)
    for listing in await service.all("/v1/listings"):
        product = products[listing["external_id"]]
        variants = {str(row["id"]): row for row in product["variants"]}
        assert listing["health"] == ("listed" if product["is_visible"] else "hidden")
        assert Decimal(listing["price"]) == Decimal(str(product["price"]))
        assert listing["quantity"] == product["inventory_level"]
        for ours in listing["variants"]:
            theirs = variants[ours["external_id"]]
            for name, field in (
                ("price", "price"),
                ("cost", "cost_price"),
                ("msrp", "retail_price"),
                ("map", "map_price"),
                ("sale_price", "sale_price"),
            ):
                value = product[field] if theirs[field] is None else theirs[field]
                assert Decimal(ours[name] or 0) == Decimal(str(value)), (listing["sku"], name)
            assert ours["quantity"] == theirs["inventory_level"], listing


def changed_product(product: dict[str, Any], number: int) -> dict[str, Any]:
    """The product with every price and quantity another one."""
    price = f"{number + 10}.25"
    body: dict[str, Any] = {"sku": product["sku"], "price": price, "msrp": f"{number + 50}.00"}
    if product["variants"]:
        body["variants"] = [
            {"sku": row["sku"], "price": f"{number + place + 10}.75", "quantity": number + place}
            for place, row in enumerate(product["variants"])
        ]
    else:
        body["quantity"] = number
    return body


async def test_nothing_changed_is_nothing_sent(service: Service) -> None:
    channel_id = await imported(service)
    run = await service.run(channel_id, "sync_listings")
    assert run["status"] == "succeeded", run
    assert await service.store.requests() == []
    assert run["counts"]["updated"] == run["counts"]["failed"] == 0
    items = await service.all(f"/v1/runs/{run['id']}/items")
    assert {item["code"] for item in items} <= {"variant_not_in_product"}
    assert run["progress"]["unit"] == "variant"
    assert run["counts"]["unchanged"] == run["progress"]["total"] - len(items) > 0


async def test_changed_products_reach_the_store_in_the_largest_batches(service: Service) -> None:
    channel_id = await imported(service)
    products = list(await service.all("/v1/products"))
    await put_products(
        service, [changed_product(row, number + 1) for number, row in enumerate(products)]
    )
    run = await service.run(channel_id, "sync_listings")
    assert run["status"] == "succeeded", run
    sent = await writes(service)
    assert sent["PUT /inventory/adjustments/absolute"] == 1
    assert sent["PUT /catalog/variants"] <= 6
    assert run["requests"]["made"] == run["requests"]["estimated"] == sum(sent.values()) + 1
    await assert_shown_is_stored(service)
    again = await service.run(channel_id, "sync_listings")
    assert again["counts"]["updated"] == 0
    assert again["requests"]["made"] == 0
    full = await service.run(channel_id, "import_listings", params={"full": True})
    assert full["counts"]["updated"] == 0, await service.all(f"/v1/runs/{full['id']}/items")


async def test_a_plan_is_carried_out_exactly_and_stale_parts_are_reported(
    service: Service,
) -> None:
    channel_id = await imported(service)
    products = await service.all("/v1/products")
    await put_products(
        service, [changed_product(row, number + 1) for number, row in enumerate(products)]
    )
    plan = await service.run(channel_id, "sync_listings", mode="dry_run")
    assert plan["status"] == "succeeded", plan
    assert await service.store.requests() == []
    items = await service.all(f"/v1/runs/{plan['id']}/items", outcome="updated")
    assert len(items) == plan["counts"]["updated"]
    assert all(item["changes"] for item in items)
    theirs, _ours, *rest = items
    # The store changes one of them, we change another.
    listing = (await service.api.get(f"/v1/listings/{theirs['subject_id']}")).json()
    changed = {"price": 3.21}
    await service.store.control.patch(
        f"/sandbox/products/{listing['external_id']}",
        json={
            "fields": changed,
            "variants": [
                {"id": int(row["external_id"]), "fields": changed} for row in listing["variants"]
            ],
        },
    )
    other = next(item for item in rest if item["subject_id"] != theirs["subject_id"])
    mine = (await service.api.get(f"/v1/listings/{other['subject_id']}")).json()
    await put_products(
        service,
        [
            {
                "sku": mine["product_sku"],
                "price": "777.00",
                "variants": [
                    {"sku": row["sku"], "price": "777.00"}
                    for row in mine["variants"]
                    if len(mine["variants"]) > 1
                ],
            }
        ],
    )
    answer = await service.api.post("/v1/runs", json={"plan_run_id": plan["id"]})
    run = await service.finish(answer.json()["id"])
    assert run["status"] == "succeeded", run
    done = await service.all(f"/v1/runs/{run['id']}/items")
    stale = {item["external_id"] for item in done if item["code"] == "plan_stale"}
    assert stale >= {theirs["external_id"], other["external_id"]}
    assert stale <= {row["external_id"] for one in (listing, mine) for row in one["variants"]}
    predicted = {item["external_id"]: item["changes"] for item in items}
    for item in done:
        if item["outcome"] == "updated":
            assert sorted(item["changes"], key=str) == sorted(
                predicted[item["external_id"]], key=str
            )
    assert len(done) == len(items)
    product = (await store_products(service))[listing["external_id"]]
    assert product["price"] == 3.21


async def test_chosen_items_of_a_plan_are_all_that_is_sent(service: Service) -> None:
    channel_id = await imported(service)
    products = await service.all("/v1/products")
    await put_products(
        service, [changed_product(row, number + 1) for number, row in enumerate(products)]
    )
    plan = await service.run(channel_id, "sync_listings", mode="dry_run")
    items = await service.all(f"/v1/runs/{plan['id']}/items", outcome="updated")
    chosen = items[::7]
    answer = await service.api.post(
        "/v1/runs",
        json={"plan_run_id": plan["id"], "item_ids": [item["id"] for item in chosen]},
    )
    run = await service.finish(answer.json()["id"])
    assert run["counts"]["updated"] == len(chosen), run
    left = await service.run(channel_id, "sync_listings", mode="dry_run")
    assert left["counts"]["updated"] == len(items) - len(chosen)


async def test_a_poisoned_item_fails_alone(service: Service) -> None:
    channel_id = await imported(service)
    products = await service.all("/v1/products")
    await put_products(
        service, [changed_product(row, number + 1) for number, row in enumerate(products)]
    )
    listings = await service.all("/v1/listings", linked="true")
    gone = next(row for row in listings if len(row["variants"]) == 1 and row["quantity"])
    await service.store.control.delete(f"/sandbox/products/{gone['external_id']}")
    run = await service.run(channel_id, "sync_listings")
    assert run["status"] == "completed_with_errors", run
    assert run["counts"]["failed"] == 1
    (item,) = await service.all(f"/v1/runs/{run['id']}/items", outcome="failed")
    assert item["external_id"] == gone["variants"][0]["external_id"]
    assert item["subject_id"] == gone["id"]
    assert item["code"] in {"not_found", "not_in_store"}
    assert item["field"].startswith("bigcommerce_variant.")
    assert item["message"]
    stored = await store_products(service)
    for listing in await service.all("/v1/listings", linked="true"):
        if listing["id"] == gone["id"]:
            continue
        for ours in listing["variants"]:
            product = stored[listing["external_id"]]
            theirs = next(r for r in product["variants"] if str(r["id"]) == ours["external_id"])
            price = product["price"] if theirs["price"] is None else theirs["price"]
            assert Decimal(ours["price"]) == Decimal(str(price))
    retried = await service.api.post(f"/v1/runs/{run['id']}/retry")
    again = await service.finish(retried.json()["id"])
    assert again["counts"]["failed"] == 1


async def test_lost_answers_and_failing_requests_are_no_harm(service: Service) -> None:
    channel_id = await imported(service)
    products = await service.all("/v1/products")
    await put_products(
        service, [changed_product(row, number + 1) for number, row in enumerate(products)]
    )
    faults = [
        {"effect": "drop_response", "method": "PUT", "path": "/v3/", "every": 3},
        {"effect": "status", "status": 503, "method": "PUT", "path": "/v3/", "skip": 4, "count": 1},
    ]
    assert (await service.store.control.post("/sandbox/faults", json=faults)).is_success
    run = await service.run(channel_id, "sync_listings")
    assert run["counts"]["failed"] == 0, run
    assert run["status"] == "succeeded"
    await service.store.control.delete("/sandbox/faults")
    await assert_shown_is_stored(service)
