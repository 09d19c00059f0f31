"""Every read answer of the sandbox is valid by BigCommerce's own schemas."""

from dataclasses import dataclass

import pytest

from tests.sandbox.conftest import Store
from tests.sandbox.specs import ROOT, problems

pytestmark = pytest.mark.skipif(
    not ROOT.is_dir(), reason="the official OpenAPI files are not beside this checkout"
)

ORDERS = "orders.v2.oas2.yml"
PRODUCTS = "catalog/products_catalog.v3.yml"
VARIANTS = "catalog/product-variants_catalog.v3.yml"


@dataclass(frozen=True)
class Read:
    """One request and the operation that describes its answer."""

    url: str
    spec: str
    path: str


READS = (
    Read("v2/store", "store_information.v2.yml", "/store"),
    Read("v2/time", "store_information.v2.yml", "/time"),
    Read("v2/currencies", "currencies.v2.yml", "/currencies"),
    Read("v2/orders?limit=250", ORDERS, "/orders"),
    Read(
        "v2/orders?limit=250&include=consignments,consignments.line_items,fees"
        "&consignment_structure=object",
        ORDERS,
        "/orders",
    ),
    Read("v2/orders/count", ORDERS, "/orders/count"),
    Read("v2/orders/{order}", ORDERS, "/orders/{order_id}"),
    Read("v2/orders/{order}/products", ORDERS, "/orders/{order_id}/products"),
    Read(
        "v2/orders/{order}/consignments?include=consignments.line_items",
        ORDERS,
        "/orders/{order_id}/consignments",
    ),
    Read("v2/orders/{order}/shipping_addresses", ORDERS, "/orders/{order_id}/shipping_addresses"),
    Read("v2/orders/{coupons}/coupons", ORDERS, "/orders/{order_id}/coupons"),
    Read("v2/orders/{order}/taxes?details=true", ORDERS, "/orders/{order_id}/taxes"),
    Read("v2/orders/{shipped}/shipments", ORDERS, "/orders/{order_id}/shipments"),
    Read("v2/orders/{shipped}/shipments/count", ORDERS, "/orders/{order_id}/shipments/count"),
    Read("v2/order_statuses", ORDERS, "/order_statuses"),
    Read(
        "v3/catalog/products?limit=250&include=variants,images,custom_fields,videos,"
        "bulk_pricing_rules,channels,parent_relations",
        PRODUCTS,
        "/catalog/products",
    ),
    Read("v3/catalog/products?id:min=120&include=options,modifiers", PRODUCTS, "/catalog/products"),
    Read("v3/catalog/products/{product}", PRODUCTS, "/catalog/products/{product_id}"),
    Read("v3/catalog/products/{product}/images", PRODUCTS, "/catalog/products/{product_id}/images"),
    Read(
        "v3/catalog/products/{product}/custom-fields",
        PRODUCTS,
        "/catalog/products/{product_id}/custom-fields",
    ),
    Read(
        "v3/catalog/products/{product}/metafields",
        PRODUCTS,
        "/catalog/products/{product_id}/metafields",
    ),
    Read("v3/catalog/summary", PRODUCTS, "/catalog/summary"),
    Read(
        "v3/catalog/products/channel-assignments", PRODUCTS, "/catalog/products/channel-assignments"
    ),
    Read(
        "v3/catalog/products/{product}/variants",
        VARIANTS,
        "/catalog/products/{product_id}/variants",
    ),
    Read("v3/catalog/variants?limit=250", VARIANTS, "/catalog/variants"),
    Read(
        "v3/catalog/products/{product}/options",
        "catalog/product-variant-options_catalog.v3.yml",
        "/catalog/products/{product_id}/options",
    ),
    Read("v3/catalog/brands", "catalog/brands_catalog.v3.yml", "/catalog/brands"),
    Read("v3/catalog/trees", "catalog/category-trees_catalog.v3.yml", "/catalog/trees"),
    Read(
        "v3/catalog/trees/categories",
        "catalog/category-trees_catalog.v3.yml",
        "/catalog/trees/categories",
    ),
    Read(
        "v3/catalog/trees/1/categories",
        "catalog/category-trees_catalog.v3.yml",
        "/catalog/trees/{tree_id}/categories",
    ),
    Read("v3/catalog/categories", "catalog/categories_catalog.v3.yml", "/catalog/categories"),
    Read("v3/inventory/items?limit=1000", "inventory.v3.yml", "/inventory/items"),
    Read(
        "v3/inventory/locations/1/items",
        "inventory.v3.yml",
        "/inventory/locations/{location_id}/items",
    ),
    Read("v3/inventory/locations", "locations.v3.yml", "/inventory/locations"),
    Read("v3/channels?available=true", "channels.v3.yml", "/channels"),
    Read("v3/settings/inventory", "settings.v3.yml", "/settings/inventory"),
    Read(
        "v3/settings/store/units-of-measurement",
        "settings.v3.yml",
        "/settings/store/units-of-measurement",
    ),
    Read("v3/settings/store/profile", "settings.v3.yml", "/settings/store/profile"),
    Read("v3/settings/store/locale", "settings.v3.yml", "/settings/store/locale"),
    Read("v3/hooks", "webhooks.v3.yml", "/hooks"),
    Read("v3/hooks/admin", "webhooks.v3.yml", "/hooks/admin"),
    Read("v3/orders/payment_actions/refunds", "orders.v3.yml", "/orders/payment_actions/refunds"),
    Read("v3/orders/{order}/transactions", "orders.v3.yml", "/orders/{order_id}/transactions"),
)


