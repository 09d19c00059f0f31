"""Stock that becomes known after its product was published."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.publishing import items, products_in_store


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=1, orders=0, quota=100_000, retry_scale=0.01)


async def put(service: Service, **values: Any) -> None:
    answer = await service.api.put("/v1/products", json={"products": [values]})
    assert answer.json()["failed"] == [], answer.text


async def published(service: Service, channel_id: str, **values: Any) -> str:
    """The listing of a product that was published without stock."""
    await put(service, title=f"Toy {values['sku']}", price=5, weight=1, **values)
    body = {"channel_id": channel_id, "product_skus": [values["sku"]]}
    answer = (await service.api.post("/v1/listings/build", json=body)).json()
    (listing_id,) = answer["listing_ids"]
    run = await service.run(channel_id, "publish_listings", params={"listing_ids": [listing_id]})
    assert run["counts"]["created"] == 1, await items(service, run)
    return str(listing_id)


async def stock(service: Service, sku: str) -> tuple[str, list[int]]:
    row = next(row for row in await products_in_store(service) if row["name"] == f"Toy {sku}")
    return row["inventory_tracking"], [one["inventory_level"] for one in row["variants"]]


async def sync(service: Service, channel_id: str, listing_id: str, **more: Any) -> dict[str, Any]:
    return await service.run(
        channel_id, "sync_listings", params={"listing_ids": [listing_id]}, **more
    )


@pytest.mark.parametrize("level", [4, 0])
async def test_the_first_known_level_is_counted(service: Service, level: int) -> None:
    channel_id = await service.connect()
    listing_id = await published(service, channel_id, sku="A")
    assert (await stock(service, "A"))[0] == "none"
    assert (await sync(service, channel_id, listing_id))["counts"]["updated"] == 0
    await service.api.put("/v1/stock", json={"levels": [{"sku": "A", "quantity": level}]})
    plan = await sync(service, channel_id, listing_id, mode="dry_run")
    (item,) = await items(service, plan)
    assert {row["field"]: row["to"] for row in item["changes"]} == {
        "bigcommerce_variant.inventory_level": level,
        "bigcommerce_product.inventory_tracking": "product",
    }
    assert (await sync(service, channel_id, listing_id))["counts"]["updated"] == 1
    assert await stock(service, "A") == ("product", [level])
    await service.store.forget_requests()
    assert (await sync(service, channel_id, listing_id))["counts"]["unchanged"] == 1
    assert [row for row in await service.store.requests() if row["method"] != "GET"] == []
    await put(service, sku="A", quantity=2)
    await sync(service, channel_id, listing_id)
    # Levels of all warehouses count together; both calls wrote the default one.
    assert await stock(service, "A") == ("product", [2])


async def test_variants_are_counted_one_by_one(service: Service) -> None:
    channel_id = await service.connect()
    sizes = [{"sku": f"B-{size}", "options": {"Size": size}} for size in "SML"]
    listing_id = await published(service, channel_id, sku="B", variants=sizes)
    assert (await stock(service, "B"))[0] == "none"
    levels = [{"sku": row["sku"], "quantity": 3 + place} for place, row in enumerate(sizes)]
    await service.api.put("/v1/stock", json={"levels": levels})
    run = await sync(service, channel_id, listing_id)
    assert run["counts"]["updated"] == 3, await items(service, run)
    assert await stock(service, "B") == ("variant", [3, 4, 5])
    assert (await sync(service, channel_id, listing_id))["counts"]["unchanged"] == 3


async def test_counting_can_be_taken_back(service: Service) -> None:
    channel_id = await service.connect()
    listing_id = await published(service, channel_id, sku="C")
    await put(service, sku="C", quantity=4)
    run = await sync(service, channel_id, listing_id)
    assert (await stock(service, "C"))[0] == "product"
    answer = await service.api.post(f"/v1/runs/{run['id']}/undo")
    undo = await service.finish(answer.json()["id"])
    assert undo["status"] == "succeeded", await items(service, undo)
    assert (await stock(service, "C"))[0] == "none"


async def test_what_the_store_does_not_count_stays_so(service: Service) -> None:
    channel_id = await service.connect()
    made = await service.store.control.post(
        "/sandbox/products",
        json={"name": "Toy D", "sku": "D", "price": 5, "weight": 1, "inventory_tracking": "none"},
    )
    assert made.status_code == 200, made.text
    await service.run(channel_id, "import_listings")
    await put(service, sku="D", quantity=4)
    (listing,) = await service.all("/v1/listings", sku="D")
    run = await sync(service, channel_id, listing["id"])
    assert run["counts"]["skipped"] == 1
    assert {row["code"] for row in await items(service, run)} == {"untracked"}
    assert (await stock(service, "D"))[0] == "none"
