"""Listings built of products."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.resources import Resources
from tests.conftest import row_count
from tests.listings.conftest import Shop as Importing
from tests.listings.conftest import draft, variant
from tests.shops import Shop, open_shop

TOY: dict[str, Any] = {
    "sku": "TOY",
    "title": "Toy",
    "description": "<p>Fun</p>",
    "brand": "Acme",
    "categories": [["Toys", "Educational"]],
    "images": ["https://img.example/1.jpg"],
    "custom_fields": [{"name": "Material", "value": "Wood"}],
    "attributes": [{"name": "Age", "value": "3+"}],
    "price": "20.00",
    "cost": "10.00",
    "weight": "2.5",
    "variants": [
        {"sku": "TOY-BLUE", "options": {"Color": "Blue"}, "price": "21.00", "quantity": 5},
        {"sku": "TOY-RED", "options": {"Color": "Red"}, "upc": "123", "quantity": 7},
    ],
}


@pytest.fixture
async def shop(resources: Resources, account_id: UUID) -> Shop:
    return await open_shop(resources, account_id)


async def put(api: httpx.AsyncClient, *products: dict[str, Any]) -> None:
    answer = await api.put("/v1/products", json={"products": list(products)})
    assert answer.json()["failed"] == [], answer.text


async def build(api: httpx.AsyncClient, shop: Shop, *skus: str) -> dict[str, Any]:
    body = {"channel_id": str(shop.channel_id), "product_skus": list(skus)}
    answer = await api.post("/v1/listings/build", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def listings(api: httpx.AsyncClient) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await api.get("/v1/listings")).json()["data"]
    return rows


async def put_into_store(resources: Resources) -> None:
    """Let the only listing be one of the store's products."""
    async with resources.unit_of_work() as uow:
        connection = await uow.session.connection()
        await connection.exec_driver_sql(
            "UPDATE listings SET external_id='77', external_number=77, health='listed',"
            " pending=NULL, link_status='linked'"
        )
        await connection.exec_driver_sql(
            "UPDATE listing_variants SET external_id=position::text, external_number=position"
        )


def counts(built: dict[str, Any]) -> tuple[int, int, int]:
    return built["created"], built["updated"], built["unchanged"]


