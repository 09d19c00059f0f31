"""Reading variants, flat and per product (FACTS 5.5)."""

from sandbox.api.filters import (
    FIELD_PARAMETERS,
    family,
    field,
    fields_filter,
    lower_field,
    lowered,
    select,
)
from sandbox.api.paging import v3_page
from sandbox.call import Answer, Call, Endpoint, data
from sandbox.errors import not_found

PRODUCTS = "store_v2_products"

FILTERS = {
    **family("id", field("id"), int, "", "in"),
    **family("product_id", field("product_id"), int, "", "in"),
    **family("sku", lower_field("sku"), lowered, "", "in"),
    **family("upc", lower_field("upc"), lowered, ""),
}

# The `sku` filters find option variants only; base variants are found by /products (FACTS 5.5).
BY_SKU = frozenset({"sku", "sku:in"})


def list_all(call: Call) -> Answer:
    """Every variant of the store, base variants included."""
    products = call.store.products.values()
    rows = [row for product in products for row in product.variants]
    if BY_SKU.intersection(call.query):
        rows = [row for row in rows if row["option_values"]]
    found = select(call, rows, FILTERS, *FIELD_PARAMETERS)
    return v3_page(call, found, fields_filter(call, "id", "product_id"))


def list_of_product(call: Call) -> Answer:
    """Variants of one product."""
    found = select(call, call.product().variants, {}, *FIELD_PARAMETERS)
    return v3_page(call, found, fields_filter(call, "id"))


def read_variant(call: Call) -> Answer:
    """One variant."""
    row = call.product().variant(call.ids["variant_id"])
    if row is None:
        raise not_found()
    return data(fields_filter(call, "id")(row))


_P = "/v3/catalog/products/{product_id}/variants"
ENDPOINTS = (
    Endpoint("GET", "/v3/catalog/variants", list_all, PRODUCTS),
    Endpoint("GET", _P, list_of_product, PRODUCTS),
    Endpoint("GET", f"{_P}/{{variant_id}}", read_variant, PRODUCTS),
)
