"""Creating, changing and deleting products (FACTS 5.3, 5.4)."""

from sandbox.api.filters import select
from sandbox.api.v3.checks import at_most, objects
from sandbox.api.v3.product_rules import check_change, check_new, duplicate
from sandbox.api.v3.product_view import whole
from sandbox.api.v3.products import FILTERS
from sandbox.call import Answer, Call, Endpoint, data
from sandbox.errors import JSON, Refused, not_found
from sandbox.store.catalog import (
    PRODUCT_DEFAULTS,
    add_bulk_rules,
    add_custom_fields,
    add_images,
    create_product,
    delete_product,
    derive,
    find_or_make_brand,
    set_product_level,
    touch,
)
from sandbox.store.records import Product
from sandbox.store.stock_moves import announce_stock
from sandbox.store.store import Store
from sandbox.store.variants import write_variant

PRODUCTS = "store_v2_products"
BATCH = 10

READ_ONLY = frozenset({"option_set_id", "option_set_display", "view_count", "total_sold"})
STOCK_NOT_SAVED = {"inventory_level": "The product was saved, but its inventory was not updated."}


def create(call: Call) -> Answer:
    """Create one product with everything inline; 207 when the stock could not be saved."""
    body = call.json_object()
    check_new(call.sandbox, body)
    if call.partly is not None:
        body = _without_stock(body)
    product = create_product(call.store, body)
    for row in product.variants:
        announce_sku(call.store, "created", product, row)
    return _saved(whole(product), partly=call.partly is not None)


def update(call: Call) -> Answer:
    """Change one product; 207 when the new stock would be negative (FACTS 8.36)."""
    product = call.product()
    body = call.json_object()
    check_change(call.sandbox, body, product)
    stock_saved = _write(call, product, body)
    for row in body.get("variants", []):
        variant = product.variant(int(row.get("id", 0)))
        if variant is not None:
            write_variant(call.store, product, variant, row)
    derive(call.store, product)
    return _saved(whole(product), partly=not stock_saved)


def update_batch(call: Call) -> Answer:
    """Change up to ten products; one bad product fails them all. `variants` is not read."""
    rows = objects(call.json_array(), "products")
    at_most(rows, BATCH, 413)
    products = [_addressed(call, row) for row in rows]
    names: set[str] = set()
    for product, row in zip(products, rows, strict=True):
        check_change(call.sandbox, row, product)
        name = str(row.get("name", product.fields["name"])).lower()
        if name in names:
            raise duplicate("name")
        names.add(name)
    saved = [_write(call, product, row) for product, row in zip(products, rows, strict=True)]
    return _saved([whole(product) for product in products], partly=not all(saved))


def delete(call: Call) -> Answer:
    """Delete one product."""
    delete_product(call.store, call.product())
    return Answer(None, 204)


def delete_many(call: Call) -> Answer:
    """Delete products by filter; without one nothing is deleted."""
    if not set(call.query) - {"page", "limit"}:
        raise Refused(422, "A filter is required to delete products.", {})
    for product in select(call, call.store.products.values(), FILTERS)[:250]:
        delete_product(call.store, product)
    return Answer(None, 204)


def announce_sku(store: Store, what: str, product: Product, variant: JSON) -> None:
    """Base variants are not SKUs to subscribers (FACTS 5.5)."""
    if variant["sku_id"] is not None:
        sku = {"product_id": product.id, "variant_id": variant["id"]}
        event = {"type": "sku", "id": variant["sku_id"], "sku": sku}
        store.announce(f"store/sku/{what}", event)


def _addressed(call: Call, row: JSON) -> Product:
    number = row.get("id")
    if not isinstance(number, int):
        raise Refused(422, "Missing Required Fields", {"id": "id is required"})
    product = call.store.products.get(number)
    if product is None:
        raise not_found()
    return product


def _write(call: Call, product: Product, body: JSON) -> bool:
    """Write a checked body; False when everything but the stock was saved."""
    store = call.store
    fields = product.fields
    for name in PRODUCT_DEFAULTS:
        if name in body and name not in READ_ONLY and name != "inventory_level":
            fields[name] = body[name]
    for name in ("name", "custom_url"):
        if name in body:
            fields[name] = body[name]
    if body.get("brand_name"):
        fields["brand_id"] = find_or_make_brand(store, body["brand_name"])
    _write_nested(store, product, body)
    stock_saved = True
    if "inventory_level" in body and fields["inventory_tracking"] != "variant":
        stock_saved = body["inventory_level"] >= 0 and call.partly is None
        if stock_saved:
            set_product_level(store, product, body["inventory_level"])
    store.claim(product)
    derive(store, product)
    if stock_saved and "inventory_level" in body:
        level = int(fields["inventory_level"])
        announce_stock(store, product, product.variants[0], "absolute", level)
    touch(store, product)
    return stock_saved and call.partly is None


def _write_nested(store: Store, product: Product, body: JSON) -> None:
    """Entries with an id are changed, others added, missing ones stay (FACTS 5.4)."""
    for row in body.get("images", []):
        known = _find(product.images, row.get("id"))
        if known is None:
            add_images(store, product, [row])
        else:
            write_image(product, known, row)
    for row in body.get("custom_fields", []):
        known = _find(product.custom_fields, row.get("id"))
        if known is None:
            add_custom_fields(store, product, [row])
        else:
            known.update({name: row[name] for name in ("name", "value") if name in row})
    for row in body.get("bulk_pricing_rules", []):
        known = _find(product.bulk_pricing_rules, row.get("id"))
        if known is None:
            add_bulk_rules(store, product, [row])
        else:
            known.update(row)


def write_image(product: Product, image: JSON, body: JSON) -> None:
    """Change a picture's texts; another address is ignored (FACTS 5.6)."""
    if body.get("is_thumbnail"):
        for other in product.images:
            other["is_thumbnail"] = False
    for name in ("is_thumbnail", "sort_order", "description"):
        if name in body:
            image[name] = body[name]


def _find(rows: list[JSON], number: object) -> JSON | None:
    return next((row for row in rows if row["id"] == number), None)


def _without_stock(body: JSON) -> JSON:
    variants = [
        {name: value for name, value in row.items() if name != "inventory_level"}
        for row in body.get("variants", [])
    ]
    kept = {name: value for name, value in body.items() if name != "inventory_level"}
    return {**kept, "variants": variants}


def _saved(body: object, *, partly: bool) -> Answer:
    if partly:
        return Answer({"data": body, "errors": STOCK_NOT_SAVED, "meta": {}}, 207)
    return data(body)


_P = "/v3/catalog/products"
ENDPOINTS = (
    Endpoint("POST", _P, create, PRODUCTS),
    Endpoint("PUT", _P, update_batch, PRODUCTS),
    Endpoint("DELETE", _P, delete_many, PRODUCTS),
    Endpoint("PUT", f"{_P}/{{product_id}}", update, PRODUCTS),
    Endpoint("DELETE", f"{_P}/{{product_id}}", delete, PRODUCTS),
)
