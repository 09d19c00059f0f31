"""Edits of every kind in a store of every kind of product: all found, all taken back, no other."""

from __future__ import annotations

import pytest

from benchmarks.drift_edits import Edit, Edits, make_edits
from benchmarks.drift_goods import make_products, stored
from benchmarks.drifting import BOUND, drift
from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    """An empty store."""
    return SandboxSettings(products=0, orders=0, quota=100_000, retry_scale=0.01)


@pytest.mark.parametrize("seed", [3, 11])
async def test_every_edit_is_found_and_taken_back_and_no_other(service: Service, seed: int) -> None:
    report = await drift(service, service.store.control, groups=3, edits_of_a_kind=15, seed=seed)
    print(report)
    assert report.status == "succeeded"
    assert set(report.edits) == {
        "variant price",
        "product price",
        "stock",
        "visibility",
        "availability",
        "content",
    }
    assert min(report.edits.values()) > 10
    assert report.expected > 80
    assert report.wrong() == {}
    assert sum(report.requests.values()) <= BOUND


async def test_stock_that_nobody_counts_is_no_drift(service: Service) -> None:
    control = service.store.control
    (product_id,) = [
        product_id
        for product_id in await make_products(control, groups=1)
        if (await stored(control, [product_id]))[product_id]["inventory_tracking"] == "none"
    ]
    channel_id = await service.connect()
    await service.run(channel_id, "import_listings")
    product = (await stored(control, [product_id]))[product_id]
    level = {product["variants"][0]["id"]: {"inventory_level": 3}}
    await make_edits(control, Edits({product_id: Edit(variants=level)}))
    assert await stored(control, [product_id]) != {product_id: product}
    run = await service.run(channel_id, "sync_listings", params={"drift": "repair"})
    assert (run["counts"]["unchanged"], run["counts"]["updated"]) == (100, 0), run
    assert await service.all(f"/v1/runs/{run['id']}/items") == []
