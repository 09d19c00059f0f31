"""Reading products and their sub-resources (FACTS 5.1, 5.2, 5.6)."""

import re
from collections.abc import Callable
from dataclasses import replace
from operator import eq, ge, le
from typing import Any

from sandbox.api.filters import (
    FIELD_PARAMETERS,
    Filter,
    boolean,
    family,
    fields_filter,
    instant,
    lowered,
    many,
    ordered,
    select,
)
from sandbox.api.paging import v3_page
from sandbox.api.v3.product_view import (
    ALWAYS,
    SLOW_INCLUDES,
    SLOW_PAGE,
    includes,
    renderer,
)
from sandbox.call import Answer, Call, Endpoint, data
from sandbox.clock import parse_date
from sandbox.errors import JSON, not_found
from sandbox.store.records import Product

PRODUCTS = "store_v2_products"

BARE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
RANGE = ("", "in", "not_in", "min", "max", "greater", "less")


def _read(name: str) -> Callable[[Product], Any]:
    return lambda product: product.fields[name]


def _read_lower(name: str) -> Callable[[Product], str]:
    return lambda product: str(product.fields[name]).lower()


def _modified(product: Product) -> float:
    return parse_date(product.fields["date_modified"]).timestamp()


def _imported(product: Product) -> float:
    text = product.fields["date_last_imported"]
    return parse_date(text).timestamp() if text else 0.0


def _is_low(product: Product) -> bool:
    fields = product.fields
    tracked = fields["inventory_tracking"] != "none"
    return bool(tracked and fields["inventory_level"] <= fields["inventory_warning_level"])


def _is_out(product: Product) -> bool:
    fields = product.fields
    return bool(fields["inventory_tracking"] != "none" and fields["inventory_level"] <= 0)


def _on_channels(product: Product, wanted: frozenset[int]) -> bool:
    return not wanted.isdisjoint(product.channels)


def _in_all(product: Product, wanted: frozenset[int]) -> bool:
    return wanted.issubset(product.fields["categories"])


def _in_category(product: Product, wanted: int) -> bool:
    return wanted in product.fields["categories"]


def _matches(product: Product, keyword: str) -> bool:
    fields = product.fields
    return any(keyword in str(fields[name]).lower() for name in ("name", "description", "sku"))


def _itself(product: Product) -> Product:
    return product


def _same_day(value: float, wanted: float) -> bool:
    return wanted <= value < wanted + 86_400


FILTERS: dict[str, Filter] = {
    **family("id", _read("id"), int, *RANGE),
    **family("inventory_level", _read("inventory_level"), int, *RANGE),
    **family("sku", _read_lower("sku"), lowered, "", "in"),
    **family("name", _read_lower("name"), lowered, ""),
    **family("mpn", _read_lower("mpn"), lowered, ""),
    **family("upc", _read("upc"), str, ""),
    **family("price", _read("price"), float, ""),
    **family("weight", _read("weight"), float, ""),
    **family("condition", _read_lower("condition"), lowered, ""),
    **family("brand_id", _read("brand_id"), int, ""),
    **family("is_visible", _read("is_visible"), boolean, ""),
    **family("is_featured", _read("is_featured"), boolean, ""),
    **family("is_free_shipping", _read("is_free_shipping"), boolean, ""),
    **family("total_sold", _read("total_sold"), int, ""),
    **family("type", _read("type"), str, ""),
    **family("availability", _read("availability"), str, ""),
    "date_modified": Filter(_modified, instant, _same_day),
    "date_modified:min": Filter(_modified, instant, ge),
    "date_modified:max": Filter(_modified, instant, le),
    "date_last_imported": Filter(_imported, instant, _same_day),
    "date_last_imported:min": Filter(_imported, instant, ge),
    "date_last_imported:max": Filter(_imported, instant, le),
    "inventory_low": Filter(_is_low, boolean, eq),
    "out_of_stock": Filter(_is_out, boolean, eq),
    "channel_id:in": Filter(_itself, many(int), _on_channels),
    "categories": Filter(_itself, int, _in_category),
    "categories:in": Filter(_itself, many(int), _in_all),
    "keyword": Filter(_itself, lowered, _matches),
}

SORTS: dict[str, Callable[[Product], Any]] = {
    "id": _read("id"),
    "name": _read_lower("name"),
    "sku": _read_lower("sku"),
    **{
        name: _read(name)
        for name in (
            "price",
            "date_modified",
            "date_last_imported",
            "inventory_level",
            "is_visible",
            "total_sold",
            "calculated_price",
        )
    },
}


def list_products(call: Call) -> Answer:
    """The product list; ten per page when options or modifiers are included."""
    names = includes(call)
    call = with_time_of_day(call)
    other = (*FIELD_PARAMETERS, "include", "sort", "direction", "keyword_context")
    rows = ordered(call, select(call, call.store.products.values(), FILTERS, *other), SORTS)
    cut = SLOW_PAGE if SLOW_INCLUDES.intersection(names) else None
    return v3_page(call, rows, renderer(names, fields_filter(call, *ALWAYS)), cut=cut)


