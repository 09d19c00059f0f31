"""Publish Listings refreshes products that exist: only what differs, and nothing twice."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.publishing import (
    add_listings,
    behave,
    faults,
    in_store,
    items,
    products_in_store,
    settings,
    toy,
)


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=3, orders=0, quota=100_000, retry_scale=0.01)


async def change(service: Service, listing_id: str, **values: Any) -> None:
    answer = await service.api.patch(f"/v1/listings/{listing_id}", json=values)
    assert answer.status_code == 200, answer.text


async def only_variant(service: Service, listing_id: str) -> str:
    listing = (await service.api.get(f"/v1/listings/{listing_id}")).json()
    return str(listing["variants"][0]["id"])


async def product_of(service: Service, sku: str) -> dict[str, Any]:
    return next(row for row in await products_in_store(service) if row["sku"] == sku)


async def written(service: Service) -> Counter[str]:
    return Counter(
        f"{row['method']} {row['endpoint']}"
        for row in await service.store.requests()
        if row["method"] != "GET"
    )


async def test_only_what_differs_is_sent(service: Service, pictures: str) -> None:
    channel_id = await service.connect()
    urls = [f"{pictures}/good/{n}.jpg" for n in range(3)]
    ids = await add_listings(service, channel_id, *(toy(n, images=urls) for n in range(12)))
    await service.run(channel_id, "publish_listings")
    await settings(service, channel_id, overwrite=True)
    await service.store.forget_requests()
    run = await service.run(channel_id, "publish_listings")
    assert (run["status"], run["counts"]["unchanged"]) == ("succeeded", 12), await items(
        service, run
    )
    assert await written(service) == {}
    for listing_id in ids[:11]:
        await change(
            service,
            listing_id,
            title=f"New {listing_id}",
            brand="Other",
            custom_fields=[{"name": "Material", "value": "Metal"}, {"name": "Age", "value": "3"}],
            categories=[["Toys", "Fresh"]],
            images=[urls[0], urls[2], f"{pictures}/good/new.jpg"],
        )
    await service.store.forget_requests()
    run = await service.run(channel_id, "publish_listings")
    assert (run["status"], run["counts"]["updated"]) == ("succeeded", 11)
    assert await written(service) == {
        "PUT /v3/catalog/products": 2,
        "POST /v3/catalog/trees/categories": 1,
        "POST /v3/catalog/products/{product_id}/images": 11,
        "DELETE /v3/catalog/products/{product_id}/images/{image_id}": 11,
    }
    assert run["requests"]["made"] <= run["requests"]["estimated"] + 3
    product = await product_of(service, "TOY-0")
    assert product["name"] == f"New {ids[0]}"
    assert {row["name"]: row["value"] for row in product["custom_fields"]} == {
        "Material": "Metal",
        "Age": "3",
    }
    assert len(product["images"]) == 3
    assert len(product["categories"]) == 1
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["unchanged"] == 12


async def test_without_overwrite_the_store_keeps_what_it_has(service: Service) -> None:
    channel_id = await service.connect()
    ids = await add_listings(service, channel_id, toy(1))
    await service.run(channel_id, "publish_listings")
    await change(service, ids[0], title="Another", pending=None)
    run = await service.run(channel_id, "publish_listings", params={"listing_ids": ids})
    assert run["counts"]["skipped"] == 1
    assert (await items(service, run))[0]["code"] == "already_published"
    assert (await product_of(service, "TOY-1"))["name"] == "Toy 1"


async def test_an_edit_is_sent_whatever_overwrite_says(service: Service) -> None:
    channel_id = await service.connect()
    ids = await add_listings(service, channel_id, toy(1), toy(2))
    await service.run(channel_id, "publish_listings")
    await change(service, ids[0], title="Another")
    await change(service, ids[0], variants=[{"id": await only_variant(service, ids[0]), "msrp": 9}])
    listing = (await service.api.get(f"/v1/listings/{ids[0]}")).json()
    assert listing["pending"] == "overwrite"
    run = await service.run(channel_id, "publish_listings")
    assert (run["counts"]["updated"], run["counts"]["skipped"]) == (1, 0)
    assert (await product_of(service, "TOY-1"))["name"] == "Another"
    listing = (await service.api.get(f"/v1/listings/{ids[0]}")).json()
    assert listing["pending"] is None
    run = await service.run(channel_id, "publish_listings")
    assert run["progress"]["total"] == 0


async def test_an_edit_waits_behind_a_change_of_status(service: Service) -> None:
    channel_id = await service.connect()
    ids = await add_listings(service, channel_id, toy(1))
    await service.run(channel_id, "publish_listings")
    await change(service, ids[0], title="Another")
    for to in ("hidden", "listed"):
        answer = await service.api.post(f"/v1/listings/{ids[0]}/status", json={"to": to})
        assert answer.status_code == 200, answer.text
    assert answer.json()["pending"] == "overwrite"
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["updated"] == 1
    assert (await product_of(service, "TOY-1"))["name"] == "Another"


async def test_only_content_is_queued(service: Service) -> None:
    channel_id = await service.connect()
    ids = await add_listings(service, channel_id, toy(1), toy(2))
    await service.run(channel_id, "publish_listings")
    variant = await only_variant(service, ids[0])
    await change(service, ids[0], variants=[{"id": variant, "price": 7, "quantity": 2}])
    assert (await service.api.get(f"/v1/listings/{ids[0]}")).json()["pending"] is None
    await change(service, ids[0], pending="overwrite")
    assert (await service.api.get(f"/v1/listings/{ids[0]}")).json()["pending"] == "overwrite"
    await change(service, ids[0], pending=None)
    assert (await service.api.get(f"/v1/listings/{ids[0]}")).json()["pending"] is None
    await change(service, ids[0], variants=[{"id": variant, "mpn": "M-1"}])
    assert (await service.api.get(f"/v1/listings/{ids[0]}")).json()["pending"] == "overwrite"
    fresh = await add_listings(service, channel_id, toy(3))
    answer = await service.api.patch(f"/v1/listings/{fresh[0]}", json={"pending": "overwrite"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_in_store")


async def test_the_stores_name_may_be_kept(service: Service) -> None:
    channel_id = await service.connect()
    ids = await add_listings(service, channel_id, toy(1))
    await service.run(channel_id, "publish_listings")
    await settings(service, channel_id, overwrite=True, override_name=False)
    await change(service, ids[0], title="Another", description="<p>New</p>")
    await service.run(channel_id, "publish_listings")
    product = await product_of(service, "TOY-1")
    assert (product["name"], product["description"]) == ("Toy 1", "<p>New</p>")


async def test_variants_that_are_missing_are_made_and_known_ones_adopted(
    service: Service,
) -> None:
    channel_id = await service.connect()
    await add_listings(service, channel_id, toy(1, sizes=("S", "M")))
    await service.run(channel_id, "publish_listings")
    product = await product_of(service, "TOY-1")
    content = toy(2, sizes=("S", "M", "L", "XL"), title="Toy 1", sku="TOY-1")
    content["external_id"] = str(product["id"])
    for variant in content["variants"]:
        variant["sku"] = variant["sku"].replace("TOY-2", "TOY-1")
        variant["price"] = Decimal("5")
    await forget(service)
    ids = await add_listings(
        service, channel_id, {**content, "external_number": product["id"], "health": "listed"}
    )
    await settings(service, channel_id, overwrite=True)
    run = await service.run(channel_id, "publish_listings")
    assert (run["status"], run["counts"]["updated"]) == ("succeeded", 1), await items(service, run)
    product = await product_of(service, "TOY-1")
    assert {v["sku"]: v["price"] for v in product["variants"]} == {
        f"TOY-1-{size}": 5 for size in ("S", "M", "L", "XL")
    }
    listing = (await service.api.get(f"/v1/listings/{ids[0]}")).json()
    assert {v["external_id"] for v in listing["variants"]} == {
        str(v["id"]) for v in product["variants"]
    }


async def forget(service: Service) -> None:
    """Delete all listings of ours."""
    async with service.resources.unit_of_work() as uow:
        connection = await uow.session.connection()
        await connection.exec_driver_sql("DELETE FROM listings")


async def test_inheritance_is_not_broken(service: Service) -> None:
    channel_id = await service.connect()
    content = toy(1, sizes=("S", "M"))
    for variant in content["variants"]:
        variant["price"] = None
    content["variants"][1]["price"] = Decimal("25")
    await add_listings(service, channel_id, content)
    await service.run(channel_id, "publish_listings")
    product = await product_of(service, "TOY-1")
    assert [v["price"] for v in product["variants"]] == [None, 25]
    assert [v["weight"] for v in product["variants"]] == [None, None]
    await settings(service, channel_id, overwrite=True)
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["unchanged"] == 1, await items(service, run)


async def test_imported_listings_are_not_rewritten(service: Service) -> None:
    channel_id = await service.connect()
    await service.run(channel_id, "import_listings")
    await settings(service, channel_id, overwrite=True)
    await service.store.forget_requests()
    run = await service.run(channel_id, "publish_listings", mode="dry_run")
    found = await items(service, run)
    assert run["status"] == "succeeded"
    told = {row["field"] for item in found for row in item["changes"] or []}
    assert told == set(), [row for i in found for row in i["changes"] or []][:4]
    assert await written(service) == {}


@pytest.mark.parametrize("path", ["/images$", "/catalog/"])
async def test_lost_answers_of_updates_add_nothing_twice(
    service: Service, pictures: str, path: str
) -> None:
    channel_id = await service.connect()
    urls = [f"{pictures}/good/{n}.jpg" for n in range(3)]
    ids = await add_listings(service, channel_id, *(toy(n, images=urls[:1]) for n in range(4)))
    await service.run(channel_id, "publish_listings")
    await settings(service, channel_id, overwrite=True)
    for listing_id in ids:
        await change(
            service,
            listing_id,
            images=urls,
            custom_fields=[{"name": "Material", "value": "Metal"}, {"name": "Age", "value": "3"}],
            categories=[["Brand new", "Deep"]],
            brand="Newcomer",
        )
    rules = [
        {"effect": "drop_response", "method": method, "path": path, "every": 2}
        for method in ("POST", "PUT", "DELETE")
    ]
    await faults(service, *rules)
    run = await service.run(channel_id, "publish_listings")
    await behave(service)
    assert (run["status"], run["counts"]["updated"]) == ("succeeded", 4)
    for product in await products_in_store(service):
        if product["sku"].startswith("TOY-"):
            assert len(product["images"]) == 3
            assert sorted(row["name"] for row in product["custom_fields"]) == ["Age", "Material"]
    brands = (await in_store(service, "/v3/catalog/brands", limit=250))["data"]
    assert sum(1 for row in brands if row["name"] == "Newcomer") == 1
    categories = (await in_store(service, "/v3/catalog/trees/categories", limit=250))["data"]
    assert Counter(row["name"] for row in categories)["Deep"] == 1


async def test_one_poisoned_product_does_not_fail_its_batch(service: Service) -> None:
    channel_id = await service.connect()
    taken = (await products_in_store(service))[0]
    ids = await add_listings(service, channel_id, *(toy(n) for n in range(10)))
    await service.run(channel_id, "publish_listings")
    await settings(service, channel_id, overwrite=True)
    for place, listing_id in enumerate(ids):
        title = taken["name"] if place == 4 else f"New {place}"
        await change(service, listing_id, title=title)
    run = await service.run(channel_id, "publish_listings")
    assert (run["counts"]["updated"], run["counts"]["failed"]) == (9, 1)
    failed = (await items(service, run, outcome="failed"))[0]
    assert (failed["subject_id"], failed["code"]) == (ids[4], "name_duplicate")
    assert failed["field"] == "bigcommerce_product.name"
    assert f"product {taken['id']}" in failed["message"]
    listing = (await service.api.get(f"/v1/listings/{ids[4]}")).json()
    assert listing["attention"] == ["publish_name_duplicate"]
    await change(service, ids[4], title="New 4")
    run = await service.finish((await service.api.post(f"/v1/runs/{run['id']}/retry")).json()["id"])
    assert run["counts"]["updated"] == 1
    listing = (await service.api.get(f"/v1/listings/{ids[4]}")).json()
    assert listing["attention"] == []
