"""Models read the examples of BigCommerce's own specifications without losing a field.

The specifications may not be handed on, so they are not part of this repository: set
QUAYSIDE_BIGCOMMERCE_SPECS to their folder, or lay it beside the checkout.
"""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import pytest
import yaml

from app.bigcommerce.models import catalog, orders, shipments, statuses, store
from app.bigcommerce.problems import read_problems
from app.bigcommerce.shapes import Shape, build, decode

BESIDE = Path(__file__).parents[3] / "shared" / "bigcommerce" / "openapi"
SPECS = Path(os.environ.get("QUAYSIDE_BIGCOMMERCE_SPECS", BESIDE))
pytestmark = pytest.mark.skipif(
    not SPECS.is_dir(), reason="BigCommerce's specifications are not at hand"
)

PRODUCTS = "catalog/products_catalog.v3.yml"
VARIANTS = "catalog/product-variants_catalog.v3.yml"
TREES = "catalog/category-trees_catalog.v3.yml"
ORDERS = "orders.v2.oas2.yml"
CASES: list[tuple[str, str, str, Any]] = [
    (PRODUCTS, "/catalog/products", "get", list[catalog.Product]),
    (PRODUCTS, "/catalog/products/{product_id}", "get", catalog.Product),
    (PRODUCTS, "/catalog/products/{product_id}", "put", catalog.Product),
    (PRODUCTS, "/catalog/products/{product_id}/images", "get", list[catalog.Image]),
    (PRODUCTS, "/catalog/products/{product_id}/images", "post", catalog.Image),
    (PRODUCTS, "/catalog/products/{product_id}/custom-fields", "get", list[catalog.CustomField]),
    (PRODUCTS, "/catalog/products/{product_id}/metafields", "get", list[catalog.Metafield]),
    (PRODUCTS, "/catalog/products/channel-assignments", "get", list[catalog.ChannelAssignment]),
    (PRODUCTS, "/catalog/summary", "get", catalog.CatalogSummary),
    (VARIANTS, "/catalog/variants", "get", list[catalog.Variant]),
    (VARIANTS, "/catalog/variants", "put", list[catalog.Variant]),
    (VARIANTS, "/catalog/products/{product_id}/variants", "get", list[catalog.Variant]),
    (VARIANTS, "/catalog/products/{product_id}/variants", "post", catalog.Variant),
    ("catalog/brands_catalog.v3.yml", "/catalog/brands", "get", list[catalog.Brand]),
    ("catalog/categories_catalog.v3.yml", "/catalog/categories", "get", list[catalog.Category]),
    (TREES, "/catalog/trees/categories", "get", list[catalog.Category]),
    (TREES, "/catalog/trees/categories", "post", list[catalog.Category]),
    (TREES, "/catalog/trees", "get", list[catalog.CategoryTree]),
    (ORDERS, "/orders", "get", list[orders.Order]),
    (ORDERS, "/orders/{order_id}", "get", orders.Order),
    (ORDERS, "/orders/{order_id}", "put", orders.Order),
    (ORDERS, "/orders/{order_id}/products", "get", list[orders.OrderProduct]),
    (ORDERS, "/orders/{order_id}/shipping_addresses", "get", list[orders.ShippingAddress]),
    (ORDERS, "/orders/{order_id}/shipments", "get", list[shipments.Shipment]),
    (ORDERS, "/orders/{order_id}/shipments", "post", shipments.Shipment),
    (ORDERS, "/orders/{order_id}/coupons", "get", list[orders.Coupon]),
    (ORDERS, "/orders/{order_id}/consignments", "get", orders.Consignments),
    (ORDERS, "/orders/count", "get", statuses.OrderCount),
    (ORDERS, "/order_statuses", "get", list[statuses.OrderStatus]),
    ("store_information.v2.yml", "/store", "get", store.Store),
    ("store_information.v2.yml", "/time", "get", store.StoreTime),
    ("currencies.v2.yml", "/currencies", "get", list[store.Currency]),
    ("inventory.v3.yml", "/inventory/items", "get", list[store.InventoryItem]),
    ("locations.v3.yml", "/inventory/locations", "get", list[store.Location]),
    ("channels.v3.yml", "/channels", "get", list[store.Channel]),
    ("settings.v3.yml", "/settings/inventory", "get", store.InventorySettings),
    ("settings.v3.yml", "/settings/store/units-of-measurement", "get", store.UnitsOfMeasurement),
    ("webhooks.v3.yml", "/hooks", "get", list[store.Hook]),
    ("webhooks.v3.yml", "/hooks", "post", store.Hook),
    ("webhooks.v3.yml", "/hooks/admin", "get", store.HooksHealth),
]


