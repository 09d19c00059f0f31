"""From a catalogue of ours to listings that are tied to a store's products."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.test_first_runs import in_store

LISTED = ("external_id", "health", "pending", "link_status")


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=30, orders=0, quota=100_000, retry_scale=0.01)


async def catalogue(service: Service) -> list[dict[str, Any]]:
    """All products of the store, as it sends them."""
    found = await in_store(service, "/v3/catalog/products", limit=250, include="variants")
    rows: list[dict[str, Any]] = found["data"]
    return rows


def as_ours(product: dict[str, Any], sku: str | None = None, **more: Any) -> dict[str, Any]:
    """A product of ours with the SKUs of one of the store's."""
    body: dict[str, Any] = {"sku": sku or product["sku"] or f"P-{product['id']}", "title": "Ours"}
    options = [row for row in product["variants"] if row["option_values"]]
    if options:
        body["variants"] = [{"sku": row["sku"]} for row in options if row["sku"]]
    return {**body, **more}


async def put_and_build(
    service: Service, channel_id: str, *products: dict[str, Any]
) -> dict[str, Any]:
    answer = await service.api.put("/v1/products", json={"products": list(products)})
    assert answer.json()["failed"] == [], answer.text
    body = {"channel_id": channel_id, "product_skus": [row["sku"] for row in products]}
    built = await service.api.post("/v1/listings/build", json=body)
    assert built.status_code == 200, built.text
    assert built.json()["failed"] == []
    found: dict[str, Any] = built.json()
    return found


async def by_sku(service: Service) -> dict[str, dict[str, Any]]:
    return {row["sku"]: row for row in await service.all("/v1/listings")}


