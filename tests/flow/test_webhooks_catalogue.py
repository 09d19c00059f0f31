"""Changes of products, and of the store as a whole, by webhooks."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.inbox import events, settle


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=12, orders=2, quota=100_000, retry_scale=0.002)


async def listings(service: Service) -> dict[str, dict[str, Any]]:
    return {row["external_id"]: row for row in await service.all("/v1/listings")}


async def test_products_follow_the_store(service: Service, shop: str) -> None:
    await service.run(shop, "import_listings")
    before = await listings(service)
    changed, hidden, gone = sorted(before, key=int)[:3]
    control = service.store.control
    await service.store.forget_requests()
    patch = {"fields": {"name": "Brass harbour lamp"}}
    assert (await control.patch(f"/sandbox/products/{changed}", json=patch)).status_code == 200
    await control.patch(f"/sandbox/products/{hidden}", json={"fields": {"is_visible": False}})
    await control.delete(f"/sandbox/products/{gone}")
    made = (await control.post("/sandbox/products", json={"name": "Anchor", "price": 5})).json()
    await settle(service)
    after = await listings(service)
    assert after[changed]["title"] == "Brass harbour lamp"
    assert after[hidden]["health"] == "hidden"
    assert after[gone]["health"] == "delisted"
    assert after[gone]["attention"] == ["deleted_in_store"]
    assert after[str(made["id"])]["title"] == "Anchor"
    assert len(await service.store.requests()) <= 4
    touched = [row["touched"] for row in await events(service) if row["touched"]]
    assert {item["entity"] for rows in touched for item in rows} == {"listing"}


async def test_nothing_is_listed_before_the_first_import(service: Service, shop: str) -> None:
    await service.store.control.post("/sandbox/products", json={"name": "Anchor", "price": 5})
    await settle(service)
    assert await listings(service) == {}
    assert {row["code"] for row in await events(service)} == {"not_imported_yet"}


async def test_new_units_of_the_store_are_known(service: Service, shop: str) -> None:
    await service.store.control.patch("/sandbox/store", json={"weight_units": "Kilograms"})
    await settle(service)
    (row,) = (await service.api.get("/v1/connections")).json()["data"]
    tested = (await service.api.post(f"/v1/connections/{row['id']}/test")).json()
    assert tested["store"]["weight_units"] == "kg"
    assert [item["status"] for item in await events(service)] == ["processed"]


async def test_a_cancelled_store_is_let_go(service: Service, shop: str) -> None:
    body = {"scope": "store/app/uninstalled", "data": {"type": "store"}}
    await service.store.control.post("/sandbox/events", json=body)
    await settle(service)
    (row,) = (await service.api.get("/v1/connections")).json()["data"]
    assert row["status"] == "uninstalled"
