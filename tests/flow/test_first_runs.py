"""From a connected store to its catalogue and orders in the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import text

from app.core.resources import Resources
from tests.flow.conftest import Service

POUND_IN_KG = Decimal("0.45359237")
STAMPS = "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
TABLES = (
    "listings",
    "listing_variants",
    "products",
    "product_variants",
    "stock_levels",
    "orders",
    "order_lines",
    "order_addresses",
)


async def in_store(service: Service, address: str, **params: Any) -> Any:
    """Ask the store's API directly, as nobody of ours would."""
    answer = await service.store.control.get(
        f"/stores/{service.store.settings.store_hash}{address}",
        params=params,
        headers={"X-Auth-Token": service.store.settings.token(), "Accept": "application/json"},
    )
    return answer.json() if answer.content else []


async def fingerprints(resources: Resources) -> dict[str, str]:
    """What each table holds, to the last column."""
    async with resources.unit_of_work() as uow:
        return {
            table: str(await uow.session.scalar(text(STAMPS.format(table)))) for table in TABLES
        }


async def test_the_catalogue_arrives_as_it_is_in_the_store(service: Service) -> None:
    channel_id = await service.connect()
    run = await service.run(channel_id, "import_listings")
    assert (run["status"], run["counts"]["created"]) == ("succeeded", 60)
    assert run["progress"] == {"done": 60, "total": 60, "unit": "listing"}
    listings = {row["external_id"]: row for row in await service.all("/v1/listings")}
    found = await in_store(
        service, "/v3/catalog/products", limit=250, include="variants,images,custom_fields"
    )
    assert len(found["data"]) == len(listings) == 60
    for product in found["data"]:
        listing = listings[str(product["id"])]
        assert listing["title"] == product["name"]
        assert listing["health"] == ("listed" if product["is_visible"] else "hidden")
        assert len(listing["images"]) == len(product["images"])
        assert len(listing["categories"]) == len(set(product["categories"]))
        variants = {row["external_id"]: row for row in listing["variants"]}
        assert len(variants) == len(product["variants"])
        for variant in product["variants"]:
            ours = variants[str(variant["id"])]
            price = product["price"] if variant["price"] is None else variant["price"]
            assert Decimal(ours["price"]) == Decimal(str(price))
            weight = product["weight"] if variant["weight"] is None else variant["weight"]
            assert abs(Decimal(ours["weight"]) - Decimal(str(weight)) * POUND_IN_KG) < Decimal(
                "0.00001"
            )
            assert ours["options"] == {
                option["option_display_name"]: option["label"]
                for option in variant["option_values"]
            }


async def test_a_second_run_changes_nothing_and_writes_nothing(service: Service) -> None:
    channel_id = await service.connect()
    await service.run(channel_id, "import_listings")
    await service.run(channel_id, "get_orders")
    before = await fingerprints(service.resources)
    for integration in ("import_listings", "get_orders"):
        for params in ({}, {"full": True}):
            run = await service.run(channel_id, integration, params=params)
            assert run["status"] == "succeeded"
            assert run["counts"]["created"] == run["counts"]["updated"] == 0
    assert await fingerprints(service.resources) == before


async def test_imported_listings_have_products_and_stock(service: Service) -> None:
    channel_id = await service.connect()
    await service.run(channel_id, "import_listings")
    listings = await service.all("/v1/listings", linked="true")
    products = {row["sku"]: row for row in await service.all("/v1/products")}
    assert listings
    for listing in listings:
        assert listing["product_sku"] in products
    conflicts = [
        row for row in await service.all("/v1/listings") if row["link_status"] == "conflict"
    ]
    assert len(listings) + len(conflicts) == len(
        [row for row in await service.all("/v1/listings") if row["sku"]]
    )


