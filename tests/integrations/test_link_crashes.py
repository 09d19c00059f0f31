"""A worker that dies while linking: the store is not read again, and nothing is linked twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.bigcommerce.pacing import Lane
from app.channels.kinds import IntegrationType
from app.core.resources import Resources, open_resources
from app.core.settings import Settings
from app.integrations.context import PageWork, RunContext
from app.integrations.linking.link_listings import LinkListings
from app.integrations.runner import run_slice
from sandbox.main import create_app as create_sandbox
from sandbox.settings import SandboxSettings
from tests.conftest import row_count
from tests.serving import serving
from tests.shops import Shop, open_shop

KIND = IntegrationType.LINK_LISTINGS
STORE = SandboxSettings(products=600, orders=0, quota=100_000, retry_scale=0.01)


@dataclass
class Dying:
    """Link Listings whose worker dies after so many pages."""

    after: int
    kind: IntegrationType = KIND
    lane: Lane = "bulk"
    inner: LinkListings = field(default_factory=LinkListings)

    async def pages(
        self, context: RunContext, cursor: dict[str, Any]
    ) -> AsyncGenerator[PageWork, None]:
        left = self.after
        async for page in self.inner.pages(context, cursor):
            if left == 0:
                raise asyncio.CancelledError
            left -= 1
            yield page


@pytest.fixture
async def resources(settings: Settings) -> AsyncIterator[Resources]:
    with serving(create_sandbox(STORE)) as url:
        pointed = settings.model_copy(update={"bigcommerce_api_url": url})
        async with open_resources(pointed) as opened:
            yield opened


@pytest.fixture
async def shop(resources: Resources, account_id: UUID) -> Shop:
    return await open_shop(resources, account_id, store_hash=STORE.store_hash, token=STORE.token())


async def build(api: httpx.AsyncClient, shop: Shop, resources: Resources) -> int:
    """Build a listing for each product of the store that has a SKU of its own."""
    bodies: dict[str, dict[str, Any]] = {}
    async with httpx.AsyncClient(base_url=resources.settings.bigcommerce_api_url) as store:
        for page in (1, 2, 3):
            answer = await store.get(
                f"/stores/{STORE.store_hash}/v3/catalog/products",
                params={"limit": 250, "page": page},
                headers={"X-Auth-Token": STORE.token()},
            )
            for product in answer.json()["data"]:
                if product["sku"]:
                    body = {"sku": product["sku"], "title": "Ours"}
                    bodies.setdefault(product["sku"].lower(), body)
    put = await api.put("/v1/products", json={"products": list(bodies.values())})
    assert put.json()["failed"] == []
    skus = [body["sku"] for body in bodies.values()]
    settings = {"settings": {"priority": [{"listing": "sku", "store": "product.sku"}]}}
    address = f"/v1/channels/{shop.channel_id}/integrations/{KIND.value}"
    assert (await api.patch(address, json=settings)).status_code == 200
    request = {"channel_id": str(shop.channel_id), "product_skus": skus}
    built = await api.post("/v1/listings/build", json=request)
    assert built.json()["failed"] == []
    return len(skus)


async def test_a_run_that_dies_at_every_page_ends_as_if_it_had_not(
    api: httpx.AsyncClient, shop: Shop, resources: Resources
) -> None:
    count = await build(api, shop, resources)
    body = {"channel_id": str(shop.channel_id), "integration": KIND.value}
    run_id = UUID((await api.post("/v1/runs", json=body)).json()["id"])
    deaths = 0
    while True:
        try:
            await run_slice(resources, run_id, 7, {KIND: Dying(after=1)})
        except asyncio.CancelledError:
            deaths += 1
            continue
        break
    run = (await api.get(f"/v1/runs/{run_id}")).json()
    assert deaths >= 6
    assert (run["status"], run["progress"]["done"]) == ("succeeded", count)
    assert run["counts"]["updated"] == count
    items = await row_count(resources, "run_items")
    assert items == count
    seen: set[str] = set()
    cursor = None
    while True:
        params = {"limit": 200, **({"cursor": cursor} if cursor else {})}
        page = (await api.get("/v1/listings", params=params)).json()
        assert {row["link_status"] for row in page["data"]} == {"linked"}
        seen |= {row["external_id"] for row in page["data"]}
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == count
