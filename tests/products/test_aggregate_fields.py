"""Aggregate fields: what sources say, combined where templates find it."""

from __future__ import annotations

from typing import Any

import httpx
from fastapi import FastAPI

from app.accounts.service import Scope, ensure_account
from app.core.resources import Resources
from tests.conftest import client_for, make_key

OFFER = {"name": "Special Offer", "kind": "price", "function": "lowest"}
STOCK = {"name": "Web Stock", "kind": "quantity", "function": "sum", "sources": ["east", "west"]}


async def add(api: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await api.post("/v1/aggregate-fields", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def say(api: httpx.AsyncClient, *values: tuple[Any, ...]) -> dict[str, Any]:
    names = ("sku", "source", "field", "value", "in_stock")
    body = {"values": [dict(zip(names, value, strict=False)) for value in values]}
    answer = await api.put("/v1/aggregate-values", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def shown(api: httpx.AsyncClient, sku: str = "TOY") -> dict[str, str]:
    (product,) = (await api.get("/v1/products", params={"sku": sku})).json()["data"]
    row = product if product["sku"] == sku else product["variants"][0]
    return {item["name"]: item["value"] for item in row["extra"].get("custom_aggregate_fields", [])}


async def toy(api: httpx.AsyncClient) -> None:
    body = {"sku": "TOY", "title": "Toy", "variants": [{"sku": "TOY-B"}]}
    assert (await api.put("/v1/products", json={"products": [body]})).json()["created"] == 1


async def test_values_of_sources_are_combined(api: httpx.AsyncClient) -> None:
    await toy(api)
    await add(api, OFFER)
    await add(api, STOCK)
    counts = await say(
        api,
        ("TOY", "east", "special offer", "12.50"),
        ("toy", "west", "Special Offer", "11.00"),
        ("TOY-B", "east", "Web Stock", 5),
        ("TOY-B", "west", "Web Stock", 7),
        ("TOY-B", "north", "Web Stock", 100),
        ("TOY-B", "east", "Nothing", 1),
        ("NONE", "east", "Web Stock", 1),
    )
    assert counts["created"] == 5
    assert {item["code"] for item in counts["failed"]} == {"unknown_field", "unknown_sku"}
    assert await shown(api) == {"Special Offer": "11"}
    assert await shown(api, "TOY-B") == {"Web Stock": "12"}
    again = await say(api, ("TOY", "east", "Special Offer", "12.50"))
    assert again["unchanged"] == 1
    back = await say(api, ("TOY", "west", "Special Offer", None))
    assert back["updated"] == 1
    assert await shown(api) == {"Special Offer": "12.50"}
    await say(api, ("TOY", "east", "Special Offer", None))
    assert await shown(api) == {}


async def test_a_changed_field_is_combined_anew_and_a_deleted_one_disappears(
    api: httpx.AsyncClient,
) -> None:
    await toy(api)
    field = await add(api, OFFER)
    await say(
        api, ("TOY", "east", "Special Offer", "10", 0), ("TOY", "west", "Special Offer", "20", 3)
    )
    assert await shown(api) == {"Special Offer": "10"}
    address = f"/v1/aggregate-fields/{field['id']}"
    changed = {**OFFER, "ignore_out_of_stock": True}
    assert (await api.put(address, json=changed)).json()["ignore_out_of_stock"] is True
    assert await shown(api) == {"Special Offer": "20"}
    await api.put(address, json={**OFFER, "function": "average"})
    assert await shown(api) == {"Special Offer": "15"}
    assert (await api.get("/v1/aggregate-fields")).json()["data"][0]["function"] == "average"
    assert (await api.delete(address)).status_code == 204
    assert await shown(api) == {}
    assert (await api.get(address)).status_code == 404


async def test_values_survive_an_update_of_the_product(api: httpx.AsyncClient) -> None:
    await toy(api)
    await add(api, OFFER)
    await say(api, ("TOY", "east", "Special Offer", "10.25"))
    await api.put("/v1/products", json={"products": [{"sku": "TOY", "title": "Other"}]})
    assert await shown(api) == {"Special Offer": "10.25"}


async def test_names_are_unique_and_prices_have_no_sum(
    api: httpx.AsyncClient, app: FastAPI, resources: Resources
) -> None:
    field = await add(api, OFFER)
    taken = await api.post("/v1/aggregate-fields", json={**OFFER, "name": "SPECIAL offer"})
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")
    wrong = await api.post("/v1/aggregate-fields", json={**OFFER, "name": "x", "function": "sum"})
    assert wrong.status_code == 422
    async with resources.unit_of_work() as uow:
        stranger = await ensure_account(uow, "Other Goods")
    async with client_for(app, await make_key(resources, stranger, Scope.ADMIN)) as other:
        assert (await other.get(f"/v1/aggregate-fields/{field['id']}")).status_code == 404
        assert (await other.post("/v1/aggregate-fields", json=OFFER)).status_code == 201
