"""Publish Listings creates products, each once, with everything that belongs to it."""

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


async def agree(service: Service) -> None:
    """Whether the store holds what the API shows, field by field."""
    listings = await service.all("/v1/listings")
    there = {str(row["id"]): row for row in await products_in_store(service)}
    for listing in listings:
        product = there[listing["external_id"]]
        assert product["name"] == listing["title"]
        assert product["description"] == listing["description"]
        assert len(product["images"]) == len(listing["images"])
        assert len(product["categories"]) == len(listing["categories"])
        assert product["custom_fields"] == [
            {"id": row["id"], **given}
            for row, given in zip(product["custom_fields"], listing["custom_fields"], strict=True)
        ]
        assert listing["health"] == ("listed" if product["is_visible"] else "hidden")
        variants = {str(row["id"]): row for row in product["variants"]}
        assert len(variants) == len(listing["variants"])
        for ours in listing["variants"]:
            variant = variants[ours["external_id"]]
            price = product["price"] if variant["price"] is None else variant["price"]
            assert Decimal(ours["price"]) == Decimal(str(price))
            assert ours["quantity"] == variant["inventory_level"]
            assert ours["sku"] == variant["sku"]
            assert ours["options"] == {
                row["option_display_name"]: row["label"] for row in variant["option_values"]
            }


async def no_duplicates(service: Service) -> None:
    """Nothing is in the store twice."""
    products = await products_in_store(service)
    names = Counter(row["name"].lower() for row in products)
    skus = Counter(v["sku"].lower() for row in products for v in row["variants"])
    brands = Counter(
        row["name"].lower()
        for row in (await in_store(service, "/v3/catalog/brands", limit=250))["data"]
    )
    categories = Counter(
        (row["parent_id"], row["name"].lower())
        for row in (await in_store(service, "/v3/catalog/trees/categories", limit=250))["data"]
    )
    for counted in (names, skus, brands, categories):
        assert [name for name, count in counted.items() if count > 1] == []


async def test_products_arrive_whole(service: Service, pictures: str) -> None:
    channel_id = await service.connect()
    await add_listings(
        service,
        channel_id,
        *(toy(n, images=[f"{pictures}/good/{n}-{i}.jpg" for i in range(4)]) for n in range(9)),
        toy(9, sizes=()),
    )
    await service.store.forget_requests()
    run = await service.run(channel_id, "publish_listings")
    assert run["status"] == "succeeded", await items(service, run)
    assert run["counts"]["created"] == 10
    assert run["progress"] == {"done": 10, "total": 10, "unit": "listing"}
    await agree_without_seed(service)
    listing = (await service.all("/v1/listings", sku="TOY-3"))[0]
    assert listing["link_status"] == "linked"
    assert (listing["pending"], listing["attention"]) == (None, [])
    written = [row for row in await service.store.requests() if row["method"] != "GET"]
    assert Counter(row["path"] for row in written)["/v3/catalog/products"] == 10
    assert len(written) <= 10 + 2


async def agree_without_seed(service: Service) -> None:
    await agree(service)
    await no_duplicates(service)


async def test_a_second_run_finds_nothing_to_do(service: Service) -> None:
    channel_id = await service.connect()
    await add_listings(service, channel_id, *(toy(n) for n in range(3)))
    await service.run(channel_id, "publish_listings")
    await service.store.forget_requests()
    run = await service.run(channel_id, "publish_listings")
    assert (run["status"], run["progress"]["done"]) == ("succeeded", 0)
    assert await service.store.requests() == []


@pytest.mark.parametrize("path", ["/catalog/products$", "/catalog"])
async def test_lost_answers_make_nothing_twice(service: Service, pictures: str, path: str) -> None:
    channel_id = await service.connect()
    await add_listings(
        service,
        channel_id,
        *(toy(n, images=[f"{pictures}/good/{n}.jpg"]) for n in range(8)),
    )
    await faults(service, {"effect": "drop_response", "method": "POST", "path": path})
    run = await service.run(channel_id, "publish_listings")
    assert (run["status"], run["counts"]["created"]) == ("succeeded", 8)
    await behave(service)
    await agree_without_seed(service)


