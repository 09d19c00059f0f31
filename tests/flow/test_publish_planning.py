"""A dry run of Publish Listings writes nothing, and what it predicts is what is then done."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.publishing import (
    add_listings,
    faults,
    items,
    products_in_store,
    settings,
    toy,
)


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=3, orders=0, quota=100_000, retry_scale=0.01)


def told(found: list[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """What items say, by listing, without the ids that only an execution knows."""
    return {row["subject_id"]: (row["outcome"], row["code"], row["changes"]) for row in found}


async def execute(service: Service, plan: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = await service.api.post("/v1/runs", json={"plan_run_id": plan["id"], **more})
    assert answer.status_code == 202, answer.text
    return await service.finish(answer.json()["id"])


def random_toy(rng: random.Random, number: int, pictures: str) -> dict[str, Any]:
    """A listing of which much may be wrong."""
    content = toy(
        number,
        sizes=rng.choice([(), ("S",), ("S", "M"), ("S", "M", "L", "XL")]),
        title=rng.choice([f"Toy {number}", f"Toy {number}", "Same name", "", "x" * 300]),
        brand=rng.choice(["", "Acme", "Other", f"Brand {number % 9}"]),
        categories=rng.choice([[], [["A"]], [["A", "B"], ["C", "D", "E", "F"]], [["G" * 60]]]),
        images=rng.sample(
            [f"{pictures}/good/{n}.jpg" for n in range(4)] + [f"{pictures}/gone/1.jpg", "no url"],
            rng.randrange(4),
        ),
        weight=rng.choice([Decimal("0.5"), Decimal("0.5"), None]),
        upc=rng.choice([None, "123456789012", "not digits"]),
        custom_fields=rng.choice(
            [[], [{"name": "A", "value": "b"}], [{"name": "A", "value": "y" * 260}]]
        ),
    )
    if rng.random() < 0.1:
        content["sku"] = "SAME-SKU"
    for variant in content["variants"]:
        if rng.random() < 0.05:
            variant["sku"] = None
        if rng.random() < 0.2:
            variant["price"] = None
    return content


async def test_prediction_and_execution_agree(service: Service, pictures: str) -> None:
    channel_id = await service.connect()
    rng = random.Random(11)
    await settings(service, channel_id, long_title="truncate", long_attributes="skip")
    await add_listings(
        service, channel_id, *(random_toy(rng, number, pictures) for number in range(120))
    )
    before = await products_in_store(service)
    await service.store.forget_requests()
    plan = await service.run(channel_id, "publish_listings", mode="dry_run")
    assert [row for row in await service.store.requests() if row["method"] != "GET"] == []
    assert await products_in_store(service) == before
    assert (await service.all("/v1/listings", health="listed")) == []
    await service.store.forget_requests()
    run = await execute(service, plan)
    assert told(await items(service, run)) == told(await items(service, plan))
    assert run["counts"] == plan["counts"]
    made = len(await service.store.requests())
    assert abs(made - plan["requests"]["estimated"]) <= 5


async def test_of_two_with_the_same_name_or_sku_the_first_is_made(service: Service) -> None:
    channel_id = await service.connect()
    # A brand that is new to the store makes the first of the second pair wait for a later request.
    pairs = [
        toy(0, title="Twin"),
        toy(1, title="twin"),
        toy(2, sizes=(), brand="New here"),
        toy(3, brand="New here", title="Same"),
        toy(4, title="Same"),
        {**toy(5, sizes=()), "sku": "toy-2"},
    ]
    pairs[5]["variants"][0]["sku"] = "toy-2"
    await add_listings(service, channel_id, *pairs)
    # The first request to arrive is the last to be taken.
    late = {"effect": "delay", "delay_ms": 600, "count": 1}
    await faults(service, {**late, "method": "POST", "path": "/v3/catalog/products$"})
    plan = await service.run(channel_id, "publish_listings", mode="dry_run")
    assert (plan["counts"]["created"], plan["counts"]["failed"]) == (3, 3)
    run = await service.run(channel_id, "publish_listings")
    foreseen, happened = await items(service, plan), await items(service, run)
    assert {row["subject_id"]: (row["outcome"], row["code"]) for row in happened} == {
        row["subject_id"]: (row["outcome"], row["code"]) for row in foreseen
    }


async def test_a_plan_is_carried_out_in_part(service: Service) -> None:
    channel_id = await service.connect()
    await add_listings(service, channel_id, *(toy(n) for n in range(4)))
    plan = await service.run(channel_id, "publish_listings", mode="dry_run")
    chosen = [row["id"] for row in (await items(service, plan))[:2]]
    run = await execute(service, plan, item_ids=chosen)
    assert run["counts"]["created"] == 2
    assert len(await service.all("/v1/listings", health="listed")) == 2


async def test_what_changed_since_the_plan_is_left_alone(service: Service) -> None:
    channel_id = await service.connect()
    ids = await add_listings(service, channel_id, *(toy(n) for n in range(4)))
    await service.run(channel_id, "publish_listings")
    await settings(service, channel_id, overwrite=True)
    for listing_id in ids:
        body = {"title": f"New {listing_id}"}
        await service.api.patch(f"/v1/listings/{listing_id}", json=body)
    plan = await service.run(channel_id, "publish_listings", mode="dry_run")
    assert plan["counts"]["updated"] == 4
    assert {row["field"] for item in await items(service, plan) for row in item["changes"]} == {
        "bigcommerce_product.name"
    }
    number = (await service.api.get(f"/v1/listings/{ids[0]}")).json()["external_id"]
    await service.store.control.patch(
        f"/sandbox/products/{number}", json={"fields": {"name": "Edited in the store"}}
    )
    await service.api.patch(f"/v1/listings/{ids[1]}", json={"title": "Edited here"})
    run = await execute(service, plan)
    assert (run["counts"]["updated"], run["counts"]["skipped"]) == (2, 2)
    stale = await items(service, run, outcome="skipped")
    assert {row["subject_id"] for row in stale} == set(ids[:2])
    assert {row["code"] for row in stale} == {"plan_stale"}
    names = {row["name"] for row in await products_in_store(service)}
    assert "Edited in the store" in names
