"""Content that was written here stays, whatever comes back from the store."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.settings import SandboxSettings
from tests.flow import publishing
from tests.flow.conftest import Service
from tests.flow.inbox import settle
from tests.flow.publishing import behave, faults, products_in_store

CONTENT = {
    "sku": "OWN-1",
    "title": "Brass lamp",
    "description": "<p>Shines</p>",
    "price": "20.00",
    # A round trip through pounds and inches makes other numbers of these.
    "weight": "1",
    "width": "10",
    "quantity": 4,
    "categories": [["Lamps", "Brass", "Ship", "Small"]],
    "custom_fields": [{"name": "Material", "value": "Brass"}],
    "attributes": [{"name": "Fit", "value": "E27"}],
}
TOLD = (
    *("sku", "title", "description", "weight", "length", "width", "categories", "images"),
    *("custom_fields", "attributes"),
)


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=3, orders=0, quota=100_000, retry_scale=0.002)


@pytest.fixture
async def shop(shop: str, service: Service) -> str:
    """The channel after an import of its catalogue."""
    await service.run(shop, "import_listings")
    return shop


async def put(service: Service, **values: Any) -> None:
    answer = await service.api.put("/v1/products", json={"products": [values]})
    assert answer.json()["failed"] == [], answer.text


async def build(service: Service, channel_id: str, sku: str) -> str:
    body = {"channel_id": channel_id, "product_skus": [sku]}
    answer = (await service.api.post("/v1/listings/build", json=body)).json()
    assert answer["failed"] == [], answer
    return str(answer["listing_ids"][0])


async def listing(service: Service, listing_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await service.api.get(f"/v1/listings/{listing_id}")).json()
    return found


async def product(service: Service, sku: str) -> dict[str, Any]:
    rows = [row for row in await service.all("/v1/products") if row["sku"] == sku]
    assert len(rows) == 1
    return rows[0]


async def live(service: Service, external_id: str) -> dict[str, Any]:
    return next(row for row in await products_in_store(service) if str(row["id"]) == external_id)


async def edit_in_store(service: Service, external_id: str, **fields: Any) -> None:
    address = f"/sandbox/products/{external_id}"
    answer = await service.store.control.patch(address, json={"fields": fields})
    assert answer.status_code == 200, answer.text
    await settle(service)


async def writes(service: Service) -> list[str]:
    rows = await service.store.requests()
    return [f"{row['method']} {row['endpoint']}" for row in rows if row["method"] != "GET"]


async def publish(service: Service, channel_id: str, *ids: str) -> dict[str, Any]:
    params = {"params": {"listing_ids": list(ids)}} if ids else {}
    return await service.run(channel_id, "publish_listings", **params)


async def test_publishing_again_sends_nothing(service: Service, shop: str, pictures: str) -> None:
    images = [f"{pictures}/good/{n}.jpg" for n in range(2)]
    sizes = [
        {
            "sku": f"OWN-1-{size}",
            "options": {"Size": size},
            "quantity": 2,
            "image": f"{pictures}/good/{size}.jpg",
        }
        for size in "SM"
    ]
    await put(service, **CONTENT, images=images, variants=sizes)
    before = await product(service, "OWN-1")
    listing_id = await build(service, shop, "OWN-1")
    built = await listing(service, listing_id)
    run = await publish(service, shop, listing_id)
    assert run["counts"]["created"] == 1
    await settle(service)
    await service.run(shop, "import_listings", params={"full": True})
    published = await listing(service, listing_id)
    assert {name: published[name] for name in TOLD if name in published} == {
        name: built[name] for name in TOLD if name in built
    }
    assert [row["image"] for row in published["variants"]] == [row["image"] for row in sizes]
    after = await product(service, "OWN-1")
    assert {name: after[name] for name in TOLD} == {name: before[name] for name in TOLD}
    assert after["variants"] == before["variants"]
    # Attributes and a fourth level are the store's way of showing what is ours.
    there = await live(service, published["external_id"])
    assert len(there["images"]) >= 2
    await service.store.forget_requests()
    await publishing.settings(service, shop, overwrite=True)
    run = await publish(service, shop, listing_id)
    assert run["counts"]["unchanged"] == 1
    assert await writes(service) == []
    assert await live(service, published["external_id"]) == there


async def test_pictures_by_the_stores_addresses_are_kept(
    service: Service, shop: str, pictures: str
) -> None:
    images = [f"{pictures}/good/{n}.jpg" for n in range(3)]
    await put(service, **CONTENT, images=images)
    listing_id = await build(service, shop, "OWN-1")
    await publish(service, shop, listing_id)
    external_id = (await listing(service, listing_id))["external_id"]
    there = (await live(service, external_id))["images"]
    kept = [row["url_standard"] for row in there[:2]]
    await service.api.patch(f"/v1/listings/{listing_id}", json={"images": kept})
    run = await publish(service, shop, listing_id)
    assert run["counts"]["updated"] == 1
    left = (await live(service, external_id))["images"]
    assert [row["id"] for row in left] == [row["id"] for row in there[:2]]


async def test_a_rebuild_is_not_undone_by_an_echo(service: Service, shop: str) -> None:
    await put(service, **CONTENT)
    listing_id = await build(service, shop, "OWN-1")
    await publish(service, shop, listing_id)
    await settle(service)
    await put(service, sku="OWN-1", title="Steel lamp", description="New", price="25.00")
    await build(service, shop, "OWN-1")
    await service.run(shop, "sync_listings", params={"listing_ids": [listing_id]})
    await settle(service)
    await service.run(shop, "import_listings", params={"full": True})
    waiting = await listing(service, listing_id)
    assert (waiting["title"], waiting["description"]) == ("Steel lamp", "New")
    assert (waiting["pending"], waiting["price"]) == ("overwrite", "25.00")
    assert (await product(service, "OWN-1"))["title"] == "Steel lamp"
    run = await publish(service, shop)
    assert run["counts"]["updated"] == 1
    there = await live(service, waiting["external_id"])
    assert (there["name"], there["description"]) == ("Steel lamp", "New")
    await settle(service)
    settled = await listing(service, listing_id)
    assert (settled["title"], settled["pending"]) == ("Steel lamp", None)


async def test_an_edit_during_a_create_is_sent_by_the_next_run(service: Service, shop: str) -> None:
    await put(service, **CONTENT)
    listing_id = await build(service, shop, "OWN-1")
    slow = {"effect": "delay", "method": "POST", "path": "/v3/catalog/products$", "delay_ms": 1500}
    await faults(service, slow)
    run_id = await service.start(shop, "publish_listings")
    async with asyncio.timeout(20):
        while "POST /v3/catalog/products" not in await writes(service):
            run = (await service.api.get(f"/v1/runs/{run_id}")).json()
            if run["progress"]["total"]:
                break
            await asyncio.sleep(0.05)
    answer = await service.api.patch(f"/v1/listings/{listing_id}", json={"title": "Edited"})
    assert answer.status_code == 200
    run = await service.finish(run_id)
    assert run["counts"]["created"] == 1
    await behave(service)
    await settle(service)
    edited = await listing(service, listing_id)
    assert edited["title"] == "Edited"
    assert edited["pending"] in ("published", "overwrite")
    await publish(service, shop)
    assert (await live(service, edited["external_id"]))["name"] == "Edited"
    await settle(service)
    assert (await listing(service, listing_id))["pending"] is None


async def test_what_was_edited_is_ours_and_the_rest_follows_the_store(
    service: Service, shop: str
) -> None:
    row = next(row for row in await service.all("/v1/listings") if row["sku"])
    address = f"/v1/listings/{row['id']}"
    await service.api.patch(address, json={"title": "Ours", "pending": None})
    await edit_in_store(
        service, row["external_id"], name="Theirs", description="<p>Theirs</p>", is_visible=False
    )
    after = await listing(service, row["id"])
    assert (after["title"], after["description"]) == ("Ours", "<p>Theirs</p>")
    assert after["health"] == "hidden"
    assert (await product(service, row["sku"]))["title"] == "Theirs"


async def test_a_product_that_the_seller_wrote_stays(service: Service, shop: str) -> None:
    first, second, *_ = (row for row in await service.all("/v1/listings") if row["sku"])
    await put(service, sku=first["sku"], price="99.00", quantity=3)
    await put(service, sku=second["sku"], title="Mine", weight="3")
    for row in (first, second):
        await edit_in_store(
            service, row["external_id"], name=f"T{row['external_id']}", weight=7, warranty="None"
        )
    untouched, mine = await product(service, first["sku"]), await product(service, second["sku"])
    assert (untouched["title"], untouched["price"]) == (f"T{first['external_id']}", "99.00")
    assert (mine["title"], mine["weight"]) == ("Mine", "3")
    assert (await listing(service, second["id"]))["title"] == f"T{second['external_id']}"


async def test_a_link_by_another_identifier_lasts(service: Service, shop: str) -> None:
    await service.api.patch(
        f"/v1/channels/{shop}/integrations/link_listings",
        json={"settings": {"priority": [{"listing": "upc", "store": "product.upc"}]}},
    )
    await put(service, **CONTENT, upc="444444444442")
    listing_id = await build(service, shop, "OWN-1")
    made = await service.store.control.post(
        "/sandbox/products",
        json={
            "name": "Theirs",
            "sku": "STORE-1",
            "price": 7,
            "weight": 1,
            "upc": "444444444442",
            "inventory_tracking": "product",
            "inventory_level": 11,
        },
    )
    number = str(made.json()["id"])
    run = await service.run(shop, "link_listings", params={"listing_ids": [listing_id]})
    assert run["counts"]["updated"] == 1, await publishing.items(service, run)
    await edit_in_store(service, number, warranty="Two years")
    await service.run(shop, "import_listings", params={"full": True})
    linked = await listing(service, listing_id)
    assert (linked["external_id"], linked["link_status"]) == (number, "linked")
    assert (linked["sku"], linked["product_sku"], linked["title"]) == (
        *("OWN-1", "OWN-1"),
        "Brass lamp",
    )
    assert [row["sku"] for row in linked["variants"]] == ["OWN-1"]
    assert "STORE-1" not in {row["sku"] for row in await service.all("/v1/products")}
    found = await service.all("/v1/listings", sku="own-1")
    assert [row["id"] for row in found] == [listing_id]
    for price, level in (("8.00", 5), ("9.00", 1)):
        await put(service, sku="OWN-1", price=price, quantity=level)
        await service.run(shop, "sync_listings", params={"listing_ids": [listing_id]})
        await settle(service)
        there = await live(service, number)
        assert (float(there["price"]), there["inventory_level"]) == (float(price), level)

    await put(service, sku="OWN-1", quantity=9)
    await service.run(shop, "sync_listings", params={"listing_ids": [listing_id]})
    await settle(service)
    variant = (await live(service, number))["variants"][0]["id"]
    line = {"product_id": int(number), "variant_id": variant, "quantity": 4}
    order = {"status_id": 11, "lines": [line]}
    await service.store.control.post("/sandbox/orders", json=order)
    await settle(service)
    (sold,) = (await service.all("/v1/orders"))[-1]["line_items"]
    assert sold["sku"] == "STORE-1"
    await put(service, sku="OWN-1", quantity=8)
    await service.run(shop, "sync_listings", params={"listing_ids": [listing_id]})
    assert (await live(service, number))["inventory_level"] == 4


async def test_a_variant_added_on_both_sides_is_there_once(service: Service, shop: str) -> None:
    small = {"sku": "OWN-1-S", "options": {"Size": "S"}, "quantity": 1}
    large = {"sku": "OWN-1-L", "options": {"Size": "L"}, "quantity": 2, "weight": "3"}
    await put(service, **CONTENT, variants=[small])
    listing_id = await build(service, shop, "OWN-1")
    await publish(service, shop, listing_id)
    external_id = (await listing(service, listing_id))["external_id"]
    await put(service, sku="OWN-1", variants=[large])
    await build(service, shop, "OWN-1")
    there = await live(service, external_id)
    option = there["variants"][0]["option_values"][0]["option_id"]
    address = f"/v3/catalog/products/{external_id}"
    made = await ask_store(
        service, f"{address}/options/{option}/values", {"label": "L", "sort_order": 1}
    )
    values = [{"option_id": option, "id": made["id"]}]
    await ask_store(service, f"{address}/variants", {"sku": "own-1-l", "option_values": values})
    await settle(service)
    await service.run(shop, "import_listings", params={"full": True})
    found = await listing(service, listing_id)
    assert [(row["sku"], row["weight"]) for row in found["variants"]] == [
        ("OWN-1-S", "1"),
        ("OWN-1-L", "3"),
    ]
    run = await publish(service, shop)
    assert run["counts"]["updated"] == 1, await publishing.items(service, run)
    assert len((await live(service, external_id))["variants"]) == 2


async def ask_store(service: Service, address: str, body: dict[str, Any]) -> dict[str, Any]:
    """Make something through the store's API, as somebody else's app would."""
    answer = await service.store.control.post(
        f"/stores/{service.store.settings.store_hash}{address}",
        json=body,
        headers={"X-Auth-Token": service.store.settings.token()},
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found