async def test_every_tenth_request_failing_is_survived(service: Service) -> None:
    channel_id = await service.connect()
    await add_listings(service, channel_id, *(toy(n) for n in range(30)))
    await faults(service, {"effect": "status", "status": 502, "every": 10, "path": "/catalog"})
    run = await service.run(channel_id, "publish_listings")
    assert (run["status"], run["counts"]["created"]) == ("succeeded", 30)
    await behave(service)
    await agree_without_seed(service)


async def test_a_poisoned_listing_fails_alone(service: Service) -> None:
    channel_id = await service.connect()
    taken = (await products_in_store(service))[0]
    sku = next(v["sku"] for v in taken["variants"])
    poisoned: list[tuple[dict[str, Any], str]] = [
        (toy(100, title=taken["name"].upper()), "name_duplicate"),
        (toy(101, title=""), "required_missing"),
        (toy(102, title="x" * 300), "title_too_long"),
        (toy(103, custom_fields=[{"name": "A", "value": "y" * 251}]), "attribute_too_long"),
        (toy(104, weight=None, sizes=()), "required_missing"),
    ]
    clash = toy(105)
    clash["variants"][2]["sku"] = sku.lower()
    twins = toy(106)
    twins["variants"][1]["options"] = {"Size": "S"}
    nameless = toy(107)
    nameless["variants"][1]["sku"] = None
    poisoned += [
        (clash, "sku_duplicate"),
        (twins, "option_combination_duplicate"),
        (nameless, "sku_missing"),
    ]
    ids = await add_listings(service, channel_id, *(content for content, _ in poisoned))
    await add_listings(service, channel_id, *(toy(n) for n in range(10)))
    run = await service.run(channel_id, "publish_listings")
    assert run["status"] == "completed_with_errors"
    assert (run["counts"]["created"], run["counts"]["failed"]) == (10, len(poisoned))
    failed = {row["subject_id"]: row for row in await items(service, run, outcome="failed")}
    for listing_id, (_, code) in zip(ids, poisoned, strict=True):
        assert failed[listing_id]["code"] == code, failed[listing_id]
        assert failed[listing_id]["field"]
        assert failed[listing_id]["message"]
        listing = (await service.api.get(f"/v1/listings/{listing_id}")).json()
        assert listing["attention"] == [f"publish_{code}"]
        assert listing["health"] == "not_listed"
    for place in (0, 5):
        assert f"product {taken['id']}" in failed[ids[place]]["message"]
    await no_duplicates(service)


async def test_bad_pictures_are_left_out_and_told(service: Service, pictures: str) -> None:
    channel_id = await service.connect()
    bad = [
        f"{pictures}/gone/1.jpg",
        f"{pictures}/huge/1.jpg",
        f"{pictures}/page/1.jpg",
        "ftp://pictures.example/1.jpg",
        f"{pictures}/good/{'x' * 260}.jpg",
        f"{pictures}/good/refused.jpg",
    ]
    await add_listings(
        service,
        channel_id,
        toy(1, images=[f"{pictures}/good/1.jpg", *bad, f"{pictures}/good/2.jpg"]),
        toy(2, images=[f"{pictures}/good/1.jpg"]),
    )
    await faults(service, {"effect": "image_unavailable", "path": "refused"})
    run = await service.run(channel_id, "publish_listings")
    assert (run["status"], run["counts"]["created"]) == ("succeeded", 2)
    told = next(row for row in await items(service, run) if row["reference"] == "TOY-1")
    for url in (*bad[:4], bad[5]):
        assert url in told["message"]
    assert told["code"].startswith("image_")
    product = next(row for row in await products_in_store(service) if row["sku"] == "TOY-1")
    assert len(product["images"]) == 2


async def test_pictures_added_one_by_one_survive_lost_answers(
    service: Service, pictures: str
) -> None:
    channel_id = await service.connect()
    urls = [f"{pictures}/good/{name}.jpg" for name in ("1", "refused", "2", "3")]
    await add_listings(service, channel_id, toy(1, images=urls))
    await faults(
        service,
        {"effect": "image_unavailable", "path": "refused"},
        {"effect": "drop_response", "method": "POST", "path": "/images$"},
    )
    run = await service.run(channel_id, "publish_listings")
    assert (run["status"], run["counts"]["created"]) == ("succeeded", 1)
    product = next(row for row in await products_in_store(service) if row["sku"] == "TOY-1")
    assert len(product["images"]) == 3


