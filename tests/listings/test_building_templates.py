"""Building listings by a template: what it fills, leaves alone, clears and refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.resources import Resources
from app.mapping.defaults import default_mappings
from tests.listings.test_building import TOY, build, counts, listings, put, put_into_store
from tests.shops import Shop, open_shop

Json = dict[str, Any]

PREFIXED: dict[str, Json | None] = {
    "listing.sku": {
        "kind": "field",
        "source": "product.sku",
        "steps": [{"do": "prefix", "value": "QS-"}],
    },
    "listing_variant.sku": {
        "kind": "field",
        "source": "product_variant.sku",
        "steps": [{"do": "prefix", "value": "QS-"}],
    },
}


@pytest.fixture
async def shop(resources: Resources, account_id: UUID) -> Shop:
    return await open_shop(resources, account_id)


async def template(
    api: httpx.AsyncClient, changes: dict[str, Json | None], name: str = "Building"
) -> str:
    """Create a template that differs from the default one; returns its id."""
    mappings: Json = dict(default_mappings("build_listings"))
    for target, mapping in changes.items():
        if mapping is None:
            del mappings[target]
        else:
            mappings[target] = mapping
    body = {"name": name, "integration": "build_listings", "mappings": mappings}
    answer = await api.post("/v1/templates", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def build_by(
    api: httpx.AsyncClient, shop: Shop, template_id: str, *skus: str
) -> httpx.Response:
    body = {
        "channel_id": str(shop.channel_id),
        "product_skus": list(skus),
        "template_id": template_id,
    }
    return await api.post("/v1/listings/build", json=body)


async def built_by(api: httpx.AsyncClient, shop: Shop, template_id: str, *skus: str) -> Json:
    answer = await build_by(api, shop, template_id, *skus)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def test_a_template_decides_what_a_listing_says(api: httpx.AsyncClient, shop: Shop) -> None:
    await put(api, {**TOY, "sale_price": "18.00"})
    dear = {"field": "product.price", "op": "gt", "value": 10}
    made = await template(
        api,
        {
            "listing.title": {
                "kind": "field",
                "source": "product.title",
                "steps": [{"do": "suffix", "value": " by Acme"}],
            },
            "listing.brand": {"kind": "value", "value": "House brand"},
            "listing.description": {"kind": "empty"},
            "listing.warranty": {
                "kind": "rules",
                "rules": [{"when": dear, "then": {"kind": "value", "value": "Two years"}}],
                "otherwise": {"kind": "ignore"},
            },
        },
    )
    built = await built_by(api, shop, made, "TOY")
    assert (counts(built), built["failed"], built["remarks"]) == ((1, 0, 0), [], [])
    (listing,) = await listings(api)
    assert (listing["title"], listing["brand"]) == ("Toy by Acme", "House brand")
    assert (listing["description"], listing["extra"]["warranty"]) == ("", "Two years")
    assert (listing["price"], listing["sale_price"]) == ("20.00", "18.00")
    assert [row["sku"] for row in listing["variants"]] == ["TOY-BLUE", "TOY-RED"]


async def test_what_is_not_mapped_stays_and_what_is_emptied_goes(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    await put(api, {**TOY, "upc": "111"})
    await build(api, shop, "TOY")
    await put(
        api,
        {"sku": "TOY", "title": "Better", "brand": "Other", "upc": "222", "categories": [["New"]]},
    )
    made = await template(
        api,
        {
            "listing.brand": {"kind": "ignore"},
            "listing.upc": None,
            "listing.images": {"kind": "empty"},
        },
    )
    assert counts(await built_by(api, shop, made, "TOY")) == (0, 1, 0)
    (listing,) = await listings(api)
    assert (listing["title"], listing["brand"], listing["upc"]) == ("Better", "Acme", "111")
    assert (listing["images"], listing["categories"]) == ([], [["New"]])
    assert counts(await built_by(api, shop, made, "TOY")) == (0, 0, 1)


async def test_skus_of_a_template_are_the_listings_and_a_rebuild_finds_them(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    await put(api, TOY, {"sku": "CUP", "title": "Cup"})
    made = await template(api, PREFIXED)
    assert counts(await built_by(api, shop, made, "TOY", "CUP")) == (2, 0, 0)
    toy, cup = await listings(api)
    assert (toy["sku"], toy["product_sku"]) == ("QS-TOY", "TOY")
    assert [row["sku"] for row in toy["variants"]] == ["QS-TOY-BLUE", "QS-TOY-RED"]
    assert (cup["sku"], [row["sku"] for row in cup["variants"]]) == ("QS-CUP", ["QS-CUP"])
    assert counts(await built_by(api, shop, made, "TOY", "CUP")) == (0, 0, 2)
    # By another template the same variants get other SKUs, they are not joined by new ones.
    assert counts(await build(api, shop, "TOY", "CUP")) == (0, 2, 0)
    again, _ = await listings(api)
    assert [row["sku"] for row in again["variants"]] == ["TOY-BLUE", "TOY-RED"]
    assert [row["id"] for row in again["variants"]] == [row["id"] for row in toy["variants"]]


async def test_variants_in_the_store_keep_their_skus_and_are_not_joined_by_others(
    api: httpx.AsyncClient, shop: Shop, resources: Resources
) -> None:
    await put(api, TOY)
    await build(api, shop, "TOY")
    await put_into_store(resources)
    made = await template(api, PREFIXED)
    assert counts(await built_by(api, shop, made, "TOY")) == (0, 0, 1)
    (listing,) = await listings(api)
    assert [row["sku"] for row in listing["variants"]] == ["TOY-BLUE", "TOY-RED"]


async def test_two_variants_with_one_sku_are_refused(api: httpx.AsyncClient, shop: Shop) -> None:
    await put(api, TOY, {"sku": "CUP", "title": "Cup"})
    short = {"do": "truncate", "length": 4}
    same = {"kind": "field", "source": "product_variant.sku", "steps": [short]}
    made = await template(api, {"listing_variant.sku": same})
    built = await built_by(api, shop, made, "TOY", "CUP")
    assert counts(built) == (1, 0, 0)
    (failed,) = built["failed"]
    assert (failed["sku"], failed["code"], failed["field"]) == (
        "TOY",
        "duplicate_sku",
        "listing_variant.sku",
    )


async def test_rules_skip_and_fail_products_and_variants(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    await put(
        api,
        TOY,
        {"sku": "CUP", "title": "Cup", "brand": "Unsold"},
        {"sku": "POT", "title": "Pot", "brand": "Broken"},
    )
    brand = {"kind": "field", "source": "product.brand"}

    def stop(value: str, action: str) -> Json:
        return {
            "when": {"field": "product.brand", "op": "equals", "value": value},
            "then": {**brand, "steps": [{"do": action, "reason": f"We do not sell {value}."}]},
        }

    only_red = {
        "kind": "rules",
        "rules": [
            {
                "when": {"field": "product_variant.sku", "op": "ends_with", "value": "BLUE"},
                "then": {
                    "kind": "field",
                    "source": "product_variant.sku",
                    "steps": [{"do": "skip_record", "reason": "No blue ones."}],
                },
            }
        ],
        "otherwise": {"kind": "field", "source": "product_variant.sku"},
    }
    made = await template(
        api,
        {
            "listing.brand": {
                "kind": "rules",
                "rules": [stop("Unsold", "skip_record"), stop("Broken", "fail")],
                "otherwise": brand,
            },
            "listing_variant.sku": only_red,
        },
    )
    built = await built_by(api, shop, made, "TOY", "CUP", "POT", "TOY-RED")
    assert counts(built) == (1, 0, 0)
    assert {row["sku"]: (row["code"], row["message"]) for row in built["failed"]} == {
        "CUP": ("skipped_by_rule", "We do not sell Unsold."),
        "POT": ("failed_by_rule", "We do not sell Broken."),
    }
    (listing,) = await listings(api)
    assert [row["sku"] for row in listing["variants"]] == ["TOY-RED"]
    built = await built_by(api, shop, made, "TOY-BLUE")
    assert [row["code"] for row in built["failed"]] == ["skipped_by_rule"]


async def test_a_value_that_does_not_fit_is_told_and_left_out(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    await put(api, TOY)
    made = await template(api, {"listing.weight": {"kind": "field", "source": "product.title"}})
    built = await built_by(api, shop, made, "TOY")
    assert counts(built) == (1, 0, 0)
    (remark,) = built["remarks"]
    assert (remark["sku"], remark["field"]) == ("TOY", "listing.weight")
    (listing,) = await listings(api)
    assert listing["weight"] is None


async def test_lists_are_added_to_where_the_template_says_so(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    await put(api, TOY)
    await build(api, shop, "TOY")
    await put(
        api,
        {
            "sku": "TOY",
            "images": ["https://img.example/2.jpg"],
            "categories": [["Toys", "Educational"], ["Gifts"]],
        },
    )
    made = await template(
        api,
        {
            "listing.images": {"kind": "field", "source": "product.images", "list_mode": "add"},
            "listing.category_path": {
                "kind": "field",
                "source": "product.categories",
                "list_mode": "add",
            },
            "listing.custom_fields": None,
            "listing.custom_field:Origin": {"kind": "value", "value": "Denmark"},
        },
    )
    assert counts(await built_by(api, shop, made, "TOY")) == (0, 1, 0)
    (listing,) = await listings(api)
    assert listing["images"] == ["https://img.example/1.jpg", "https://img.example/2.jpg"]
    assert listing["categories"] == [["Toys", "Educational"], ["Gifts"]]
    assert listing["custom_fields"] == [
        {"name": "Material", "value": "Wood"},
        {"name": "Origin", "value": "Denmark"},
    ]
    assert counts(await built_by(api, shop, made, "TOY")) == (0, 0, 1)


async def test_the_default_template_is_used_when_none_is_named(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    await put(api, TOY)
    made = await template(api, {"listing.brand": {"kind": "value", "value": "House brand"}})
    assert (await api.post(f"/v1/templates/{made}/default")).status_code == 200
    await build(api, shop, "TOY")
    assert [row["brand"] for row in await listings(api)] == ["House brand"]


async def test_templates_that_cannot_be_used_build_nothing(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    await put(api, TOY)
    other = {
        "name": "Other",
        "integration": "import_listings",
        "mappings": default_mappings("import_listings"),
    }
    strange = (await api.post("/v1/templates", json=other)).json()["id"]
    broken = await template(api, {"listing.sku": None}, "Broken")
    for template_id, status, code in (
        (str(uuid4()), 404, "not_found"),
        (strange, 422, "template_of_other_integration"),
        (broken, 422, "template_has_errors"),
        ("nonsense", 404, "not_found"),
    ):
        answer = await build_by(api, shop, template_id, "TOY")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await listings(api) == []


async def test_a_template_can_be_tried_on_a_product_by_its_sku(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    await put(api, TOY)
    made = await template(api, {})
    answer = await api.post(f"/v1/templates/{made}/preview", json={"external_id": "toy-red"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["listing.title"] == "Toy"
    assert [row["sku"] for row in answer.json()["result"]["listing_variant"]] == [
        "TOY-BLUE",
        "TOY-RED",
    ]
    answer = await api.post(f"/v1/templates/{made}/preview", json={"external_id": "NONE"})
    assert answer.status_code == 404


async def test_its_fields_are_listed_and_prices_are_no_targets(api: httpx.AsyncClient) -> None:
    fields = (await api.get("/v1/fields/build_listings")).json()
    sources = {field["key"] for field in fields["source"]}
    targets = {field["key"] for field in fields["target"]}
    assert {"product.title", "product.price", "product_variant.options"} <= sources
    assert {"listing.title", "listing.sku", "listing_variant.options"} <= targets
    assert not {key for key in targets if key.endswith(("price", "quantity", "cost", "msrp"))}


async def test_the_documented_template_does_what_the_document_says(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    text = (Path(__file__).parents[2] / "docs" / "listings.md").read_text()
    body = json.loads(re.findall(r"```json\n(.*?)```", text, re.DOTALL)[0])
    answer = await api.post("/v1/templates/lint", json=body)
    assert [row for row in answer.json()["problems"] if row["severity"] == "error"] == []
    made = (await api.post("/v1/templates", json=body)).json()["id"]
    await put(api, {**TOY, "price": "200.00"}, {"sku": "CUP", "title": "Cup", "price": "3.00"})
    built = await built_by(api, shop, made, "TOY", "CUP")
    assert (counts(built), built["failed"], built["remarks"]) == ((2, 0, 0), [], [])
    toy, cup = await listings(api)
    assert (toy["sku"], toy["brand"], toy["extra"]["warranty"]) == ("QS-TOY", "", "Two years")
    assert toy["custom_fields"] == [{"name": "Maker", "value": "Acme"}]
    assert cup["extra"]["warranty"] == "", "cleared, which is not the same as unknown"
