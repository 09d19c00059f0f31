"""Products, variants, brands, categories and stock of the v3 catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from tests.outside.lookalike.gate import Answer, Refused
from tests.outside.lookalike.questions import check_v3, moment, page_v3
from tests.outside.lookalike.shop import Record, Shop

PAGING = {"page", "limit", "include_fields", "exclude_fields"}
PRODUCT_FILTERS = PAGING | {
    *("id", "id:in", "id:not_in", "id:min", "id:max", "id:greater", "id:less"),
    *("sku", "sku:in", "name", "keyword", "date_modified", "date_modified:min"),
    *("date_modified:max", "is_visible", "sort", "direction", "include", "channel_id:in", "type"),
}
KEYSET = {"id:greater", "id:min"}
INCLUDES = {"variants", "images", "custom_fields", "primary_image", "bulk_pricing_rules", "videos"}
TESTS: dict[str, Callable[[Record, str], bool]] = {
    "id": lambda product, value: product["id"] == int(value),
    "id:in": lambda product, value: product["id"] in {int(part) for part in value.split(",")},
    "id:not_in": lambda product, value: str(product["id"]) not in value.split(","),
    "id:min": lambda product, value: product["id"] >= int(value),
    "id:max": lambda product, value: product["id"] <= int(value),
    "id:greater": lambda product, value: product["id"] > int(value),
    "id:less": lambda product, value: product["id"] < int(value),
    "sku": lambda product, value: product["sku"] == value,
    "sku:in": lambda product, value: product["sku"] in value.split(","),
    "name": lambda product, value: product["name"] == value,
    "is_visible": lambda product, value: product["is_visible"] == (value in ("true", "1")),
    "type": lambda product, value: product["type"] == value,
    "date_modified:min": lambda product, value: moment(product["date_modified"]) >= moment(value),
    "date_modified:max": lambda product, value: moment(product["date_modified"]) <= moment(value),
}


async def products(shop: Shop, request: Request) -> Answer:
    """`GET /v3/catalog/products`."""
    given = check_v3(request, PRODUCT_FILTERS)
    if shop.behaviour.keyset == "refused":
        refused = sorted(KEYSET & given.keys())
        if refused:
            raise Refused(422, f"The filter(s): {refused[0]} are not valid filter parameter(s).")
    rows = [product for product in shop.products if _matches(shop, product, given)]
    key = given.get("sort", "id")
    rows.sort(key=lambda product: product[key], reverse=given.get("direction") == "desc")
    included = {part for part in given.get("include", "").split(",") if part}
    if included - INCLUDES:
        raise Refused(422, "The include is not valid.", include=sorted(included - INCLUDES))
    status, page = page_v3(rows, given)
    page["data"] = [_shown(product, included, given) for product in page["data"]]
    return status, page


async def product(shop: Shop, request: Request) -> Answer:
    """`GET /v3/catalog/products/{id}`."""
    given = check_v3(request, {"include", "include_fields", "exclude_fields"})
    wanted = request.path_params["id"]
    included = {part for part in given.get("include", "").split(",") if part}
    for row in shop.products:
        if row["id"] == wanted:
            return 200, {"data": _shown(row, included, given), "meta": {}}
    raise Refused(404)


async def variants(shop: Shop, request: Request) -> Answer:
    """`GET /v3/catalog/variants`."""
    given = check_v3(request, PAGING | {"id", "sku", "upc", "product_id:in"})
    rows = [variant for product in shop.products for variant in product["variants"]]
    if "product_id:in" in given:
        wanted = {int(part) for part in given["product_id:in"].split(",")}
        rows = [variant for variant in rows if variant["product_id"] in wanted]
    return page_v3(rows, given)


async def summary(shop: Shop, request: Request) -> Answer:
    """`GET /v3/catalog/summary`."""
    check_v3(request, set())
    variants = [variant for product in shop.products for variant in product["variants"]]
    data = {
        "inventory_count": sum(variant["inventory_level"] or 0 for variant in variants),
        "variant_count": len(variants),
        "product_count": len(shop.products),
        "inventory_value": "0",
        "highest_variant_price": 1,
    }
    return 200, {"data": data, "meta": {}}


async def brands(shop: Shop, request: Request) -> Answer:
    """`GET /v3/catalog/brands`."""
    allowed = PAGING | {"id", "name", "sort", "direction", "id:in", "id:greater", "id:min"}
    given = check_v3(request, allowed)
    if shop.behaviour.keyset == "refused" and KEYSET & given.keys():
        raise Refused(422, "The filter(s): id:greater are not valid filter parameter(s).")
    rows = [brand for brand in shop.brands if _matches(shop, brand, given)]
    return page_v3(sorted(rows, key=lambda brand: int(brand["id"])), given)


async def trees(shop: Shop, request: Request) -> Answer:
    """`GET /v3/catalog/trees`."""
    given = check_v3(request, PAGING | {"id:in", "channel_id:in"})
    return page_v3([{"id": 1, "name": "Default", "channels": [1]}], given)


async def tree_categories(shop: Shop, request: Request) -> Answer:
    """`GET /v3/catalog/trees/categories`: flat, the id is called `category_id`."""
    allowed = {"tree_id:in", "category_id:in", "parent_id:in", "name", "keyword"}
    given = check_v3(request, PAGING | allowed)
    rows = [
        {
            "category_id": row["id"],
            "parent_id": row["parent_id"],
            "tree_id": 1,
            "name": row["name"],
            "url": {"path": f"/c{row['id']}/", "is_customized": False},
            "is_visible": True,
            "views": 3,
        }
        for row in shop.categories
    ]
    return page_v3(rows, given)


async def nested_tree(shop: Shop, request: Request) -> Answer:
    """`GET /v3/catalog/trees/{id}/categories` and the old `/v3/catalog/categories/tree`."""
    check_v3(request, {"depth"})

    def children(parent: int) -> list[Record]:
        return [
            {
                "id": row["id"],
                "parent_id": parent,
                "name": row["name"],
                "depth": 0,
                "path": [],
                "is_visible": True,
                "url": f"/c{row['id']}/",
                "children": children(row["id"]),
            }
            for row in shop.categories
            if row["parent_id"] == parent
        ]

    return 200, {"data": children(0), "meta": {}}


async def old_categories(shop: Shop, request: Request) -> Answer:
    """`GET /v3/catalog/categories`."""
    given = check_v3(request, PAGING | {"id:in", "parent_id", "name"})
    return page_v3([{**row, "is_visible": True} for row in shop.categories], given)


async def stock(shop: Shop, request: Request) -> Answer:
    """`GET /v3/inventory/items`."""
    given = check_v3(
        request,
        {"page", "limit", "sku:in", "variant_id:in", "product_id:in", "location_id:in"},
    )
    rows = [
        {
            "identity": {"sku": row["sku"], "variant_id": row["id"], "product_id": item["id"]},
            "locations": [{"location_id": 1, "available_to_sell": row["inventory_level"] or 0}],
        }
        for item in shop.products
        for row in item["variants"]
    ]
    return page_v3(rows, given, most=1000)


def _matches(shop: Shop, row: Record, given: dict[str, str]) -> bool:
    for name, value in given.items():
        if name in KEYSET and shop.behaviour.keyset == "ignored":
            continue
        if name in TESTS and not TESTS[name](row, value):
            return False
    return True


def _shown(product: Record, included: set[str], given: dict[str, str]) -> Record:
    chosen: dict[str, Any] = {
        key: value for key, value in product.items() if key not in INCLUDES or key in included
    }
    if "include_fields" in given:
        kept = {*given["include_fields"].split(","), "id", *included}
        return {key: value for key, value in chosen.items() if key in kept}
    dropped = set(given.get("exclude_fields", "").split(","))
    return {key: value for key, value in chosen.items() if key not in dropped}
