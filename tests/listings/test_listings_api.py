"""Listings through the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI

from app.accounts.service import Scope, ensure_account
from app.core.resources import Resources
from app.listings.drafts import Link, VariantDraft
from app.listings.kinds import LinkStatus
from app.listings.repository import mark_deleted, set_links
from tests.conftest import client_for, make_key
from tests.listings.conftest import Shop, draft, variant
from tests.listings.sql import statements


async def one(api: httpx.AsyncClient) -> dict[str, Any]:
    (listing,) = (await api.get("/v1/listings")).json()["data"]
    assert (await api.get(f"/v1/listings/{listing['id']}")).json() == listing
    found: dict[str, Any] = listing
    return found


async def test_a_listing_is_answered_whole(shop: Shop, api: httpx.AsyncClient) -> None:
    blue = variant(1, "TOY-BLUE", list_price=Decimal("21.9"), upc="123", msrp=Decimal("24.125"))
    red = variant(2, "TOY-RED", list_price=None, quantity=None, weight=Decimal("3"), image="")
    await shop.save(draft(77, upc="999", attention=("long_title",), variants=[blue, red]))
    listing = await one(api)
    assert (listing["external_id"], listing["sku"], listing["title"]) == ("77", "TOY-77", "Toy 77")
    assert listing["channel_id"] == str(shop.channel_id)
    assert (listing["brand"], listing["currency"]) == ("Acme", "USD")
    assert listing["categories"] == [["Toys", "Educational"]]
    assert listing["images"] == ["https://img.example/1.jpg"]
    assert listing["custom_fields"] == []
    assert (listing["health"], listing["pending"]) == ("listed", None)
    assert (listing["link_status"], listing["attention"]) == ("unlinked", ["long_title"])
    first, second = listing["variants"]
    assert (first["external_id"], first["sku"], first["upc"]) == ("1", "TOY-BLUE", "123")
    assert (first["price"], first["msrp"], first["sale_price"]) == ("21.90", "24.125", None)
    assert (first["quantity"], first["options"], first["image"]) == (5, {"Color": "Blue"}, None)
    assert first["weight"] == "2.5"
    assert (second["price"], second["weight"]) == ("19.99", "3")
    assert (second["quantity"], second["upc"]) == (None, None)


async def test_the_only_variant_stands_for_its_listing(shop: Shop, api: httpx.AsyncClient) -> None:
    only = VariantDraft(1, {"sku": "", "list_price": None})
    await shop.save(draft(7, quantity=4, upc="999", variants=[only]))
    (found,) = (await one(api))["variants"]
    assert (found["sku"], found["price"], found["quantity"], found["upc"]) == (
        "TOY-7",
        "19.99",
        4,
        "999",
    )


async def test_filters(shop: Shop, api: httpx.AsyncClient, resources: Resources) -> None:
    saved = await shop.save(
        draft(1, variants=[variant(10, "Blue-1")]), draft(2, health="hidden"), draft(3)
    )
    async with resources.unit_of_work() as uow:
        await set_links(uow, [Link(saved[0].listing_id, LinkStatus.LINKED, uuid4(), "TOY-1")])
        await mark_deleted(uow, shop.channel_id, [3])

    async def ids(**params: str) -> list[str]:
        answer = await api.get("/v1/listings", params=params)
        assert answer.status_code == 200, answer.text
        return [item["external_id"] for item in answer.json()["data"]]

    assert await ids() == ["1", "2", "3"]
    assert await ids(sku="toy-2") == ["2"]
    assert await ids(sku="BLUE-1") == ["1"]
    assert await ids(sku="nothing") == []
    assert await ids(health="hidden") == ["2"]
    assert await ids(health="delisted") == ["3"]
    assert await ids(linked="true") == ["1"]
    assert await ids(linked="false") == ["2", "3"]
    assert await ids(channel_id=str(shop.channel_id), linked="false") == ["2", "3"]
    strange = await api.get("/v1/listings", params={"channel_id": str(uuid4())})
    assert strange.status_code == 404
    assert (await api.get("/v1/listings", params={"health": "fine"})).status_code == 422


async def test_cost_of_a_page_does_not_grow(
    shop: Shop, api: httpx.AsyncClient, resources: Resources
) -> None:
    await shop.save(*[draft(n) for n in range(1, 61)])
    with statements(resources) as small:
        await api.get("/v1/listings?limit=1")
    with statements(resources) as large:
        page = (await api.get("/v1/listings?limit=50")).json()
    assert len(small) == len(large) == 3  # the key, the listings, their variants
    rest = (await api.get("/v1/listings", params={"cursor": page["next_cursor"]})).json()
    assert len(rest["data"]) == 10
    assert rest["next_cursor"] is None


async def test_content_is_edited(shop: Shop, api: httpx.AsyncClient) -> None:
    await shop.save(draft(1))
    listing = await one(api)
    path = f"/v1/listings/{listing['id']}"
    patch = {
        "version": listing["version"],
        "title": "Better",
        "description": None,
        "categories": [["Games"]],
        "images": [],
        "custom_fields": [{"name": "Age", "value": "3+"}],
    }
    answer = await api.patch(path, json=patch)
    assert answer.status_code == 200, answer.text
    edited = answer.json()
    assert (edited["title"], edited["description"], edited["brand"]) == ("Better", "", "Acme")
    assert (edited["categories"], edited["images"]) == ([["Games"]], [])
    assert edited["custom_fields"] == [{"name": "Age", "value": "3+"}]
    assert edited["version"] == listing["version"] + 1
    conflict = await api.patch(path, json=patch)
    assert (conflict.status_code, conflict.json()["code"]) == (409, "version_conflict")
    assert conflict.json()["version"] == edited["version"]
    same = await api.patch(path, json={"title": "Better"})
    assert same.json() == edited
    (event,) = (await api.get("/v1/audit-events", params={"entity": "listing"})).json()["data"]
    assert event["changes"]["title"] == {"from": "Toy 1", "to": "Better"}


async def test_prices_set_by_hand_outlast_imports(shop: Shop, api: httpx.AsyncClient) -> None:
    await shop.save(draft(1, variants=[variant(10), variant(11)]))
    listing = await one(api)
    path = f"/v1/listings/{listing['id']}"
    first = listing["variants"][0]["id"]
    patch = {"id": first, "price": "25", "quantity": 3, "upc": "777", "weight": 1.5}
    answer = await api.patch(path, json={"variants": [patch]})
    assert answer.status_code == 200, answer.text
    found, other = answer.json()["variants"]
    assert (found["price"], found["quantity"], found["upc"]) == ("25.00", 3, "777")
    assert (found["weight"], found["locked"]) == ("1.5", ["price", "quantity"])
    assert (other["price"], other["locked"]) == ("21.99", [])

    await shop.save(draft(1, variants=[variant(10, list_price=Decimal("22")), variant(11)]))
    assert (await one(api))["variants"][0]["price"] == "25.00"
    unlocked = await api.patch(path, json={"variants": [{"id": first, "price": None}]})
    found = unlocked.json()["variants"][0]
    assert (found["price"], found["locked"]) == ("22.00", ["quantity"])


async def test_edits_that_are_refused(
    shop: Shop, api: httpx.AsyncClient, app: FastAPI, resources: Resources
) -> None:
    await shop.save(draft(1))
    path = f"/v1/listings/{(await one(api))['id']}"
    unknown = await api.patch(path, json={"variants": [{"id": str(uuid4()), "price": "1"}]})
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (422, "unknown_variant")
    bodies: list[dict[str, Any]] = [
        {"colour": "red"},
        {"images": ["ftp://x"]},
        {"categories": [[]]},
    ]
    for body in bodies:
        assert (await api.patch(path, json=body)).status_code == 422
    async with client_for(app, await make_key(resources, shop.account_id, Scope.READ)) as reader:
        assert (await reader.patch(path, json={"title": "x"})).status_code == 403
    async with resources.unit_of_work() as uow:
        other = await ensure_account(uow, "Other")
    async with client_for(app, await make_key(resources, other, Scope.ADMIN)) as stranger:
        assert (await stranger.get(path)).status_code == 404
        assert (await stranger.patch(path, json={"title": "x"})).status_code == 404
        assert (await stranger.get("/v1/listings")).json()["data"] == []
    assert (await api.get("/v1/listings/nonsense")).status_code == 404
