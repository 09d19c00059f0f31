"""Rules tried on real SKUs, orders and given records."""

from __future__ import annotations

import httpx
import pytest

from app.core.resources import Resources
from tests.conftest import row_count
from tests.rules.conftest import MARKUP, add_rule, put_products, try_rule
from tests.shops import Shop

TOY = {
    "sku": "TOY",
    "title": "Toy",
    "brand": "Acme",
    "categories": [["Toys", "Educational"]],
    "price": "20.00",
    "cost": "10.00",
    "msrp": "30.00",
    "map": "14.00",
    "variants": [
        {"sku": "TOY-BLUE", "options": {"Color": "Blue"}, "quantity": 5},
        {"sku": "TOY-RED", "options": {"Color": "Red"}, "cost": "12.00", "quantity": 0},
    ],
}


async def build(api: httpx.AsyncClient, shop: Shop, *skus: str) -> None:
    body = {"channel_id": str(shop.channel_id), "product_skus": list(skus)}
    answer = await api.post("/v1/listings/build", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["failed"] == []


async def test_a_price_rule_on_skus(api: httpx.AsyncClient, shop: Shop) -> None:
    await put_products(api, TOY)
    rule = await add_rule(
        api, shop, "pricing", {**MARKUP, "rounding": {"mode": "ending", "value": "0.99"}}
    )
    for built in (False, True):
        if built:
            await build(api, shop, "TOY")
        answer = await try_rule(api, rule, skus=["TOY-BLUE", "toy-red", "NONE"])
        results = {result["reference"]: result for result in answer["results"]}
        blue = results["TOY-BLUE"]
        assert blue["changes"] == [{"field": "list_price", "from": "20.00", "to": "15.99"}]
        assert results["TOY-RED"]["after"] == {"list_price": "18.99"}
        assert [step["what"] for step in blue["steps"]] == ["markup", "rounded"]
        assert (results["NONE"]["code"], results["NONE"]["matched"]) == ("unknown_sku", False)
        assert (answer["matched"], answer["changed"]) == (2, 2)


async def test_a_draft_is_tried_without_being_kept(
    api: httpx.AsyncClient, shop: Shop, resources: Resources
) -> None:
    await put_products(api, TOY)
    rule = await add_rule(api, shop, "pricing", MARKUP)
    draft = {
        "base": {"kind": "markup", "percent": 10},
        "guards": {"not_below_map": True, "not_above_msrp": True},
    }
    answer = await try_rule(api, rule, skus=["TOY-BLUE"], definition=draft)
    assert answer["results"][0]["after"] == {"list_price": "14.00"}
    assert (await api.get(f"/v1/rules/{rule['id']}")).json()["definition"] == MARKUP
    assert await row_count(resources, "rule_hits") == 0
    bad = await api.post(f"/v1/rules/{rule['id']}/test", json={"definition": {"base": 1}})
    assert bad.status_code == 422


async def test_no_price_has_a_code_and_leaves_the_old_one(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    await put_products(api, {"sku": "BARE", "title": "Bare", "price": "5.00"})
    rule = await add_rule(api, shop, "pricing", MARKUP)
    (result,) = (await try_rule(api, rule, skus=["BARE"]))["results"]
    assert (result["code"], result["changes"]) == ("cost_missing", [])
    assert "cost" in result["reason"]


async def test_a_price_set_by_hand_stays(api: httpx.AsyncClient, shop: Shop) -> None:
    await put_products(api, TOY)
    await build(api, shop, "TOY")
    (listing,) = (await api.get("/v1/listings")).json()["data"]
    blue = next(row for row in listing["variants"] if row["sku"] == "TOY-BLUE")
    patch = {"variants": [{"id": blue["id"], "price": "99.00", "quantity": 1}]}
    assert (await api.patch(f"/v1/listings/{listing['id']}", json=patch)).status_code == 200
    price = await add_rule(api, shop, "pricing", MARKUP)
    (result,) = (await try_rule(api, price, skus=["TOY-BLUE"]))["results"]
    assert result["after"] == {"list_price": "99.00"}
    assert "by hand" in result["reason"]
    stock = await add_rule(api, shop, "quantity", {"buffer": 2})
    (result,) = (await try_rule(api, stock, skus=["TOY-BLUE"]))["results"]
    assert result["after"] == {"quantity": 1}


async def test_a_quantity_rule_looks_at_its_warehouses(api: httpx.AsyncClient, shop: Shop) -> None:
    await put_products(api, TOY)
    levels = [{"sku": "TOY-BLUE", "warehouse": "east", "quantity": 30}]
    assert (await api.put("/v1/stock", json={"levels": levels})).status_code == 200
    rule = await add_rule(api, shop, "quantity", {"percent": 50, "buffer": 3, "cap": 12})
    (result,) = (await try_rule(api, rule, skus=["TOY-BLUE"]))["results"]
    assert result["changes"] == [{"field": "quantity", "from": 35, "to": 12}]
    only = {"warehouses": ["east"], "buffer": 3}
    (result,) = (await try_rule(api, rule, skus=["TOY-BLUE"], definition=only))["results"]
    assert result["after"] == {"quantity": 27}


async def test_a_status_rule_looks_at_all_variants_or_any(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    await put_products(api, TOY)
    await build(api, shop, "TOY")
    (listing,) = (await api.get("/v1/listings")).json()["data"]
    empty = {"field": "listing_variant.list_price", "op": "gt", "value": 15}
    rule = await add_rule(api, shop, "listing_status", {"when": empty, "to": "hidden"})
    answer = await try_rule(api, rule, listing_ids=[listing["id"]])
    assert {result["after"]["status"] for result in answer["results"]} == {"hidden"}
    brand = {"when": {"field": "listing.brand", "op": "equals", "value": "x"}, "to": "hidden"}
    answer = await try_rule(api, rule, definition=brand)
    assert answer["changed"] == 0
    assert answer["results"]


@pytest.mark.parametrize(("which", "holds"), [("any", True), ("all", False)])
async def test_an_order_rule_on_a_given_record(
    api: httpx.AsyncClient, shop: Shop, which: str, holds: bool
) -> None:
    definition = {
        "when": {"field": "line_item.sku", "op": "starts_with", "value": "gun"},
        "lines": which,
        "actions": [
            {"do": "hold", "reason": "firearm"},
            {"do": "tag", "tag": "ffl"},
            {"do": "alert", "message": "Check the dealer."},
        ],
    }
    rule = await add_rule(api, shop, "order_import", definition)
    record = {"order": {"id": "100"}, "line_items": [{"sku": "GUN-1"}, {"sku": "TOY"}]}
    (result,) = (await try_rule(api, rule, records=[record]))["results"]
    assert result["reference"] == "100"
    assert result["matched"] is holds
    assert result["after"]["hold_reasons"] == (["firearm"] if holds else [])
    assert result["after"]["cancel"] is False


async def test_shipping_texts(api: httpx.AsyncClient, shop: Shop) -> None:
    definition = {
        "matches": [
            {"match": "exact", "text": "Express Shipping", "policy": "Express"},
            {"match": "regex", "text": "^ups .*ground", "policy": "Ground"},
            {"match": "contains", "text": "pickup", "policy": "Pickup"},
        ]
    }
    rule = await add_rule(api, shop, "shipping_mapping", definition)
    texts = ["express  shipping", "UPS (R) Ground", "Store Pickup, today", "By balloon", ""]
    answer = await try_rule(api, rule, texts=texts)
    policies = [result["after"]["policy"] for result in answer["results"]]
    assert policies == ["Express", "Ground", "Pickup", None, None]
    assert [result["after"]["hold"] for result in answer["results"]] == [False] * 3 + [True] * 2
    order = {
        "order": {"id": 1},
        "line_items": [{"shipping_address": {"shipping_method": "pickup"}}],
    }
    (result,) = (await try_rule(api, rule, records=[order]))["results"]
    assert result["after"]["policy"] == "Pickup"


async def test_an_invoice_line(api: httpx.AsyncClient, shop: Shop) -> None:
    definition = {"label": "Fee", "amount": {"kind": "fixed", "value": 2, "per": "unit"}}
    rule = await add_rule(api, shop, "invoice_adjustment", definition)
    record = {
        "order": {"id": "7", "total_inc_tax": "50.00"},
        "line_items": [{"sku": "A", "quantity": 3, "quantity_refunded": 1}],
    }
    (result,) = (await try_rule(api, rule, records=[record]))["results"]
    assert result["after"] == {
        "adjustments": [{"label": "Fee", "amount": "4.00"}],
        "total": "54.00",
    }


async def test_with_no_subject_named_the_channels_own_are_tried(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    await put_products(api, TOY)
    rule = await add_rule(api, shop, "pricing", MARKUP)
    assert (await try_rule(api, rule))["results"] == []
    await build(api, shop, "TOY")
    assert len((await try_rule(api, rule))["results"]) == 2
    orders = await add_rule(api, shop, "order_import", {"actions": [{"do": "cancel"}]})
    assert (await try_rule(api, orders))["results"] == []


async def test_a_product_s_sku_stands_for_each_of_its_variants_once(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    await put_products(api, TOY)
    rule = await add_rule(api, shop, "pricing", MARKUP)
    for built in (False, True):
        if built:
            await build(api, shop, "TOY")
            (listing,) = (await api.get("/v1/listings")).json()["data"]
            blue = next(row for row in listing["variants"] if row["sku"] == "TOY-BLUE")
            patch = {"variants": [{"id": blue["id"], "price": "33.33"}]}
            assert (await api.patch(f"/v1/listings/{listing['id']}", json=patch)).is_success
        answer = await try_rule(api, rule, skus=["TOY", "toy-red"])
        prices = [(row["reference"], row["after"]["list_price"]) for row in answer["results"]]
        blue_price = "33.33" if built else "15.00"
        assert sorted(prices) == [("TOY-BLUE", blue_price), ("TOY-RED", "18.00")]
        assert {row["code"] for row in answer["results"]} == {None}