async def test_a_product_becomes_a_listing_with_its_variants(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    await put(api, TOY)
    built = await build(api, shop, "toy")
    assert (counts(built), built["failed"], built["link_run_id"]) == ((1, 0, 0), [], None)
    (listing,) = await listings(api)
    assert built["listing_ids"] == [listing["id"]]
    for name in ("title", "description", "brand", "categories", "images", "custom_fields"):
        assert listing[name] == TOY[name]
    assert (listing["sku"], listing["price"], listing["weight"]) == ("TOY", "20.00", "2.5")
    assert (listing["health"], listing["pending"]) == ("not_listed", "published")
    assert (listing["external_id"], listing["link_status"]) == (None, "unlinked")
    assert (listing["product_sku"], listing["product_id"]) == ("TOY", listing["product_id"])
    assert listing["extra"] == {"attributes": TOY["attributes"], "type": "physical"}
    blue, red = listing["variants"]
    assert (blue["sku"], blue["price"], blue["quantity"]) == ("TOY-BLUE", "21.00", 5)
    assert (red["sku"], red["price"], red["upc"]) == ("TOY-RED", "20.00", "123")
    assert (blue["options"], blue["external_id"]) == ({"Color": "Blue"}, None)


async def test_a_product_without_variants_has_one(api: httpx.AsyncClient, shop: Shop) -> None:
    await put(api, {"sku": "CUP", "title": "Cup", "price": "3.00", "quantity": 9})
    await build(api, shop, "CUP")
    (listing,) = await listings(api)
    (only,) = listing["variants"]
    assert (only["sku"], only["price"], only["quantity"]) == ("CUP", "3.00", 9)


async def test_chosen_variants_alone_are_built_and_more_can_follow(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    await put(api, TOY)
    assert counts(await build(api, shop, "TOY-RED")) == (1, 0, 0)
    (listing,) = await listings(api)
    assert [row["sku"] for row in listing["variants"]] == ["TOY-RED"]
    assert counts(await build(api, shop, "TOY-BLUE", "TOY-BLUE")) == (0, 1, 0)
    (listing,) = await listings(api)
    assert [row["sku"] for row in listing["variants"]] == ["TOY-RED", "TOY-BLUE"]
    assert counts(await build(api, shop, "TOY", "TOY-RED")) == (0, 0, 1)


async def test_content_is_a_snapshot_until_the_next_build(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    await put(api, TOY)
    await build(api, shop, "TOY")
    (before,) = await listings(api)
    changed = {"sku": "TOY", "title": "Better", "price": "25.00", "variants": []}
    await put(api, {**changed, "variants": [{"sku": "TOY-GREEN", "options": {"Color": "Green"}}]})
    assert (await listings(api))[0]["title"] == "Toy"
    assert counts(await build(api, shop, "TOY")) == (0, 1, 0)
    (after,) = await listings(api)
    assert (after["id"], after["title"], after["price"]) == (before["id"], "Better", "25.00")
    assert after["version"] == before["version"] + 1
    assert [row["sku"] for row in after["variants"]] == ["TOY-BLUE", "TOY-RED", "TOY-GREEN"]
    assert [row["id"] for row in after["variants"][:2]] == [row["id"] for row in before["variants"]]
    assert counts(await build(api, shop, "TOY")) == (0, 0, 1)
    assert (await listings(api))[0]["version"] == after["version"]


async def test_unknown_and_taken_skus_fail_alone(
    api: httpx.AsyncClient, shop: Shop, resources: Resources
) -> None:
    importing = Importing(resources, shop.account_id, shop.channel_id)
    await importing.save(draft(77, master_sku="OTHER", variants=[variant(770, "TOY-RED")]))
    await put(api, TOY, {"sku": "CUP", "title": "Cup"})
    built = await build(api, shop, "TOY", "CUP", "NONE")
    assert counts(built) == (1, 0, 0)
    assert {item["sku"]: item["code"] for item in built["failed"]} == {
        "TOY": "duplicate_sku",
        "NONE": "unknown_sku",
    }
    assert "Link Listings" in next(i["message"] for i in built["failed"] if i["sku"] == "TOY")


async def test_channels_do_not_stand_in_each_others_way(
    api: httpx.AsyncClient, shop: Shop, resources: Resources, account_id: UUID
) -> None:
    other = await open_shop(resources, account_id, name="Second", store_hash="store2")
    await put(api, TOY)
    assert counts(await build(api, shop, "TOY")) == (1, 0, 0)
    assert counts(await build(api, other, "TOY")) == (1, 0, 0)


async def test_two_builds_at_once_make_one_listing(
    api: httpx.AsyncClient, shop: Shop, resources: Resources
) -> None:
    await put(api, TOY)
    both = await asyncio.gather(build(api, shop, "TOY"), build(api, shop, "TOY"))
    assert sorted(counts(built) for built in both) == [(0, 0, 1), (1, 0, 0)]
    assert await row_count(resources, "listings") == 1


async def test_rebuilding_a_listing_in_the_store_takes_content_and_leaves_its_numbers(
    api: httpx.AsyncClient, shop: Shop, resources: Resources
) -> None:
    await put(api, TOY)
    await build(api, shop, "TOY")
    await put_into_store(resources)
    change = {"sku": "TOY", "title": "Better", "price": "25.00"}
    await put(api, {**change, "variants": [{"sku": "TOY-BLUE", "price": "26.00", "upc": "9"}]})
    assert counts(await build(api, shop, "TOY")) == (0, 1, 0)
    (after,) = await listings(api)
    assert (after["title"], after["price"], after["pending"]) == ("Better", "20.00", "overwrite")
    assert (after["health"], after["external_id"]) == ("listed", "77")
    blue = after["variants"][0]
    assert (blue["price"], blue["upc"], blue["external_id"]) == ("21.00", "9", "0")


async def test_a_channel_can_ask_for_linking_after_building(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    address = f"/v1/channels/{shop.channel_id}/integrations/link_listings"
    assert (
        await api.patch(address, json={"settings": {"link_after_build": True}})
    ).status_code == 200
    await put(api, TOY)
    built = await build(api, shop, "TOY")
    run = (await api.get(f"/v1/runs/{built['link_run_id']}")).json()
    assert (run["integration"], run["trigger"]) == ("link_listings", "system")
    assert run["params"] == {"listing_ids": built["listing_ids"]}
    assert (await build(api, shop, "TOY"))["link_run_id"] is None, "a run is active"


async def test_a_strange_channel_and_an_empty_list_are_refused(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    body = {"channel_id": "nowhere", "product_skus": ["TOY"]}
    assert (await api.post("/v1/listings/build", json=body)).status_code == 404
    body = {"channel_id": str(shop.channel_id), "product_skus": []}
    assert (await api.post("/v1/listings/build", json=body)).status_code == 422


async def test_a_thousand_products_are_built_in_a_few_seconds(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    skus = [f"P-{number}" for number in range(1000)]
    await put(
        api,
        *(
            {**TOY, "sku": sku, "variants": [{"sku": f"{sku}-{n}"} for n in range(5)]}
            for sku in skus
        ),
    )
    async with asyncio.timeout(60):
        assert counts(await build(api, shop, *skus)) == (1000, 0, 0)
        assert counts(await build(api, shop, *skus)) == (0, 0, 1000)
