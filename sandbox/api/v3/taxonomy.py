"""Reading brands, category trees and the legacy categories (FACTS 5.7)."""

from collections.abc import Callable
from typing import Any

from sandbox.api.filters import (
    FIELD_PARAMETERS,
    Filter,
    boolean,
    family,
    field,
    fields_filter,
    lower_field,
    lowered,
    ordered,
    select,
)
from sandbox.api.paging import pagination, v3_page
from sandbox.call import Answer, Call, Endpoint, data
from sandbox.errors import invalid, not_found
from sandbox.store.categories import TREES, legacy, nested

PRODUCTS = "store_v2_products"

RANGE = ("", "in", "not_in", "min", "max", "greater", "less")


def contains(value: str, wanted: str) -> bool:
    """The `:like` filters."""
    return wanted in value


def _like(name: str) -> dict[str, Filter]:
    return {f"{name}:like": Filter(lower_field(name), lowered, contains)}


BRAND_FILTERS = {
    **family("id", field("id"), int, *RANGE),
    **family("name", lower_field("name"), lowered, ""),
    **family("page_title", lower_field("page_title"), lowered, ""),
    **_like("name"),
}

TREE_CATEGORY_FILTERS = {
    **family("category_id", field("category_id"), int, "in", "not_in"),
    **family("category_uuid", field("category_uuid"), str, "in", "not_in"),
    **family("tree_id", field("tree_id"), int, "in", "not_in"),
    **family("parent_id", field("parent_id"), int, "in", "not_in"),
    **family("name", lower_field("name"), lowered, ""),
    **family("page_title", lower_field("page_title"), lowered, ""),
    **family("is_visible", field("is_visible"), boolean, ""),
    **_like("name"),
    **_like("page_title"),
    "keyword": Filter(lower_field("name"), lowered, contains),
}

LEGACY_FILTERS = {
    **family("id", field("id"), int, *RANGE),
    **family("parent_id", field("parent_id"), int, "", "in", "min", "max", "greater", "less"),
    **family("name", lower_field("name"), lowered, ""),
    **family("page_title", lower_field("page_title"), lowered, ""),
    **family("is_visible", field("is_visible"), boolean, ""),
    **_like("name"),
    **_like("page_title"),
    "keyword": Filter(lower_field("name"), lowered, contains),
}

SORT_PARAMETERS = ("sort", "direction")


def _sorts(*names: str) -> dict[str, Callable[[Any], Any]]:
    return {name: field(name) for name in ("id", *names)}


def list_brands(call: Call) -> Answer:
    """Brands of the store."""
    rows = select(
        call, call.store.brands.values(), BRAND_FILTERS, *FIELD_PARAMETERS, *SORT_PARAMETERS
    )
    return v3_page(call, ordered(call, rows, _sorts("name")), fields_filter(call, "id"))


def read_brand(call: Call) -> Answer:
    """One brand."""
    row = call.store.brands.get(call.ids["brand_id"])
    if row is None:
        raise not_found()
    return data(fields_filter(call, "id")(row))


def list_trees(call: Call) -> Answer:
    """Category trees, one per channel."""
    filters = {
        **family("id", field("id"), int, "in"),
        "channel_id:in": Filter(field("channels"), _ints, _any_of),
    }
    rows = select(call, TREES, filters)
    meta = {"pagination": pagination(call, len(rows), len(rows), 1, max(50, len(rows)))}
    return data(rows, meta)


def list_tree_categories(call: Call) -> Answer:
    """Categories of all trees, flat; their id is `category_id`."""
    rows = select(call, call.store.categories.values(), TREE_CATEGORY_FILTERS, *FIELD_PARAMETERS)
    return v3_page(call, rows, fields_filter(call, "category_id"))


def read_tree(call: Call) -> Answer:
    """One tree, nested, in one answer."""
    if call.ids["tree_id"] not in {tree["id"] for tree in TREES}:
        raise not_found()
    select(call, [], {}, "depth")
    depth = call.query.get("depth", "99")
    if not depth.isdecimal():
        raise invalid("depth", "The depth must be a positive integer.")
    return data(nested(call.store, depth_limit=int(depth)))


def list_legacy(call: Call) -> Answer:
    """The deprecated category list of the default storefront."""
    rows = [legacy(row) for row in call.store.categories.values()]
    found = select(call, rows, LEGACY_FILTERS, *FIELD_PARAMETERS, *SORT_PARAMETERS)
    sorted_rows = ordered(call, found, _sorts("name", "parent_id", "sort_order"))
    return v3_page(call, sorted_rows, fields_filter(call, "id"))


def read_legacy(call: Call) -> Answer:
    """One category in the deprecated form."""
    row = call.store.categories.get(call.ids["category_id"])
    if row is None:
        raise not_found()
    return data(fields_filter(call, "id")(legacy(row)))


def read_legacy_tree(call: Call) -> Answer:
    """The deprecated nested tree."""
    return data(nested(call.store, with_path=False))


def _ints(text: str) -> frozenset[int]:
    return frozenset(int(part) for part in text.split(","))


def _any_of(value: list[int], wanted: frozenset[int]) -> bool:
    return not wanted.isdisjoint(value)


ENDPOINTS = (
    Endpoint("GET", "/v3/catalog/brands", list_brands, PRODUCTS),
    Endpoint("GET", "/v3/catalog/brands/{brand_id}", read_brand, PRODUCTS),
    Endpoint("GET", "/v3/catalog/trees", list_trees, PRODUCTS),
    Endpoint("GET", "/v3/catalog/trees/categories", list_tree_categories, PRODUCTS),
    Endpoint("GET", "/v3/catalog/trees/{tree_id}/categories", read_tree, PRODUCTS),
    Endpoint("GET", "/v3/catalog/categories", list_legacy, PRODUCTS),
    Endpoint("GET", "/v3/catalog/categories/tree", read_legacy_tree, PRODUCTS),
    Endpoint("GET", "/v3/catalog/categories/{category_id}", read_legacy, PRODUCTS),
)