async def test_an_import_does_not_take_back_prices_that_were_set_here(service: Service) -> None:
    channel_id = await service.connect()
    await service.run(channel_id, "import_listings")
    listing = next(
        row for row in await service.all("/v1/listings", linked="true") if len(row["variants"]) == 1
    )
    sku = listing["product_sku"]
    change = {"products": [{"sku": sku, "price": "1.23", "quantity": 7}]}
    assert (await service.api.put("/v1/products", json=change)).json()["updated"] == 1
    await service.store.control.patch(
        f"/sandbox/products/{listing['external_id']}",
        json={"fields": {"name": "Renamed in the store"}},
    )
    await service.run(channel_id, "import_listings", params={"full": True})
    product = next(row for row in await service.all("/v1/products") if row["sku"] == sku)
    assert (product["price"], product["quantity"]) == ("1.23", 7)
    assert product["title"] == "Renamed in the store"


async def test_changes_and_deletions_in_the_store_arrive(service: Service) -> None:
    channel_id = await service.connect()
    await service.run(channel_id, "import_listings")
    first, second, *_ = await service.all("/v1/listings")
    control = service.store.control
    await control.patch(
        f"/sandbox/products/{first['external_id']}", json={"fields": {"name": "Another name"}}
    )
    changed = await service.run(channel_id, "import_listings")
    assert changed["counts"]["updated"] == 1
    assert (await service.api.get(f"/v1/listings/{first['id']}")).json()["title"] == "Another name"
    items = (await service.api.get(f"/v1/runs/{changed['id']}/items")).json()["data"]
    assert {"field": "listing.title", "from": first["title"], "to": "Another name"} in items[0][
        "changes"
    ]
    await control.delete(f"/sandbox/products/{second['external_id']}")
    deleted = await service.run(channel_id, "import_listings")
    assert deleted["status"] == "succeeded"
    gone = (await service.api.get(f"/v1/listings/{second['id']}")).json()
    assert (gone["health"], gone["attention"]) == ("delisted", ["deleted_in_store"])


async def test_new_listings_can_arrive_paused(service: Service) -> None:
    channel_id = await service.connect()
    settings = {"settings": {"pause_new_listings": True, "scope": "listings"}}
    address = f"/v1/channels/{channel_id}/integrations/import_listings"
    assert (await service.api.patch(address, json=settings)).status_code == 200
    await service.run(channel_id, "import_listings")
    assert {row["health"] for row in await service.all("/v1/listings")} == {"paused"}
    assert await service.all("/v1/products") == []


async def test_a_dry_run_of_an_import_says_what_would_happen(service: Service) -> None:
    channel_id = await service.connect()
    plan = await service.run(channel_id, "import_listings", mode="dry_run")
    assert plan["counts"]["created"] == 60
    assert await service.all("/v1/listings") == []
    done = await service.finish(
        (await service.api.post("/v1/runs", json={"plan_run_id": plan["id"]})).json()["id"]
    )
    assert done["counts"]["created"] == 60
    assert len(await service.all("/v1/listings")) == 60


async def test_orders_of_the_chosen_statuses_arrive(service: Service) -> None:
    channel_id = await service.connect()
    run = await service.run(channel_id, "get_orders")
    assert run["status"] == "succeeded", run
    orders = {row["external_id"]: row for row in await service.all("/v1/orders")}
    listed = await in_store(service, "/v2/orders", limit=250)
    recent = {str(row["id"]): row for row in listed if row["status_id"] in {11, 9, 3}}
    assert orders.keys() <= recent.keys()
    assert orders
    for external_id, order in orders.items():
        theirs = recent[external_id]
        assert Decimal(order["order"]["total_inc_tax"]) == Decimal(theirs["total_inc_tax"])
        lines = await in_store(service, f"/v2/orders/{external_id}/products", limit=250)
        assert {row["external_id"] for row in order["line_items"]} == {
            str(line["id"]) for line in lines
        }


async def test_an_order_placed_later_arrives_with_the_next_run(service: Service) -> None:
    channel_id = await service.connect()
    await service.run(channel_id, "get_orders")
    before = len(await service.all("/v1/orders"))
    placed = await service.store.control.post("/sandbox/orders", json={"status_id": 11})
    assert placed.is_success, placed.text
    run = await service.run(channel_id, "get_orders")
    assert run["counts"]["created"] == 1, run
    assert len(await service.all("/v1/orders")) == before + 1
