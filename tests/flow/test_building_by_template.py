"""From products to the store by templates: built, published, linked by nature, kept in step."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.mapping.defaults import default_mappings
from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.publishing import in_store, items, products_in_store

TOY: dict[str, Any] = {
    "sku": "TOY",
    "title": "Toy",
    "brand": "Acme",
    "price": "20.00",
    "weight": "0.5",
    "attributes": [{"name": "Age", "value": "3+"}],
    "variants": [
        {"sku": "TOY-BLUE", "options": {"Color": "Blue"}, "quantity": 5},
        {"sku": "TOY-RED", "options": {"Color": "Red"}, "price": "21.00", "quantity": 7},
    ],
}


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=3, orders=0, quota=100_000, retry_scale=0.01)


def prefixed(source: str) -> dict[str, Any]:
    return {"kind": "field", "source": source, "steps": [{"do": "prefix", "value": "QS-"}]}


async def test_listings_built_by_a_template_are_published_and_follow_their_product(
    service: Service,
) -> None:
    channel_id = await service.connect()
    await service.api.put(
        "/v1/products",
        json={
            "products": [
                TOY,
                {"sku": "CUP", "title": "Cup", "price": "3.00", "weight": "0.2", "quantity": 4},
            ]
        },
    )
    mappings = {
        **default_mappings("build_listings"),
        "listing.sku": prefixed("product.sku"),
        "listing_variant.sku": prefixed("product_variant.sku"),
        "listing.brand": {"kind": "value", "value": "House brand"},
        "listing.attributes": {"kind": "empty"},
    }
    body = {"name": "House", "integration": "build_listings", "mappings": mappings}
    template = (await service.api.post("/v1/templates", json=body)).json()
    body = {
        "channel_id": channel_id,
        "product_skus": ["TOY", "CUP"],
        "template_id": template["id"],
    }
    built = (await service.api.post("/v1/listings/build", json=body)).json()
    assert (built["created"], built["failed"]) == (2, [])
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["created"] == 2, await items(service, run)
    there = {row["sku"]: row for row in await products_in_store(service)}
    toy = there["QS-TOY"]
    metafields = await in_store(service, f"/v3/catalog/products/{toy['id']}/metafields")
    told = (metafields["data"], toy["custom_fields"])
    assert told == ([], []), "the template clears attributes, whatever the product says"
    assert {row["sku"]: row["inventory_level"] for row in toy["variants"]} == {
        "QS-TOY-BLUE": 5,
        "QS-TOY-RED": 7,
    }
    assert there["QS-CUP"]["inventory_level"] == 4
    assert [row["sku"] for row in there["QS-CUP"]["variants"]] == ["QS-CUP"]

    await service.api.put(
        "/v1/products",
        json={"products": [{"sku": "TOY", "price": "25.00"}, {"sku": "CUP", "price": "4.00"}]},
    )
    await service.api.put(
        "/v1/stock",
        json={
            "levels": [
                {"sku": "TOY-BLUE", "quantity": 2},
                {"sku": "TOY-RED", "quantity": 0},
                {"sku": "CUP", "quantity": 9},
            ]
        },
    )
    run = await service.run(channel_id, "sync_listings")
    assert run["status"] == "succeeded", await items(service, run)
    there = {row["sku"]: row for row in await products_in_store(service)}
    levels = {row["sku"]: row["inventory_level"] for row in there["QS-TOY"]["variants"]}
    assert levels == {"QS-TOY-BLUE": 2, "QS-TOY-RED": 0}
    prices = {
        row["sku"]: Decimal(str(row["price"] or there["QS-TOY"]["price"]))
        for row in there["QS-TOY"]["variants"]
    }
    assert prices == {"QS-TOY-BLUE": Decimal(25), "QS-TOY-RED": Decimal(21)}
    assert there["QS-CUP"]["inventory_level"] == 9
    assert Decimal(str(there["QS-CUP"]["price"])) == Decimal(4)

    built = (await service.api.post("/v1/listings/build", json=body)).json()
    assert (built["updated"], built["unchanged"]) == (0, 2), "nothing has changed but numbers"