@pytest.mark.parametrize("read", READS, ids=lambda read: read.url)
async def test_answer_is_valid_by_the_official_schema(store: Store, read: Read) -> None:
    orders = store.sandbox.store.orders.values()
    known = {
        "order": next(
            row.id
            for row in orders
            if row.fields["status_id"] == 11 and float(row.fields["total_tax"]) and row.addresses
        ),
        "shipped": next(row.id for row in orders if row.shipments),
        "coupons": next(row.id for row in orders if row.coupons),
        "product": next(
            row.id for row in store.sandbox.store.products.values() if row.options and row.images
        ),
    }
    await store.api.post(
        "v3/hooks", json={"scope": "store/order/*", "destination": "https://app.test/hooks"}
    )

    answer = await store.api.get(read.url.format(**known))

    assert answer.status_code == 200, answer.text
    found = list(problems(read.spec, "get", read.path, 200, answer.json()))
    assert found == []


async def test_answers_to_writes_are_valid_too(store: Store) -> None:
    order = next(
        row
        for row in store.sandbox.store.orders.values()
        if row.fields["status_id"] == 11 and row.addresses and row.lines[0]["order_address_id"]
    )
    product = next(row for row in store.sandbox.store.products.values() if row.has_options)
    ship = {
        "order_address_id": order.lines[0]["order_address_id"],
        "items": [{"order_product_id": order.lines[0]["id"], "quantity": 1}],
    }
    field = {"permission_set": "read", "namespace": "n", "key": "k", "value": "v"}
    hook = {"scope": "store/order/*", "destination": "https://app.test/hooks"}
    shipments = f"v2/orders/{order.id}/shipments"
    new = {"name": "New", "type": "physical", "weight": 1, "price": 2}
    prices = [{"id": product.variants[0]["id"], "price": 3}]
    batch = [{**field, "resource_id": product.id}]
    calls = (
        ("post", "v3/hooks", hook, "webhooks.v3.yml", "/hooks", 200),
        ("post", shipments, ship, ORDERS, "/orders/{order_id}/shipments", 201),
        ("put", f"v2/orders/{order.id}", {"staff_notes": "x"}, ORDERS, "/orders/{order_id}", 200),
        ("post", "v3/catalog/products", new, PRODUCTS, "/catalog/products", 200),
        (
            "put",
            f"v3/catalog/products/{product.id}",
            {"price": 4},
            PRODUCTS,
            "/catalog/products/{product_id}",
            200,
        ),
        ("put", "v3/catalog/variants", prices, VARIANTS, "/catalog/variants", 200),
        (
            "post",
            "v3/catalog/products/metafields",
            batch,
            PRODUCTS,
            "/catalog/products/metafields",
            200,
        ),
        (
            "post",
            "v3/catalog/trees/categories",
            [{"name": "New", "tree_id": 1}],
            "catalog/category-trees_catalog.v3.yml",
            "/catalog/trees/categories",
            201,
        ),
    )
    for method, url, body, spec, path, status in calls:
        answer = await store.api.request(method.upper(), url, json=body)
        assert answer.status_code == status, answer.text
        assert list(problems(spec, method, path, status, answer.json())) == [], url


async def test_the_check_notices_a_wrong_answer(store: Store) -> None:
    body = (await store.api.get("v3/catalog/products")).json()
    body["data"][0]["price"] = "19.90"
    assert list(problems(PRODUCTS, "get", "/catalog/products", 200, body))
    orders = (await store.api.get("v2/orders")).json()
    orders[0]["total_inc_tax"] = 19.9
    assert list(problems(ORDERS, "get", "/orders", 200, orders))
