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
    products = [row for row in await service.all("/v1/products")]
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