def with_time_of_day(call: Call) -> Call:
    """A `date_modified:min` without a time means the present time of that day (FACTS 5.1)."""
    text = call.query.get("date_modified:min", "")
    if not BARE_DATE.fullmatch(text):
        return call
    moment = f"{text}T{call.store.clock.now():%H:%M:%SZ}"
    return replace(call, query={**call.query, "date_modified:min": moment})


def read_product(call: Call) -> Answer:
    """One product."""
    return data(renderer(includes(call), fields_filter(call, *ALWAYS))(call.product()))


def list_images(call: Call) -> Answer:
    """Pictures of a product."""
    return v3_page(call, call.product().images, fields_filter(call, "id"))


def read_image(call: Call) -> Answer:
    """One picture."""
    return data(_one(call.product().images, call.ids["image_id"]))


def list_custom_fields(call: Call) -> Answer:
    """Custom fields of a product."""
    return v3_page(call, call.product().custom_fields, fields_filter(call, "id"))


def read_custom_field(call: Call) -> Answer:
    """One custom field."""
    return data(_one(call.product().custom_fields, call.ids["field_id"]))


def list_options(call: Call) -> Answer:
    """Options of a product with their values."""
    return v3_page(call, call.product().options, fields_filter(call, "id"))


def list_modifiers(call: Call) -> Answer:
    """Modifiers of a product; they make no SKUs."""
    return v3_page(call, call.product().modifiers, fields_filter(call, "id"))


def list_videos(call: Call) -> Answer:
    """Videos of a product."""
    return v3_page(call, call.product().videos, fields_filter(call, "id"))


def list_bulk_rules(call: Call) -> Answer:
    """Bulk pricing rules of a product."""
    return v3_page(call, call.product().bulk_pricing_rules, fields_filter(call, "id"))


def summary(call: Call) -> Answer:
    """Counts over the catalogue, to plan an import from."""
    store = call.store
    variants = [row for product in store.products.values() for row in product.variants]
    prices = [float(row["calculated_price"]) for row in variants] or [0.0]
    units = sum(max(0, product.fields["inventory_level"]) for product in store.products.values())
    first = next(iter(store.categories.values()), None)
    created = sorted(product.fields["date_created"] for product in store.products.values())
    body: JSON = {
        "inventory_count": units,
        "inventory_value": round(
            sum(
                max(0, product.fields["inventory_level"]) * float(product.fields["price"])
                for product in store.products.values()
            ),
            2,
        ),
        "primary_category_id": first["category_id"] if first else 0,
        "primary_category_name": first["name"] if first else "",
        "variant_count": len(variants),
        "highest_variant_price": max(prices),
        "average_variant_price": round(sum(prices) / len(prices), 4),
        "lowest_variant_price": str(min(prices)),
        "oldest_variant_date": created[0][:10] if created else "",
        "newest_variant_date": created[-1][:10] if created else "",
    }
    return data(body)


def channel_assignments(call: Call) -> Answer:
    """On which channels products are sold (FACTS 5.9)."""
    filters = {
        **family("product_id", _pair("product_id"), int, "in"),
        **family("channel_id", _pair("channel_id"), int, "in"),
    }
    rows = [
        {"product_id": product.id, "channel_id": channel}
        for product in call.store.products.values()
        for channel in product.channels
    ]
    return v3_page(call, select(call, rows, filters), lambda row: row)


def category_assignments(call: Call) -> Answer:
    """In which categories products are."""
    filters = {
        **family("product_id", _pair("product_id"), int, "in"),
        **family("category_id", _pair("category_id"), int, "in"),
    }
    rows = [
        {"product_id": product.id, "category_id": category}
        for product in call.store.products.values()
        for category in product.fields["categories"]
    ]
    return v3_page(call, select(call, rows, filters), lambda row: row)


def _pair(name: str) -> Callable[[JSON], Any]:
    return lambda row: row[name]


def _one(rows: list[JSON], number: int) -> JSON:
    for row in rows:
        if row["id"] == number:
            return row
    raise not_found()


_P = "/v3/catalog/products"
ENDPOINTS = (
    Endpoint("GET", _P, list_products, PRODUCTS),
    Endpoint("GET", f"{_P}/channel-assignments", channel_assignments, PRODUCTS),
    Endpoint("GET", f"{_P}/category-assignments", category_assignments, PRODUCTS),
    Endpoint("GET", f"{_P}/{{product_id}}", read_product, PRODUCTS),
    Endpoint("GET", f"{_P}/{{product_id}}/images", list_images, PRODUCTS),
    Endpoint("GET", f"{_P}/{{product_id}}/images/{{image_id}}", read_image, PRODUCTS),
    Endpoint("GET", f"{_P}/{{product_id}}/custom-fields", list_custom_fields, PRODUCTS),
    Endpoint("GET", f"{_P}/{{product_id}}/custom-fields/{{field_id}}", read_custom_field, PRODUCTS),
    Endpoint("GET", f"{_P}/{{product_id}}/options", list_options, PRODUCTS),
    Endpoint("GET", f"{_P}/{{product_id}}/modifiers", list_modifiers, PRODUCTS),
    Endpoint("GET", f"{_P}/{{product_id}}/videos", list_videos, PRODUCTS),
    Endpoint("GET", f"{_P}/{{product_id}}/bulk-pricing-rules", list_bulk_rules, PRODUCTS),
    Endpoint("GET", "/v3/catalog/summary", summary, PRODUCTS),
)
