"""Products and stock through the API."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select

from app.accounts.service import Scope, ensure_account
from app.core.clock import SettableClock
from app.core.resources import Resources
from app.products.models import StockLevel
from tests.conftest import client_for, make_key, row_count
from tests.listings.sql import statements

NOTHING: dict[str, Any] = {"created": 0, "updated": 0, "unchanged": 0, "failed": []}


def toy(sku: str = "TOY-1", **values: Any) -> dict[str, Any]:
    return {
        "sku": sku,
        "title": "Luxury Toy",
        "description": "<p>Fun</p>",
        "brand": "Acme",
        "categories": [["Toys", "Educational"]],
        "images": ["https://img.example/1.jpg"],
        "custom_fields": [{"name": "Material", "value": "Wood"}],
        "type": "physical",
        "price": "19.99",
        "weight": "2.50",
        "variants": [
            {"sku": f"{sku}-BLUE", "options": {"Color": "Blue"}, "price": 21.9, "quantity": 5},
            {"sku": f"{sku}-RED", "options": {"Color": "Red"}, "quantity": 7},
        ],
        **values,
    }


async def put(api: httpx.AsyncClient, *products: Any) -> dict[str, Any]:
    answer = await api.put("/v1/products", json={"products": products})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def stock(api: httpx.AsyncClient, *levels: Any) -> dict[str, Any]:
    answer = await api.put("/v1/stock", json={"levels": levels})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def only(api: httpx.AsyncClient) -> dict[str, Any]:
    (product,) = (await api.get("/v1/products")).json()["data"]
    assert (await api.get(f"/v1/products/{product['id']}")).json() == product
    found: dict[str, Any] = product
    return found


async def only_levels(resources: Resources) -> dict[tuple[str, str], tuple[int, datetime]]:
    """Quantity and time of every level."""
    async with resources.unit_of_work() as uow:
        rows = await uow.session.scalars(select(StockLevel))
        return {(row.sku_key, row.warehouse): (row.quantity, row.updated_at) for row in rows}


async def test_a_product_is_created_and_answered_whole(api: httpx.AsyncClient) -> None:
    assert await put(api, toy()) == {**NOTHING, "created": 1}
    product = await only(api)
    assert (product["sku"], product["title"], product["price"]) == ("TOY-1", "Luxury Toy", "19.99")
    assert product["categories"] == [["Toys", "Educational"]]
    assert product["custom_fields"] == [{"name": "Material", "value": "Wood"}]
    assert (product["weight"], product["quantity"], product["stock"]) == ("2.5", 12, [])
    blue, red = product["variants"]
    assert (blue["sku"], blue["options"], blue["price"]) == (
        "TOY-1-BLUE",
        {"Color": "Blue"},
        "21.90",
    )
    assert (red["price"], red["quantity"]) == (None, 7)
    assert [(level["warehouse"], level["quantity"]) for level in red["stock"]] == [("default", 7)]


async def test_the_same_again_writes_nothing_but_when_stock_was_told(
    api: httpx.AsyncClient, resources: Resources, clock: SettableClock
) -> None:
    await put(api, toy(), toy("TOY-2"))
    before = await only_levels(resources)
    clock.at += timedelta(minutes=5)
    with statements(resources) as seen:
        assert await put(api, toy(), toy("TOY-2")) == {**NOTHING, "unchanged": 2}
    assert [word for word in seen if word in {"INSERT", "UPDATE", "DELETE"}] == ["INSERT"]
    after = await only_levels(resources)
    assert {key: row[0] for key, row in after.items()} == {
        key: row[0] for key, row in before.items()
    }
    assert all(after[key][1] > before[key][1] for key in before)
    bare = {"sku": "TOY-1", "title": "Luxury Toy"}
    with statements(resources) as seen:
        assert await put(api, bare) == {**NOTHING, "unchanged": 1}
    assert not {"INSERT", "UPDATE", "DELETE"} & set(seen)


async def test_skus_are_the_same_whatever_their_case(api: httpx.AsyncClient) -> None:
    await put(api, toy())
    again = toy("toy-1", variants=[{"sku": "toy-1-blue", "price": "30"}])
    assert await put(api, again) == {**NOTHING, "updated": 1}
    product = await only(api)
    assert [variant["sku"] for variant in product["variants"]] == ["toy-1-blue", "TOY-1-RED"]
    assert product["variants"][0]["price"] == "30.00"


async def test_absent_fields_stay_and_null_clears(api: httpx.AsyncClient) -> None:
    await put(api, toy())
    assert await put(api, {"sku": "TOY-1", "title": "Better"}) == {**NOTHING, "updated": 1}
    product = await only(api)
    assert (product["title"], product["brand"], len(product["variants"])) == ("Better", "Acme", 2)
    cleared = {
        "sku": "TOY-1",
        "brand": None,
        "images": [],
        "price": None,
        "variants": [{"sku": "TOY-1-BLUE", "price": None, "quantity": None}],
    }
    await put(api, cleared)
    product = await only(api)
    assert (product["brand"], product["images"], product["price"]) == ("", [], None)
    assert (product["variants"][0]["price"], product["variants"][0]["quantity"]) == (None, None)


async def test_a_bad_item_fails_alone(api: httpx.AsyncClient) -> None:
    answer = await put(
        api,
        toy(),
        {"title": "Nameless"},
        {"sku": "BAD-PRICE", "price": "cheap"},
        {"sku": "ODD", "colour": "blue"},
        toy("toy-1"),
        {"sku": "THIEF", "variants": [{"sku": "TOY-1-RED"}]},
        {"sku": "TWINS", "variants": [{"sku": "A"}, {"sku": "a"}]},
        {"sku": "TOY-1-BLUE"},
        "nonsense",
        toy("TOY-9"),
    )
    assert (answer["created"], answer["updated"], answer["unchanged"]) == (2, 0, 0)
    failed = {item["sku"]: item["code"] for item in answer["failed"] if item["sku"]}
    assert failed == {
        "BAD-PRICE": "decimal_parsing",
        "ODD": "extra_forbidden",
        "toy-1": "duplicate_sku",
        "THIEF": "sku_taken",
        "TWINS": "duplicate_sku",
        "TOY-1-BLUE": "sku_taken",
    }
    assert [item["code"] for item in answer["failed"] if item["sku"] is None] == [
        "missing",
        "model_attributes_type",
    ]


async def test_a_single_variant_may_share_the_sku_of_its_product(api: httpx.AsyncClient) -> None:
    one = {"sku": "ONE", "variants": [{"sku": "ONE", "quantity": 3}]}
    assert await put(api, one) == {**NOTHING, "created": 1}
    assert await put(api, one) == {**NOTHING, "unchanged": 1}
    assert (await only(api))["quantity"] == 3


async def test_available_is_the_sum_over_warehouses(api: httpx.AsyncClient) -> None:
    await put(api, toy())
    answer = await stock(
        api,
        {"sku": "TOY-1-BLUE", "warehouse": "north", "quantity": 10},
        {"sku": "toy-1-blue", "quantity": 6},
        {"sku": "TOY-1-RED", "warehouse": "default", "quantity": 7},
        {"sku": "GHOST", "quantity": 1},
        {"sku": "TOY-1-RED", "quantity": 99_999_999_999},
    )
    assert (answer["created"], answer["updated"], answer["unchanged"]) == (1, 1, 1)
    assert sorted((item["sku"], item["code"]) for item in answer["failed"]) == [
        ("GHOST", "unknown_sku"),
        ("TOY-1-RED", "less_than_equal"),
    ]
    blue = (await only(api))["variants"][0]
    assert blue["quantity"] == 16
    assert [level["warehouse"] for level in blue["stock"]] == ["default", "north"]


async def test_limits(api: httpx.AsyncClient) -> None:
    many = [{"sku": f"S-{n}"} for n in range(1001)]
    assert (await api.put("/v1/products", json={"products": many})).status_code == 422
    levels = [{"sku": f"S-{n}", "quantity": 1} for n in range(5001)]
    assert (await api.put("/v1/stock", json={"levels": levels})).status_code == 422


async def test_found_by_sku_of_product_or_variant(api: httpx.AsyncClient) -> None:
    await put(api, toy("A"), toy("B"))

    async def found(sku: str) -> list[str]:
        answer = await api.get("/v1/products", params={"sku": sku})
        return [item["sku"] for item in answer.json()["data"]]

    assert await found("a") == ["A"]
    assert await found("b-red") == ["B"]
    assert await found("c") == []


async def test_accounts_do_not_mix(
    api: httpx.AsyncClient, app: FastAPI, resources: Resources
) -> None:
    await put(api, toy())
    product = await only(api)
    async with resources.unit_of_work() as uow:
        other = await ensure_account(uow, "Other")
    async with client_for(app, await make_key(resources, other, Scope.WRITE)) as stranger:
        assert (await stranger.get("/v1/products")).json()["data"] == []
        assert (await stranger.get(f"/v1/products/{product['id']}")).status_code == 404
        assert await put(stranger, toy()) == {**NOTHING, "created": 1}
    async with client_for(app, await make_key(resources, other, Scope.READ)) as reader:
        assert (await reader.put("/v1/products", json={"products": []})).status_code == 403


async def test_concurrent_puts_make_each_product_once(
    api: httpx.AsyncClient, resources: Resources
) -> None:
    page = [toy(f"T-{n}") for n in range(20)]
    answers = await asyncio.gather(*[put(api, *page[::step]) for step in (1, -1, 1)])
    assert sorted(answer["created"] for answer in answers) == [0, 0, 20]
    assert await row_count(resources, "products") == 20
    assert await row_count(resources, "product_variants") == 40


async def test_full_calls_are_quick(api: httpx.AsyncClient, resources: Resources) -> None:
    with statements(resources) as seen:
        started = time.perf_counter()
        assert (await put(api, *[toy(f"T-{n}") for n in range(1000)]))["created"] == 1000
        print(f"1000 products, 2000 variants: {time.perf_counter() - started:.2f} s")
    assert len(seen) <= 14
    levels = [
        {"sku": f"T-{n % 1000}-BLUE", "warehouse": f"w{n // 1000}", "quantity": n}
        for n in range(5000)
    ]
    started = time.perf_counter()
    assert (await stock(api, *levels))["created"] == 5000
    print(f"5000 levels: {time.perf_counter() - started:.2f} s")
    assert time.perf_counter() - started < 10
    with statements(resources) as seen:
        assert len((await api.get("/v1/products?limit=200")).json()["data"]) == 200
    assert len(seen) <= 4
