"""Why a field of a listing has its value."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.integrations.syncing.explain import Explanations
from app.listings.writes_router import router
from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.test_sync_listings import imported, put_products, store_products


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    """A small store."""
    return SandboxSettings(products=30, variants=80, orders=0, quota=100_000, retry_scale=0.01)


@pytest.fixture
async def explaining(service: Service) -> Service:
    """The service with the routes of this module, if they are not there already."""
    transport = service.api._transport
    assert isinstance(transport, httpx.ASGITransport)
    app: Any = transport.app
    if not hasattr(app.state, "explainer"):
        app.state.explainer = Explanations()
        app.include_router(router)
    return service


async def test_the_chain_leads_from_the_product_to_the_store(explaining: Service) -> None:
    channel_id = await imported(explaining)
    rule = {
        "channel_id": channel_id,
        "kind": "pricing",
        "name": "A quarter more",
        "definition": {
            "field": "list_price",
            "base": {"kind": "markup", "on": "list_price", "percent": "25"},
            "protect": False,
        },
    }
    answer = await explaining.api.post("/v1/rules", json=rule)
    if answer.status_code == 404:
        pytest.skip("rules cannot be made through the API yet")
    assert answer.status_code == 201, answer.text
    listing = next(
        row
        for row in await explaining.all("/v1/listings", linked="true")
        if len(row["variants"]) > 1
    )
    variant = listing["variants"][0]
    await put_products(
        explaining,
        [{"sku": listing["product_sku"], "variants": [{"sku": variant["sku"], "price": "40.00"}]}],
    )
    run = await explaining.run(channel_id, "sync_listings", params={"listing_ids": [listing["id"]]})
    assert run["status"] == "succeeded", run
    address = f"/v1/listings/{listing['id']}/explain"
    asked = {"field": "listing_variant.price", "variant_id": variant["id"]}
    found = (await explaining.api.get(address, params=asked)).json()
    assert found["field"] == "bigcommerce_variant.price"
    assert (found["wanted"], found["in_store"]) == ("50", "50")
    stages = {stage["stage"]: stage for stage in found["stages"]}
    assert list(stages) == ["product", "rules", "template", "store"]
    assert stages["product"]["value"] == "40"
    assert stages["rules"]["value"] == "50"
    assert stages["rules"]["details"]["rule"] == "A quarter more"
    assert stages["template"]["details"]["mapping"] == {
        "kind": "field",
        "source": "listing_variant.list_price",
    }
    (sent,) = found["sent"]
    assert (sent["run_id"], sent["after"], sent["status"]) == (run["id"], "50", "done")
    product = (await store_products(explaining))[listing["external_id"]]
    theirs = next(row for row in product["variants"] if str(row["id"]) == variant["external_id"])
    assert theirs["price"] == 50
    history = await explaining.all(f"/v1/listings/{listing['id']}/writes")
    assert sent in history


async def test_a_field_and_a_variant_must_be_known(explaining: Service) -> None:
    await imported(explaining)
    listing = next(
        row
        for row in await explaining.all("/v1/listings", linked="true")
        if len(row["variants"]) > 1
    )
    address = f"/v1/listings/{listing['id']}/explain"
    unknown = await explaining.api.get(address, params={"field": "listing_variant.smell"})
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (422, "unknown_field")
    unnamed = await explaining.api.get(address, params={"field": "listing_variant.price"})
    assert (unnamed.status_code, unnamed.json()["errors"][0]["code"]) == (422, "variant_needed")
    foreign = await explaining.api.get(
        address, params={"field": "listing_variant.price", "variant_id": listing["id"]}
    )
    assert foreign.status_code == 404


async def test_a_quantity_is_explained_with_its_warehouses(explaining: Service) -> None:
    await imported(explaining)
    listing = next(
        row
        for row in await explaining.all("/v1/listings", linked="true")
        if len(row["variants"]) == 1
    )
    levels = [{"sku": listing["product_sku"], "warehouse": "north", "quantity": 5}]
    await explaining.api.put("/v1/stock", json={"levels": levels})
    found = (
        await explaining.api.get(
            f"/v1/listings/{listing['id']}/explain", params={"field": "listing_variant.quantity"}
        )
    ).json()
    stock = found["stages"][0]
    assert stock["details"]["levels"]["north"] == 5
    assert found["wanted"] == stock["value"] == (listing["quantity"] or 0) + 5
    assert found["in_store"] == listing["quantity"]