@pytest.mark.parametrize(
    ("policy", "gallery", "of_variants"),
    [
        ("all", 4, 2),
        ("parent_and_first_variant", 3, 1),
        ("parent_only", 2, 0),
        ("first_parent_only", 1, 0),
    ],
)
async def test_image_policies(
    service: Service, pictures: str, policy: str, gallery: int, of_variants: int
) -> None:
    channel_id = await service.connect()
    await settings(service, channel_id, images=policy)
    content = toy(1, sizes=("S", "M"), images=[f"{pictures}/good/{n}.jpg" for n in range(2)])
    for place, variant in enumerate(content["variants"]):
        variant["image"] = f"{pictures}/good/v{place}.jpg"
    await add_listings(service, channel_id, content)
    run = await service.run(channel_id, "publish_listings")
    assert run["status"] == "succeeded"
    product = next(row for row in await products_in_store(service) if row["sku"] == "TOY-1")
    assert len(product["images"]) == gallery
    assert sum(1 for row in product["variants"] if row["image_url"]) == of_variants


async def test_long_texts_by_settings(service: Service) -> None:
    channel_id = await service.connect()
    await settings(service, channel_id, long_title="truncate", long_attributes="truncate")
    content = toy(1, title="x" * 300, custom_fields=[{"name": "A", "value": "y" * 251}])
    await add_listings(service, channel_id, content)
    run = await service.run(channel_id, "publish_listings")
    assert run["status"] == "succeeded"
    await settings(service, channel_id, long_attributes="skip")
    await add_listings(
        service, channel_id, toy(2, custom_fields=[{"name": "A", "value": "y" * 251}])
    )
    await service.run(channel_id, "publish_listings")
    found = {row["sku"]: row for row in await products_in_store(service)}
    assert found["TOY-1"]["name"] == "x" * 250
    assert found["TOY-1"]["custom_fields"][0]["value"] == "y" * 250
    assert found["TOY-2"]["custom_fields"] == []


async def test_depth_and_number_of_variants_by_settings(service: Service) -> None:
    channel_id = await service.connect()
    await settings(service, channel_id, category_depth=2, max_variants=3)
    await add_listings(
        service,
        channel_id,
        toy(1, sizes=("S", "M", "L"), categories=[["A", "B", "C"]]),
        toy(2, sizes=("S", "M", "L", "XL")),
    )
    run = await service.run(channel_id, "publish_listings")
    assert (run["counts"]["created"], run["counts"]["failed"]) == (1, 1)
    assert (await items(service, run, outcome="failed"))[0]["code"] == "too_many_variants"
    names = {
        row["name"]
        for row in (await in_store(service, "/v3/catalog/trees/categories", limit=250))["data"]
    }
    assert "B" in names
    assert "C" not in names


async def test_six_hundred_variants(service: Service) -> None:
    channel_id = await service.connect()
    await settings(service, channel_id, max_variants=600)
    content = toy(1, sizes=tuple(f"S{n}" for n in range(24)))
    content["variants"] = [
        {
            "sku": f"TOY-1-{n}-{m}",
            "options": {"Size": f"S{n}", "Color": f"C{m}"},
            "quantity": n,
            "weight": Decimal(1),
        }
        for n in range(24)
        for m in range(25)
    ]
    await add_listings(service, channel_id, content)
    run = await service.run(channel_id, "publish_listings")
    assert run["status"] == "succeeded"
    await agree(service)


async def test_stock_that_was_not_saved_is_told(service: Service) -> None:
    channel_id = await service.connect()
    await add_listings(service, channel_id, toy(1))
    await faults(service, {"effect": "saved_partly", "method": "POST", "path": "/catalog/products"})
    run = await service.run(channel_id, "publish_listings")
    assert (run["status"], run["counts"]["created"]) == ("succeeded", 1)
    assert (await items(service, run))[0]["code"] == "partly_saved"
    await agree(service)