async def items_of(service: Service, run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    rows = await service.all(f"/v1/runs/{run['id']}/items")
    return {row["reference"]: row for row in rows}


async def writes(service: Service) -> list[dict[str, Any]]:
    return [row for row in await service.store.requests() if row["method"] != "GET"]


def simple(rows: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Products without options that have a SKU."""
    chosen = [
        row
        for row in rows
        if row["sku"] and len(row["variants"]) == 1 and not row["variants"][0]["option_values"]
    ]
    assert len(chosen) >= count
    return chosen[:count]


async def test_listings_find_their_products_and_adopt_what_the_store_has(
    service: Service,
) -> None:
    channel_id = await service.connect()
    theirs = [row for row in await catalogue(service) if row["sku"]]
    await put_and_build(service, channel_id, *(as_ours(row) for row in theirs))
    await service.store.forget_requests()
    run = await service.run(channel_id, "link_listings")
    assert run["status"] in {"succeeded", "completed_with_errors"}, run
    assert run["progress"]["done"] == run["progress"]["total"] == len(theirs)
    assert run["requests"]["made"] == 1
    assert await writes(service) == []
    listings = await by_sku(service)
    linked = [row for row in theirs if listings[row["sku"]]["link_status"] == "linked"]
    assert run["counts"]["updated"] == len(linked)
    assert len(linked) > len(theirs) / 2
    for product in linked:
        listing = listings[product["sku"]]
        health = "listed" if product["is_visible"] else "hidden"
        assert [listing[name] for name in LISTED] == [str(product["id"]), health, None, "linked"]
        assert (listing["title"], listing["currency"]) == ("Ours", "USD")
        assert Decimal(listing["price"]) == Decimal(str(product["price"]))
        known = {row["sku"]: row for row in product["variants"]}
        for variant in listing["variants"]:
            assert variant["external_id"] == str(known[variant["sku"]]["id"])
            assert variant["quantity"] == known[variant["sku"]]["inventory_level"]


async def test_a_second_run_has_nothing_left_and_asks_nothing(service: Service) -> None:
    channel_id = await service.connect()
    (product,) = simple(await catalogue(service), 1)
    await put_and_build(service, channel_id, as_ours(product))
    await service.run(channel_id, "link_listings")
    before = await by_sku(service)
    run = await service.run(channel_id, "link_listings")
    assert (run["status"], run["requests"]["made"], run["progress"]["done"]) == ("succeeded", 0, 0)
    assert await by_sku(service) == before


async def test_what_is_not_found_or_not_certain_is_told_and_left(service: Service) -> None:
    channel_id = await service.connect()
    first, second, third, fourth = simple(await catalogue(service), 4)
    for product in (first, second):
        await service.store.control.patch(
            f"/sandbox/products/{product['id']}", json={"fields": {"upc": "036000291452"}}
        )
    address = f"/v1/channels/{channel_id}/integrations/link_listings"
    priority = [
        {"listing": "upc", "store": "product.upc"},
        {"listing": "sku", "store": "variant.sku"},
    ]
    changed = await service.api.patch(address, json={"settings": {"priority": priority}})
    assert changed.status_code == 200
    await put_and_build(
        service,
        channel_id,
        as_ours(first, upc="0036000291452"),
        as_ours(third),
        {"sku": "NOWHERE", "title": "Not in the store"},
        {"sku": "ONE", "title": "One", "variants": [{"sku": fourth["sku"]}]},
    )
    run = await service.run(channel_id, "link_listings")
    assert (run["status"], run["counts"]["failed"]) == ("completed_with_errors", 1)
    items = await items_of(service, run)
    ambiguous = items[first["sku"]]
    assert (ambiguous["outcome"], ambiguous["code"]) == ("failed", "ambiguous")
    assert str(first["id"]) in ambiguous["message"]
    assert str(second["id"]) in ambiguous["message"]
    assert (items["NOWHERE"]["outcome"], items["NOWHERE"]["code"]) == ("skipped", "not_found")
    listings = await by_sku(service)
    assert [listings[first["sku"]][name] for name in LISTED] == [
        *(None, "not_listed", "published", "ambiguous")
    ]
    assert listings[third["sku"]]["link_status"] == "linked"
    assert listings["NOWHERE"]["link_status"] == "unlinked"
    assert listings["ONE"]["link_status"] == "linked"


async def test_a_product_that_fits_two_listings_belongs_to_neither(service: Service) -> None:
    channel_id = await service.connect()
    (product,) = simple(await catalogue(service), 1)
    await service.store.control.patch(
        f"/sandbox/products/{product['id']}", json={"fields": {"mpn": "SAME"}}
    )
    address = f"/v1/channels/{channel_id}/integrations/link_listings"
    priority = [{"listing": "mpn", "store": "product.mpn"}]
    await service.api.patch(address, json={"settings": {"priority": priority}})
    built = await put_and_build(
        service,
        channel_id,
        {"sku": "A", "title": "A", "mpn": "SAME"},
        {"sku": "B", "title": "B", "mpn": "SAME"},
    )
    for params in ({}, {"listing_ids": built["listing_ids"][:1]}):
        run = await service.run(channel_id, "link_listings", params=params)
        codes = {item["code"] for item in (await items_of(service, run)).values()}
        assert codes == {"several_listings"}
    assert {row["link_status"] for row in (await by_sku(service)).values()} == {"conflict"}


async def test_an_imported_listing_takes_over_and_the_built_one_goes(service: Service) -> None:
    channel_id = await service.connect()
    first, second = simple(await catalogue(service), 2)
    await put_and_build(service, channel_id, as_ours(first), as_ours(second))
    settings = {"settings": {"scope": "listings"}}
    address = f"/v1/channels/{channel_id}/integrations/import_listings"
    await service.api.patch(address, json=settings)
    await service.run(channel_id, "import_listings")
    twice = [row for row in await service.all("/v1/listings") if row["sku"] == first["sku"]]
    assert len(twice) == 2
    plan = await service.run(channel_id, "link_listings", mode="dry_run")
    assert len(await service.all("/v1/listings", sku=first["sku"])) == 2
    run = await service.finish(
        (await service.api.post("/v1/runs", json={"plan_run_id": plan["id"]})).json()["id"]
    )
    for outcome in ("updated", "skipped", "failed"):
        assert run["counts"][outcome] == plan["counts"][outcome]
    merged = [
        row for row in await service.all(f"/v1/runs/{run['id']}/items") if row["code"] == "merged"
    ]
    assert {row["external_id"] for row in merged} == {str(first["id"]), str(second["id"])}
    (listing,) = await service.all("/v1/listings", sku=first["sku"])
    assert (listing["external_id"], listing["link_status"]) == (str(first["id"]), "linked")
    assert (listing["title"], listing["product_sku"]) == (first["name"], first["sku"])


async def test_a_product_of_the_store_that_belongs_to_another_is_a_conflict(
    service: Service,
) -> None:
    channel_id = await service.connect()
    (product,) = simple(await catalogue(service), 1)
    await service.store.control.patch(
        f"/sandbox/products/{product['id']}", json={"fields": {"mpn": "SAME"}}
    )
    address = f"/v1/channels/{channel_id}/integrations/link_listings"
    priority = [{"listing": "mpn", "store": "product.mpn"}]
    await service.api.patch(address, json={"settings": {"priority": priority}})
    await put_and_build(service, channel_id, as_ours(product, mpn="SAME"))
    await service.run(channel_id, "link_listings")
    await put_and_build(service, channel_id, {"sku": "LATE", "title": "Late", "mpn": "SAME"})
    run = await service.run(channel_id, "link_listings")
    (item,) = (await items_of(service, run)).values()
    assert (item["code"], item["external_id"]) == ("already_linked", str(product["id"]))
    assert product["sku"] in item["message"]
    listings = await by_sku(service)
    assert listings["LATE"]["link_status"] == "conflict"
    assert listings[product["sku"]]["link_status"] == "linked"


async def test_a_dry_run_writes_nothing_and_a_changed_store_is_not_guessed_at(
    service: Service,
) -> None:
    channel_id = await service.connect()
    first, second, third = simple(await catalogue(service), 3)
    await put_and_build(service, channel_id, *(as_ours(row) for row in (first, second, third)))
    before = await by_sku(service)
    plan = await service.run(channel_id, "link_listings", mode="dry_run")
    assert plan["counts"]["updated"] == 3
    assert await by_sku(service) == before
    items = await items_of(service, plan)
    change = {"field": "external_id", "from": None, "to": str(first["id"])}
    assert change in items[first["sku"]]["changes"]
    await service.store.control.patch(
        f"/sandbox/products/{first['id']}", json={"fields": {"is_visible": not first["is_visible"]}}
    )
    chosen = [items[row["sku"]]["id"] for row in (first, second)]
    body = {"plan_run_id": plan["id"], "item_ids": chosen}
    run = await service.finish((await service.api.post("/v1/runs", json=body)).json()["id"])
    assert (run["counts"]["updated"], run["counts"]["skipped"]) == (1, 1)
    assert (await items_of(service, run))[first["sku"]]["code"] == "plan_stale"
    listings = await by_sku(service)
    states = [listings[row["sku"]]["link_status"] for row in (first, second, third)]
    assert states == ["unlinked", "linked", "unlinked"]


async def test_listings_are_linked_right_after_building_where_it_is_set(service: Service) -> None:
    channel_id = await service.connect()
    (product,) = simple(await catalogue(service), 1)
    address = f"/v1/channels/{channel_id}/integrations/link_listings"
    await service.api.patch(address, json={"settings": {"link_after_build": True}})
    built = await put_and_build(service, channel_id, as_ours(product))
    run = await service.finish(built["link_run_id"])
    assert (run["trigger"], run["counts"]["updated"]) == ("system", 1)


async def test_paused_listings_are_linked_and_stay_paused(service: Service) -> None:
    channel_id = await service.connect()
    (product,) = simple(await catalogue(service), 1)
    built = await put_and_build(service, channel_id, as_ours(product))
    address = f"/v1/listings/{built['listing_ids'][0]}/status"
    assert (await service.api.post(address, json={"to": "paused"})).status_code == 200
    await service.run(channel_id, "link_listings")
    (listing,) = await service.all("/v1/listings")
    assert (listing["health"], listing["link_status"]) == ("paused", "linked")
    shown = (await service.api.post(address, json={"to": "listed"})).json()
    assert shown["health"] == ("listed" if product["is_visible"] else "hidden")
