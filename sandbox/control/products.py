"""Changing the catalogue behind the API's back, without its checks."""

from sandbox.control.bodies import ProductPatch, VariantPatch
from sandbox.errors import JSON, Refused
from sandbox.store.catalog import create_product, derive, set_product_level, touch
from sandbox.store.records import Product
from sandbox.store.stock_moves import announce_stock
from sandbox.store.store import DEFAULT_LOCATION, Store
from sandbox.store.variants import write_variant


def create(store: Store, body: JSON) -> Product:
    """Make a product from any v3 body with at least a name."""
    if not body.get("name"):
        raise Refused(422, "A product needs a name.")
    return create_product(store, body)


def patch(store: Store, product: Product, body: ProductPatch) -> None:
    """Write fields of a product and of its variants; stock changes are announced as such."""
    before = int(product.fields["inventory_level"])
    for name, value in body.fields.items():
        if name == "inventory_level":
            continue
        if name not in product.fields:
            raise Refused(422, f"A product has no field '{name}'.")
        product.fields[name] = value
    if "inventory_level" in body.fields:
        set_product_level(store, product, int(body.fields["inventory_level"]))
    for change in body.variants:
        _patch_variant(store, product, change)
    store.claim(product)
    derive(store, product)
    after = int(product.fields["inventory_level"])
    if body.silent:
        product.fields["date_modified"] = store.now_iso()
        return
    if after != before and not body.variants:
        announce_stock(store, product, product.variants[0], "absolute", after)
    if body.fields.keys() - {"inventory_level"}:
        touch(store, product)


def _patch_variant(store: Store, product: Product, change: VariantPatch) -> None:
    row = next(
        (
            entry
            for entry in product.variants
            if entry["id"] == change.id or (change.id is None and entry["sku"] == change.sku)
        ),
        None,
    )
    if row is None:
        raise Refused(422, "The product has no such variant.")
    for name in change.fields:
        if name not in row:
            raise Refused(422, f"A variant has no field '{name}'.")
    write_variant(store, product, row, change.fields)
    if row["sku_id"] is None:
        return
    if "inventory_level" in change.fields:
        level = store.stock.at(store.stock_key(product, row), DEFAULT_LOCATION)
        announce_stock(store, product, row, "absolute", level.available if level else 0)
    sku = {"product_id": product.id, "variant_id": row["id"]}
    store.announce("store/sku/updated", {"type": "sku", "id": row["sku_id"], "sku": sku})
