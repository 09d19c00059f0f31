"""Metafields and channels follow a creation in batches, and nothing is made twice."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.publishing import (
    add_listings,
    behave,
    faults,
    in_store,
    items,
    products_in_store,
    settings,
    toy,
    use_template,
)

MORE = {
    "bigcommerce_product.metafield:specs.maker": {"kind": "field", "source": "listing.brand"},
    "bigcommerce_variant.asin": {"kind": "field", "source": "listing_variant.sku"},
    "bigcommerce_variant.dropship_fee": {"kind": "value", "value": "2.50"},
}


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(
        products=3, orders=0, quota=100_000, retry_scale=0.01, multi_storefront=True
    )


async def metafields(service: Service, owner: str) -> list[dict[str, Any]]:
    answer = await in_store(service, f"/v3/catalog/{owner}/metafields", limit=250)
    found: list[dict[str, Any]] = answer["data"]
    return [row for row in found if row["namespace"] in {"specs", "quayside"}]


async def check(service: Service, number: int, maker: str) -> None:
    """Each product and variant has its metafields once, and the storefront sells them."""
    of_products = await metafields(service, "products")
    assert Counter((row["key"], row["value"]) for row in of_products) == {("maker", maker): number}
    of_variants = await metafields(service, "variants")
    assert Counter(row["key"] for row in of_variants) == {
        "asin": number * 2,
        "dropship_fee": number * 2,
    }
    secret = {row["permission_set"] for row in of_variants if row["key"] == "dropship_fee"}
    assert secret == {"app_only"}
    toys = {r["id"] for r in await products_in_store(service) if r["sku"].startswith("TOY-")}
    assert len(toys) == number
    assigned = await in_store(service, "/v3/catalog/products/channel-assignments", limit=250)
    assert toys <= {row["product_id"] for row in assigned["data"] if row["channel_id"] == 1}


async def test_metafields_and_channels_go_in_batches(service: Service) -> None:
    channel_id = await service.connect()
    await use_template(service, channel_id, **MORE)
    await add_listings(service, channel_id, *(toy(n, sizes=("S", "M")) for n in range(30)))
    await service.store.forget_requests()
    run = await service.run(channel_id, "publish_listings")
    assert (run["status"], run["counts"]["created"]) == ("succeeded", 30)
    sent = Counter(
        f"{row['method']} {row['endpoint']}"
        for row in await service.store.requests()
        if row["method"] != "GET"
    )
    assert sent["POST /v3/catalog/products/metafields"] == 1
    assert sent["POST /v3/catalog/variants/metafields"] == 3
    assert sent["PUT /v3/catalog/products/channel-assignments"] == 1
    await check(service, 30, "Acme")
    async with service.resources.unit_of_work() as uow:
        states = await uow.session.execute(text("SELECT DISTINCT status FROM listing_publications"))
        assert [row[0] for row in states] == ["done"]


async def test_lost_answers_make_no_metafield_twice(service: Service) -> None:
    channel_id = await service.connect()
    await use_template(service, channel_id, **MORE)
    await add_listings(service, channel_id, *(toy(n, sizes=("S", "M")) for n in range(6)))
    await faults(service, {"effect": "drop_response", "method": "POST", "path": "/catalog/"})
    run = await service.run(channel_id, "publish_listings")
    await behave(service)
    assert (run["status"], run["counts"]["created"]) == ("succeeded", 6)
    await check(service, 6, "Acme")


async def test_every_tenth_request_failing_leaves_nothing_out(service: Service) -> None:
    channel_id = await service.connect()
    await use_template(service, channel_id, **MORE)
    await add_listings(service, channel_id, *(toy(n, sizes=("S", "M")) for n in range(12)))
    await faults(service, {"effect": "status", "status": 500, "every": 10})
    run = await service.run(channel_id, "publish_listings")
    await behave(service)
    assert (run["status"], run["counts"]["created"]) == ("succeeded", 12)
    await check(service, 12, "Acme")


async def test_changed_metafields_are_changed_in_place(service: Service) -> None:
    channel_id = await service.connect()
    await use_template(service, channel_id, **MORE)
    ids = await add_listings(service, channel_id, *(toy(n, sizes=("S", "M")) for n in range(3)))
    await service.run(channel_id, "publish_listings")
    await settings(service, channel_id, overwrite=True)
    for listing_id in ids:
        await service.api.patch(f"/v1/listings/{listing_id}", json={"brand": "Other"})
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["updated"] == 3
    await check(service, 3, "Other")
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["unchanged"] == 3, await items(service, run)


async def test_prices_and_stock_follow_the_product_through_the_rules(service: Service) -> None:
    channel_id = await service.connect()
    await service.api.put(
        "/v1/products",
        json={
            "products": [
                {
                    "sku": "TOY-1",
                    "title": "Toy 1",
                    "price": "10",
                    "weight": "1",
                    "variants": [
                        {"sku": "TOY-1-S", "options": {"Size": "S"}, "quantity": 7},
                        {"sku": "TOY-1-M", "options": {"Size": "M"}, "price": "12", "quantity": 9},
                    ],
                }
            ]
        },
    )
    product = (await service.api.get("/v1/products")).json()["data"][0]
    rule = {
        "channel_id": channel_id,
        "name": "Markup",
        "kind": "pricing",
        "definition": {
            "field": "list_price",
            "base": {"kind": "markup", "on": "list_price", "percent": 50},
        },
    }
    answer = await service.api.post("/v1/rules", json=rule)
    assert answer.status_code == 201, answer.text
    content = toy(1, sizes=("S", "M"), link_status="linked", product_id=product["id"])
    await add_listings(service, channel_id, content)
    run = await service.run(channel_id, "publish_listings")
    assert run["status"] == "succeeded", await items(service, run)
    found = next(row for row in await products_in_store(service) if row["sku"] == "TOY-1")
    assert found["price"] == 15
    prices = {row["sku"]: row["price"] for row in found["variants"]}
    assert prices == {"TOY-1-S": None, "TOY-1-M": 18}
    levels = {row["sku"]: row["inventory_level"] for row in found["variants"]}
    assert levels == {"TOY-1-S": 7, "TOY-1-M": 9}
    assert found["inventory_tracking"] == "variant"
    listing = (await service.all("/v1/listings", sku="TOY-1"))[0]
    assert [Decimal(row["price"]) for row in listing["variants"]] == [15, 18]
