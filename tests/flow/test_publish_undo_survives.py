"""A worker dies at every moment of an undo; in the end everything is taken back, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import text

from app.channels.kinds import IntegrationType
from app.core.settings import Settings
from app.integrations.publishing.publish_listings import PublishListings
from app.integrations.runner import Integrations, run_slice
from app.runs.claims import free_abandoned
from sandbox.settings import SandboxSettings
from tests.flow.conftest import Store
from tests.flow.mortal import NOBODY, Bench, Fate, Killed, mortal, open_bench
from tests.flow.publishing import (
    add_listings,
    behave,
    faults,
    items,
    settings,
    toy,
    use_template,
)
from tests.flow.undoing import ask_undo, change, exactly, metafields, undo, without_ids

AFTER = 2
"""Moments alternate: before and after a request or a commit. What is after one is before the next,
so every second moment is enough, and the worst: the deed is done and not written down."""
INTEGRATIONS: Integrations = {IntegrationType.PUBLISH_LISTINGS: PublishListings()}
MORE = {
    "bigcommerce_product.metafield:specs.maker": {"kind": "field", "source": "listing.brand"},
}


async def die(bench: Bench, run_id: str, last: int) -> Fate:
    """Work on a run until the moment that fate has chosen; what is left may be taken over."""
    fate = Fate(last)
    doomed = mortal(bench.resources, fate)
    try:
        await run_slice(doomed, UUID(run_id), NOBODY, INTEGRATIONS)
    except Killed:
        pass
    finally:
        await doomed.http.aclose()
    async with bench.resources.unit_of_work() as uow:
        await free_abandoned(uow)
    return fate


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=2, orders=0, quota=1_000_000, retry_scale=0.01)


@pytest.fixture
async def bench(settings: Settings, store: Store) -> AsyncIterator[Bench]:
    async with open_bench(settings, store, INTEGRATIONS) as opened:
        yield opened


async def add_size(bench: Bench, listing_id: str, sku: str, size: str) -> None:
    """Give a listing one variant more."""
    async with bench.resources.unit_of_work() as uow:
        await uow.session.execute(
            text("""
                INSERT INTO listing_variants
                    (id, account_id, channel_id, listing_id, sku, options, price, quantity,
                     position)
                SELECT gen_random_uuid(), account_id, channel_id, id, :sku,
                       jsonb_build_object('Size', CAST(:size AS text)), 30, 4, 5
                FROM listings WHERE id = CAST(:id AS uuid)
            """),
            {"id": listing_id, "sku": sku, "size": size},
        )


@pytest.mark.timeout(300)
async def test_updates_are_put_back_whenever_the_worker_dies(bench: Bench, pictures: str) -> None:
    channel_id = await bench.connect()
    await use_template(bench, channel_id, **MORE)
    urls = [f"{pictures}/good/{n}.jpg" for n in range(2)]
    (listing_id,) = await add_listings(bench, channel_id, toy(1, sizes=("S",), images=urls))
    await bench.run(channel_id, "publish_listings")
    await settings(bench, channel_id, overwrite=True)
    await add_size(bench, listing_id, "TOY-1-L", "L")
    before, notes = without_ids(await exactly(bench)), await metafields(bench)
    last, seen = AFTER, 0
    told: set[tuple[str, ...]] = set()
    while True:
        await change(
            bench,
            listing_id,
            title=f"Round {last}",
            brand=f"Maker {last}",
            custom_fields=[{"name": "Age", "value": str(last)}],
            images=[urls[1], f"{pictures}/good/new-{last}.jpg"],
        )
        run = await bench.run(channel_id, "publish_listings")
        assert run["counts"]["updated"] == 1, await items(bench, run)
        undo_id = await ask_undo(bench, run)
        fate = await die(bench, undo_id, last)
        undone = await bench.finish(undo_id)
        assert (undone["status"], undone["counts"]["updated"]) == ("succeeded", 1), fate.story
        assert undone["progress"]["done"] == 1
        (item,) = await items(bench, undone)
        told.add(tuple(sorted(row["field"] for row in item["changes"])))
        assert without_ids(await exactly(bench)) == before, fate.story
        assert await metafields(bench) == notes
        if not fate.dead:
            break
        last, seen = last + 2, seen + 1
    assert seen > 15
    assert len(told) == 1, told


@pytest.mark.timeout(300)
async def test_products_are_deleted_whenever_the_worker_dies(bench: Bench) -> None:
    channel_id = await bench.connect()
    before = await exactly(bench)
    ids = await add_listings(bench, channel_id, *(toy(n, sizes=("S",)) for n in range(3)))
    last, seen = 1, 0
    while True:
        run = await bench.run(channel_id, "publish_listings", params={"listing_ids": ids})
        assert run["counts"]["created"] == 3, await items(bench, run)
        undo_id = await ask_undo(bench, run)
        fate = await die(bench, undo_id, last)
        undone = await bench.finish(undo_id)
        assert (undone["status"], undone["counts"]["updated"]) == ("succeeded", 3), fate.story
        told = Counter(
            row["field"] for item in await items(bench, undone) for row in item["changes"]
        )
        assert told == {"bigcommerce_product.id": 3}, fate.story
        assert await exactly(bench) == before
        again = await undo(bench, run)
        assert again["counts"]["unchanged"] == 3, fate.story
        listings = await bench.all("/v1/listings")
        assert {row["health"] for row in listings} == {"not_listed"}
        if not fate.dead:
            break
        last, seen = last + 1, seen + 1
    assert seen > 10


@pytest.mark.timeout(300)
async def test_a_publication_that_was_cut_short_can_be_taken_back(
    bench: Bench, pictures: str
) -> None:
    channel_id = await bench.connect()
    await use_template(bench, channel_id, **MORE)
    urls = [f"{pictures}/good/{n}.jpg" for n in range(2)]
    ids = await add_listings(bench, channel_id, toy(1, images=urls[:1]))
    await bench.run(channel_id, "publish_listings")
    await settings(bench, channel_id, overwrite=True)
    before, notes = without_ids(await exactly(bench)), await metafields(bench)
    last, seen = AFTER, 0
    while True:
        await change(
            bench,
            ids[0],
            title=f"Round {last}",
            brand=f"Maker {last}",
            custom_fields=[{"name": "Age", "value": str(last)}],
            images=[*urls, f"{pictures}/good/new-{last}.jpg"],
        )
        run_id = await bench.start(channel_id, "publish_listings")
        fate = await die(bench, run_id, last)
        run = await bench.finish(run_id)
        assert run["counts"]["updated"] == 1, (fate.story, await items(bench, run))
        undone = await undo(bench, run)
        assert undone["counts"]["updated"] == 1, (fate.story, await items(bench, undone))
        assert without_ids(await exactly(bench)) == before, fate.story
        assert await metafields(bench) == notes
        if not fate.dead:
            break
        last, seen = last + 2, seen + 1
    assert seen > 15


async def test_lost_answers_take_nothing_back_twice(bench: Bench, pictures: str) -> None:
    channel_id = await bench.connect()
    urls = [f"{pictures}/good/{n}.jpg" for n in range(3)]
    ids = await add_listings(bench, channel_id, *(toy(n, images=urls) for n in range(4)))
    await bench.run(channel_id, "publish_listings")
    await settings(bench, channel_id, overwrite=True)
    before = without_ids(await exactly(bench))
    for listing_id in ids:
        fields = [{"name": "Age", "value": "3"}]
        await change(bench, listing_id, images=urls[2:], custom_fields=fields)
    run = await bench.run(channel_id, "publish_listings")
    rules = [
        {"effect": "drop_response", "method": method, "path": "/catalog/", "every": 2}
        for method in ("POST", "PUT", "DELETE")
    ]
    await faults(bench, *rules)
    undone = await undo(bench, run)
    await behave(bench)
    assert (undone["status"], undone["counts"]["updated"]) == ("succeeded", 4)
    assert without_ids(await exactly(bench)) == before