PLAIN: dict[str, Any] = {"integer": 3, "number": 2.0, "boolean": True}


@cache
def spec(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((SPECS / name).read_bytes(), yaml.CSafeLoader)
    return loaded


def resolve(document: dict[str, Any], node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def from_schema(document: dict[str, Any], schema: Any, depth: int = 0) -> Any:
    """A value put together from the examples of a schema's properties; None without any."""
    schema = resolve(document, schema)
    if not isinstance(schema, dict) or depth > 8:
        return None
    if "example" in schema:
        return schema["example"]
    parts = schema.get("allOf", [])
    if parts or "properties" in schema:
        merged: dict[str, Any] = {}
        for part in parts:
            inside = from_schema(document, part, depth + 1)
            merged |= inside if isinstance(inside, dict) else {}
        for name, inner in schema.get("properties", {}).items():
            value = from_schema(document, inner, depth + 1)
            if value is not None:
                merged[name] = value
        return merged
    for choice in (*schema.get("oneOf", []), *schema.get("anyOf", [])):
        if (value := from_schema(document, choice, depth + 1)) is not None:
            return value
    if "items" in schema:
        value = from_schema(document, schema["items"], depth + 1)
        return None if value is None else [value]
    return PLAIN.get(str(schema.get("type")))


def examples(name: str, path: str, method: str, status: str) -> Iterator[Any]:
    document = spec(name)
    response = resolve(document, document["paths"][path][method]["responses"].get(status, {}))
    for media in response.get("content", {}).values():
        if "example" in media:
            yield media["example"]
        for example in media.get("examples", {}).values():
            yield resolve(document, example)["value"]
        if (made := from_schema(document, media.get("schema", {}))) is not None:
            yield made


def over_the_wire(value: Any) -> object:
    """As it would arrive: dates that YAML has parsed are texts again, fractions Decimals."""
    return decode(msgspec.json.encode(value))


def lost(sent: object, read: object) -> Iterator[str]:
    """Fields that the store filled and the model did not keep."""
    if isinstance(sent, list) and isinstance(read, list):
        if len(sent) != len(read):
            yield f"{len(sent) - len(read)} of {sent!r}"
        for one, other in zip(sent, read, strict=False):
            yield from lost(one, other)
    elif isinstance(sent, dict) and isinstance(read, Shape):
        for name in get_type_hints(type(read)):
            value, kept = sent.get(name), getattr(read, name)
            if name == "raw" or value in (None, "", [], {}) or _is_link(value):
                continue
            if kept is None or kept in ("", [], {}):
                yield f"{type(read).__name__}.{name} = {value!r}"
            yield from lost(value, kept)


def _is_link(value: object) -> bool:
    """What an order shows instead of records that were not asked for."""
    first = value[0] if isinstance(value, list) else value
    return isinstance(first, dict) and set(first) == {"url", "resource"}


@pytest.mark.parametrize(("name", "path", "method", "expect"), CASES)
def test_examples(name: str, path: str, method: str, expect: Any) -> None:
    count = 0
    for status in ("200", "201"):
        for example in examples(name, path, method, status):
            body = over_the_wire(example)
            if name.endswith(".v3.yml") and isinstance(body, dict) and "data" not in body:
                continue  # v3 always wraps; such examples are slips (README of the specifications)
            data = body["data"] if isinstance(body, dict) and "data" in body else body
            if isinstance(data, list) is not (getattr(expect, "__origin__", None) is list):
                continue  # some examples do not match their own schema
            assert list(lost(data, build(data, expect))) == []
            count += 1
    assert count


@pytest.mark.parametrize("file", sorted(p.relative_to(SPECS) for p in SPECS.glob("**/*.yml")))
def test_error_examples_name_their_problems(file: Path) -> None:
    document = spec(str(file))
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status in operation.get("responses", {}) if isinstance(operation, dict) else {}:
                if not str(status).startswith(("4", "5")):
                    continue
                for example in examples(str(file), path, method, str(status)):
                    if isinstance(example, dict) and example.get("title"):
                        assert read_problems(over_the_wire(example), int(status))
