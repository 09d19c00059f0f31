"""What only the seller knows of a product reaches the store by the template, variant by variant."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service

GIVEN: dict[str, Any] = {
    "asin": "B01ABC123",
    "dimensional_weight": "0.5",
    "estimated_dropship_fee": "2.00",
    "estimated_shipping_cost": "5.50",
}
MAPPED = {
    "bigcommerce_variant.asin": "listing_variant.asin",
    "bigcommerce_variant.dimensional_weight": "listing_variant.dimensional_weight",
    "bigcommerce_variant.dropship_fee": "listing_variant.estimated_dropship_fee",
    "bigcommerce_variant.shipping_cost": "listing_variant.estimated_shipping_cost",
    "bigcommerce_variant.description": "listing_variant.description",
    "bigcommerce_variant.custom_fields": "listing_variant.custom_field",
}


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=3, orders=0, quota=100_000)


async def _publish(service: Service, product: dict[str, Any]) -> dict[str, Any]:
    """Publish a product by a template with the seller's fields; returns the store's product."""
    channel_id = await service.connect()
    default = (await service.all("/v1/templates", integration="publish_listings"))[0]["mappings"]
    added = {target: {"kind": "field", "source": source} for target, source in MAPPED.items()}
    body = {
        "name": "Everything",
        "integration": "publish_listings",
        "mappings": {**default, **added},
    }
    template = await service.api.post("/v1/templates", json=body)
    assert template.status_code == 201, template.text
    address = f"/v1/channels/{channel_id}/integrations/publish_listings"
    patch = {"template_id": template.json()["id"]}
    assert (await service.api.patch(address, json=patch)).status_code == 200
    put = await service.api.put("/v1/products", json={"products": [product]})
    assert put.json()["failed"] == []
    build = {"channel_id": channel_id, "product_skus": [product["sku"]]}
    assert (await service.api.post("/v1/listings/build", json=build)).json()["created"] == 1
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["created"] == 1, run
    return await _by_name(service, product["title"])


async def _by_name(service: Service, name: str) -> dict[str, Any]:
    """A product of the store with its variants and their metafields."""
    state = await service.store.state()
    async with httpx.AsyncClient(
        base_url=f"{service.store.url}/stores/{state['store_hash']}/v3",
        headers={"X-Auth-Token": state["access_token"], "Accept": "application/json"},
    ) as store:
        query = {"include": "variants,custom_fields", "name": name}
        (theirs,) = (await store.get("/catalog/products", params=query)).json()["data"]
        for variant in theirs["variants"]:
            path = f"/catalog/products/{theirs['id']}/variants/{variant['id']}/metafields"
            rows = (await store.get(path)).json()["data"]
            variant["metafields"] = {row["key"]: row["value"] for row in rows}
        result: dict[str, Any] = theirs
        return result


async def test_fields_without_a_place_in_the_store_become_metafields(service: Service) -> None:
    product = {
        "sku": "TOY",
        "title": "Toy of many fields",
        "price": "20.00",
        "weight": "1",
        **GIVEN,
        "variants": [
            {
                "sku": "TOY-S",
                "title": "Small toy",
                "description": "Small blue toy",
                "options": {"Size": "S"},
                "custom_fields": [{"name": "Size", "value": "Small"}],
            },
            {
                "sku": "TOY-L",
                "options": {"Size": "L"},
                "asin": "B02OTHER",
                "estimated_dropship_fee": "3.25",
            },
        ],
    }
    theirs = await _publish(service, product)
    small, large = sorted(theirs["variants"], key=lambda row: row["sku"], reverse=True)
    assert (small["sku"], large["sku"]) == ("TOY-S", "TOY-L")
    assert small["metafields"]["asin"] == "B01ABC123"
    assert small["metafields"]["description"] == "Small blue toy"
    assert large["metafields"]["asin"] == "B02OTHER"
    assert Decimal(small["metafields"]["dropship_fee"]) == Decimal("2")
    assert Decimal(large["metafields"]["dropship_fee"]) == Decimal("3.25")
    assert Decimal(large["metafields"]["shipping_cost"]) == Decimal("5.5")
    assert "dimensional_weight" in small["metafields"]
    assert {"name": "Size", "value": "Small"} in [
        {"name": row["name"], "value": row["value"]} for row in theirs["custom_fields"]
    ]

    (shown,) = (await service.api.get("/v1/products", params={"sku": "TOY"})).json()["data"]
    assert {name: shown[name] for name in GIVEN} == {**GIVEN}
    variants = {row["sku"]: row for row in shown["variants"]}
    assert variants["TOY-S"]["title"] == "Small toy"
    assert variants["TOY-S"]["custom_fields"] == [{"name": "Size", "value": "Small"}]
    assert variants["TOY-L"]["title"] is None
    cleared = {"sku": "TOY", "asin": None, "variants": [{"sku": "TOY-S", "title": None}]}
    await service.api.put("/v1/products", json={"products": [cleared]})
    (shown,) = (await service.api.get("/v1/products", params={"sku": "TOY"})).json()["data"]
    assert shown["asin"] is None
    assert {row["title"] for row in shown["variants"]} == {None}


async def test_they_come_as_columns_of_a_file_too(service: Service) -> None:
    lines = [
        "sku,parent_sku,title,price,asin,estimated_dropship_fee,option:Size,custom_field:Cut",
        "TOY,,Toy,20,B01,2.5,,Slim",
        "TOY-S,TOY,Small toy,,B02,,S,Wide",
    ]
    answer = await service.api.post(
        "/v1/products/csv", content="\r\n".join(lines), headers={"Content-Type": "text/csv"}
    )
    assert answer.json()["created"] == 2, answer.text
    (shown,) = (await service.api.get("/v1/products", params={"sku": "TOY"})).json()["data"]
    (small,) = shown["variants"]
    assert (shown["asin"], shown["estimated_dropship_fee"]) == ("B01", "2.5")
    assert (small["asin"], small["title"]) == ("B02", "Small toy")
    assert small["custom_fields"] == [{"name": "Cut", "value": "Wide"}]


async def test_a_first_publication_already_goes_by_the_rules(service: Service) -> None:
    channel_id = await service.connect()
    rules = {
        "pricing": {"base": {"kind": "markup", "on": "cost", "percent": 50}},
        "quantity": {"buffer": 2},
    }
    for kind, definition in rules.items():
        body = {"channel_id": channel_id, "kind": kind, "name": kind, "definition": definition}
        assert (await service.api.post("/v1/rules", json=body)).status_code == 201
    simple = {"sku": "ONE", "title": "One", "price": "20", "cost": "10", "quantity": 9}
    choices = [
        {"sku": "TWO-S", "options": {"Size": "S"}, "quantity": 9},
        {"sku": "TWO-L", "options": {"Size": "L"}, "quantity": 1, "cost": "30"},
    ]
    several = {"sku": "TWO", "title": "Two", "price": "20", "cost": "10", "variants": choices}
    products = [{**row, "weight": "1"} for row in (simple, several)]
    await service.api.put("/v1/products", json={"products": products})
    build = {"channel_id": channel_id, "product_skus": ["ONE", "TWO"]}
    await service.api.post("/v1/listings/build", json=build)
    plan = await service.run(channel_id, "publish_listings", mode="dry_run")
    reasons = [row["message"] for row in await service.all(f"/v1/runs/{plan['id']}/items")]
    assert all("Rule “pricing”" in reason and "Rule “quantity”" in reason for reason in reasons)
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["created"] == 2, run
    one, two = await _by_name(service, "One"), await _by_name(service, "Two")
    assert (one["price"], one["inventory_level"]) == (15, 7)
    found = {
        row["sku"]: (row["price"] or two["price"], row["inventory_level"])
        for row in two["variants"]
    }
    assert found == {"TWO-S": (15, 7), "TWO-L": (45, 0)}
    again = await service.run(channel_id, "sync_listings")
    assert again["counts"]["updated"] == 0, again
    await service.api.put("/v1/products", json={"products": [{"sku": "ONE", "cost": "20"}]})
    plan = await service.run(channel_id, "sync_listings", mode="dry_run")
    (item,) = [
        row
        for row in await service.all(f"/v1/runs/{plan['id']}/items")
        if row["outcome"] == "updated"
    ]
    assert "Rule “pricing”" in item["message"]
    assert "bigcommerce_variant.price" in {change["field"] for change in item["changes"]}
