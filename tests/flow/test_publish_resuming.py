"""A worker may die at any page of a publication: another goes on, and nothing is there twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from app.bigcommerce.pacing import Lane
from app.channels.kinds import IntegrationType
from app.core.resources import Resources
from app.integrations.context import PageWork, RunContext
from app.integrations.publishing.publish_listings import PublishListings
from app.integrations.runner import run_slice
from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service, Store
from tests.flow.publishing import (
    add_listings,
    in_store,
    products_in_store,
    settings,
    toy,
    use_template,
)

WORKER = 7
KIND = IntegrationType.PUBLISH_LISTINGS
MORE = {
    "bigcommerce_product.metafield:specs.maker": {"kind": "field", "source": "listing.brand"},
}


@dataclass
class Dying:
    """Publishes until page `at`, then dies: with the page recorded, or before that."""

    at: int
    recorded: bool
    died: bool = False
    kind: IntegrationType = KIND
    lane: Lane = "bulk"

    async def pages(
        self, context: RunContext, cursor: dict[str, Any]
    ) -> AsyncGenerator[PageWork, None]:
        count = 0
        async with aclosing(PublishListings().pages(context, cursor)) as works:
            async for work in works:
                count += 1
                if count == self.at and not self.recorded:
                    self._die()
                yield work
                if count == self.at:
                    self._die()

    def _die(self) -> None:
        self.died = True
        raise asyncio.CancelledError


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(
        products=3, orders=0, quota=100_000, retry_scale=0.01, multi_storefront=True
    )


@pytest.fixture
async def idle(
    resources: Resources, api: httpx.AsyncClient, store: Store
) -> AsyncIterator[Service]:
    """The service without a worker."""
    await resources.redis.flushdb()
    async with store.control:
        yield Service(resources, api, store)


async def publish(service: Service, channel_id: str, dying: Dying) -> dict[str, Any]:
    """Run until the death, then by another worker until the end."""
    run_id = UUID(await service.start(channel_id, "publish_listings"))
    with suppress(asyncio.CancelledError):
        await run_slice(service.resources, run_id, WORKER, {KIND: dying})
    if dying.died:
        await run_slice(service.resources, run_id, WORKER + 1, {KIND: PublishListings()})
    run: dict[str, Any] = (await service.api.get(f"/v1/runs/{run_id}")).json()
    return run


async def check(service: Service, images: int) -> None:
    """The store has each of our listings once, with everything."""
    listings = {row["external_id"]: row for row in await service.all("/v1/listings")}
    products = [r for r in await products_in_store(service) if r["sku"].startswith("TOY-")]
    assert {str(row["id"]) for row in products} == set(listings)
    for product in products:
        listing = listings[str(product["id"])]
        assert product["name"] == listing["title"]
        assert len(product["images"]) == images
        assert len(product["categories"]) == 2
        assert len(product["custom_fields"]) == len(listing["custom_fields"])
    answer = await in_store(service, "/v3/catalog/products/metafields", limit=250)
    found = [row for row in answer["data"] if row["namespace"] == "specs"]
    assert Counter(row["resource_id"] for row in found) == {row["id"]: 1 for row in products}
    assert {row["value"] for row in found} == {row["brand"] for row in listings.values()}
    async with service.resources.unit_of_work() as uow:
        states = await uow.session.execute(text("SELECT DISTINCT status FROM listing_publications"))
        assert [row[0] for row in states] == ["done"]


@pytest.mark.parametrize("recorded", [True, False])
async def test_creations_survive_a_death_at_every_page(
    idle: Service, pictures: str, recorded: bool
) -> None:
    channel_id = await idle.connect()
    await use_template(idle, channel_id, **MORE)
    died, at = True, 0
    while died:
        at += 1
        images = [f"{pictures}/good/{n}.jpg" for n in range(2)]
        contents = [toy(at * 100 + n, sizes=("S", "M"), images=images) for n in range(6)]
        await add_listings(idle, channel_id, *contents)
        dying = Dying(at, recorded)
        run = await publish(idle, channel_id, dying)
        assert run["status"] == "succeeded", run
        assert run["counts"]["created"] == 6
        assert run["progress"]["done"] == 6
        died = dying.died
    assert at > 5
    await check(idle, 2)


@pytest.mark.parametrize("recorded", [True, False])
async def test_updates_survive_a_death_at_every_page(
    idle: Service, pictures: str, recorded: bool
) -> None:
    channel_id = await idle.connect()
    await use_template(idle, channel_id, **MORE)
    ids = await add_listings(idle, channel_id, *(toy(n, sizes=("S", "M")) for n in range(4)))
    await publish(idle, channel_id, Dying(0, recorded))
    await settings(idle, channel_id, overwrite=True)
    died, at = True, 0
    while died:
        at += 1
        for listing_id in ids:
            await idle.api.patch(
                f"/v1/listings/{listing_id}",
                json={
                    "title": f"Name {at} of {listing_id}",
                    "brand": f"Maker {at}",
                    "images": [f"{pictures}/good/{at}-{n}.jpg" for n in range(2)],
                    "custom_fields": [{"name": f"Field {at}", "value": "x"}],
                },
            )
        dying = Dying(at, recorded)
        run = await publish(idle, channel_id, dying)
        assert (run["status"], run["counts"]["updated"]) == ("succeeded", 4), run
        died = dying.died
    assert at > 4
    await check(idle, 2)


async def test_an_edit_made_during_the_run_is_not_lost(idle: Service) -> None:
    channel_id = await idle.connect()
    ids = await add_listings(idle, channel_id, toy(1))

    class Interrupted(Dying):
        async def pages(
            self, context: RunContext, cursor: dict[str, Any]
        ) -> AsyncGenerator[PageWork, None]:
            count = 0
            async with aclosing(PublishListings().pages(context, cursor)) as works:
                async for work in works:
                    yield work
                    count += 1
                    if count == 3:
                        body = {"title": "Edited meanwhile"}
                        await idle.api.patch(f"/v1/listings/{ids[0]}", json=body)

    run = await publish(idle, channel_id, Interrupted(0, False))
    assert run["counts"]["created"] == 1
    listing = (await idle.api.get(f"/v1/listings/{ids[0]}")).json()
    assert listing["pending"] == "overwrite"
    run = await publish(idle, channel_id, Dying(0, False))
    assert run["counts"]["updated"] == 1
    listing = (await idle.api.get(f"/v1/listings/{ids[0]}")).json()
    assert listing["pending"] is None
    names = {row["name"] for row in await products_in_store(idle)}
    assert "Edited meanwhile" in names


async def test_an_import_that_was_quicker_is_merged(idle: Service) -> None:
    channel_id = await idle.connect()
    ids = await add_listings(idle, channel_id, toy(1))

    class Overtaken(Dying):
        async def pages(
            self, context: RunContext, cursor: dict[str, Any]
        ) -> AsyncGenerator[PageWork, None]:
            count = 0
            async with aclosing(PublishListings().pages(context, cursor)) as works:
                async for work in works:
                    count += 1
                    if count == 4:
                        product = next(
                            row for row in await products_in_store(idle) if row["sku"] == "TOY-1"
                        )
                        twin = toy(1, external_id=str(product["id"]), health="listed")
                        twin["external_number"] = product["id"]
                        await add_listings(idle, channel_id, twin)
                    yield work

    run = await publish(idle, channel_id, Overtaken(0, False))
    assert run["status"] == "succeeded", run
    listings = await idle.all("/v1/listings", sku="TOY-1")
    assert [row["id"] for row in listings] == ids
