"""Metafields of products, variants and orders (FACTS 4.10, 5.8).

They belong to the client that made them and are invisible to others (FACTS 8.52).
"""

from sandbox.api.filters import FIELD_PARAMETERS, family, field, fields_filter, select
from sandbox.api.paging import v3_page
from sandbox.call import Answer, Call, Endpoint
from sandbox.errors import JSON, not_found

PRODUCTS = "store_v2_products"
ORDERS = "store_v2_orders"

FILTERS = {
    **family("key", field("key"), str, "", "in"),
    **family("namespace", field("namespace"), str, "", "in"),
    **family("resource_id", field("resource_id"), int, "in"),
}
OTHER = (*FIELD_PARAMETERS, "direction", "sort")


def visible(call: Call, rows: list[JSON]) -> list[JSON]:
    """Metafields this client may see."""
    mine = call.grant.client_id
    return [
        row for row in rows if row["owner_client_id"] == mine or row["permission_set"] != "app_only"
    ]


def list_of_product(call: Call) -> Answer:
    """Metafields of one product."""
    rows = visible(call, call.store.metafields[("product", call.product().id)])
    return v3_page(call, select(call, rows, FILTERS, *OTHER), fields_filter(call, "id"))


def list_of_variant(call: Call) -> Answer:
    """Metafields of one variant."""
    row = call.product().variant(call.ids["variant_id"])
    if row is None:
        raise not_found()
    rows = visible(call, call.store.metafields[("variant", row["id"])])
    return v3_page(call, select(call, rows, FILTERS, *OTHER), fields_filter(call, "id"))


def list_of_order(call: Call) -> Answer:
    """Metafields of one order."""
    rows = visible(call, call.store.metafields[("order", call.order().id)])
    return v3_page(call, select(call, rows, FILTERS, *OTHER), fields_filter(call, "id"))


def list_of_orders(call: Call) -> Answer:
    """Metafields of all orders."""
    return list_all(call, "order")


def list_all(call: Call, kind: str) -> Answer:
    """Metafields of every record of one kind."""
    found = [
        row
        for (owner, _), rows in call.store.metafields.items()
        if owner == kind
        for row in visible(call, rows)
    ]
    return v3_page(call, select(call, found, FILTERS, *OTHER), fields_filter(call, "id"))


def list_of_products(call: Call) -> Answer:
    """Metafields of all products."""
    return list_all(call, "product")


def list_of_variants(call: Call) -> Answer:
    """Metafields of all variants."""
    return list_all(call, "variant")


_P = "/v3/catalog/products"
ENDPOINTS = (
    Endpoint("GET", f"{_P}/metafields", list_of_products, PRODUCTS),
    Endpoint("GET", f"{_P}/{{product_id}}/metafields", list_of_product, PRODUCTS),
    Endpoint("GET", "/v3/orders/metafields", list_of_orders, ORDERS),
    Endpoint("GET", "/v3/orders/{order_id}/metafields", list_of_order, ORDERS),
    Endpoint("GET", "/v3/catalog/variants/metafields", list_of_variants, PRODUCTS),
    Endpoint(
        "GET", f"{_P}/{{product_id}}/variants/{{variant_id}}/metafields", list_of_variant, PRODUCTS
    ),
)
