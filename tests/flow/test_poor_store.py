"""A store that does not offer an endpoint, however it says so, is worked with all the same."""

from __future__ import annotations

import pytest

from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=6, orders=0, quota=100_000, retry_scale=0.01)


@pytest.mark.parametrize("status", [404, 405, 422])
async def test_without_category_trees_and_places(service: Service, status: int) -> None:
    faults = [
        {"effect": "status", "path": path, "status": status}
        for path in ("^/v3/catalog/trees", "^/v3/inventory/locations$")
    ]
    assert (await service.store.control.post("/sandbox/faults", json=faults)).is_success
    channel_id = await service.connect()
    product = {
        "sku": "TOY",
        "title": "Toy of a poor store",
        "price": "20",
        "weight": "1",
        "quantity": 4,
        "categories": [["Toys", "Wooden"]],
    }
    await service.api.put("/v1/products", json={"products": [product]})
    build = {"channel_id": channel_id, "product_skus": ["TOY"]}
    await service.api.post("/v1/listings/build", json=build)
    run = await service.run(channel_id, "publish_listings")
    assert (run["status"], run["counts"]["created"]) == ("succeeded", 1), run
    await service.api.put("/v1/stock", json={"levels": [{"sku": "TOY", "quantity": 9}]})
    run = await service.run(channel_id, "sync_listings")
    assert (run["status"], run["counts"]["updated"]) == ("succeeded", 1), run
    run = await service.run(channel_id, "import_listings", params={"full": True})
    assert run["status"] == "succeeded", run
    (listing,) = await service.all("/v1/listings", sku="TOY")
    assert listing["categories"] == [["Toys", "Wooden"]]
    assert listing["variants"][0]["quantity"] == 9
