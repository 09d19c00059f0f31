"""Creating and changing variants, single and in batches (FACTS 5.5)."""

from sandbox.api.v3.checks import at_most, check, objects, require
from sandbox.api.v3.product_rules import VARIANT_RULES, duplicate, fetchable
from sandbox.api.v3.product_writes import STOCK_NOT_SAVED, announce_sku
from sandbox.call import Answer, Call, Endpoint, data
from sandbox.errors import JSON, STATUS_PAGE, Refused, not_found
from sandbox.store.catalog import derive, touch
from sandbox.store.records import Product
from sandbox.store.stock_moves import announce_stock
from sandbox.store.variants import add_variant, chosen_value, write_variant

PRODUCTS = "store_v2_products"
BATCH = 50
MOST_PER_PRODUCT = 600

# The batch does not take these; the single PUT does (FACTS 5.5).
NOT_IN_BATCH = frozenset({"sku", "mpn", "gtin"})
MIRRORED = ("sku", "upc", "mpn", "gtin", "bin_picking_number")


def create(call: Call) -> Answer:
    """Add one variant; its options and values must exist."""
    product = call.product()
    row = _add(call, product, call.json_object())
    return data(row)


def update(call: Call) -> Answer:
    """Change one variant; its option values cannot be changed and are ignored."""
    product, row = _addressed(call)
    body = call.json_object()
    _check_change(call, product, row, body)
    saved = _write(call, product, row, body)
    return _saved(row, partly=not saved)


def update_batch(call: Call) -> Answer:
    """Change or add up to 50 variants; with any bad one nothing is saved and all are named."""
    rows = objects(call.json_array(), "variants")
    at_most(rows, BATCH, 413)
    planned: list[tuple[Product, JSON | None, JSON]] = []
    failures: list[JSON] = []
    for index, row in enumerate(rows):
        try:
            planned.append(_plan(call, row))
        except Refused as refusal:
            failures.append(
                {
                    "status": refusal.status,
                    "title": refusal.title,
                    "type": STATUS_PAGE,
                    "errors": {**(refusal.errors or {}), "index": str(index)},
                }
            )
    if failures:
        extra = {"batch_errors": failures}
        raise Refused(422, "The batch holds invalid variants.", {}, extra=extra)
    saved_rows: list[JSON] = []
    saved = True
    for product, variant, body in planned:
        if variant is None:
            saved_rows.append(_add(call, product, body))
        else:
            kept = {name: value for name, value in body.items() if name not in NOT_IN_BATCH}
            saved = _write(call, product, variant, kept) and saved
            saved_rows.append(variant)
    return _saved(saved_rows, partly=not saved)


def delete(call: Call) -> Answer:
    """Delete one option variant; the base variant cannot be deleted."""
    product, row = _addressed(call)
    if not row["option_values"]:
        raise Refused(422, "The base variant cannot be deleted.", {})
    product.variants.remove(row)
    call.store.variant_owner.pop(row["id"], None)
    call.store.stock.forget(("variant", row["id"]))
    call.store.claim(product)
    derive(call.store, product)
    announce_sku(call.store, "deleted", product, row)
    touch(call.store, product)
    return Answer(None, 204)


def set_image(call: Call) -> Answer:
    """Give a variant its one picture."""
    product, row = _addressed(call)
    if isinstance(call.body, bytes):
        url = f"upload-{row['id']}"
    else:
        body = call.json_object()
        require(body, "image_url")
        url = str(body["image_url"])
        if not fetchable(call.sandbox, url):
            raise Refused(400, "The field 'image_url' is invalid.", {"image_url": "not fetched"})
    base = call.sandbox.settings.public_url.rstrip("/")
    number = call.store.next_id("image", first=300)
    row["image_url"] = f"{base}/product_images/{product.id}/v{number}.jpg"
    announce_sku(call.store, "updated", product, row)
    return data({"image_url": row["image_url"]})


def _addressed(call: Call) -> tuple[Product, JSON]:
    product = call.product()
    row = product.variant(call.ids["variant_id"])
    if row is None:
        raise not_found()
    return product, row


def _plan(call: Call, row: JSON) -> tuple[Product, JSON | None, JSON]:
    if "id" not in row:
        number = row.get("product_id")
        product = call.store.products.get(number) if isinstance(number, int) else None
        if product is None:
            raise Refused(422, "Missing Required Fields", {"product_id": "product_id is required"})
        _check_new(call, product, row)
        return product, None, row
    owner = call.store.variant_owner.get(row["id"]) if isinstance(row["id"], int) else None
    product = call.store.products.get(owner) if owner is not None else None
    variant = product.variant(row["id"]) if product is not None else None
    if product is None or variant is None:
        raise Refused(404, "The variant does not exist.", {"id": str(row["id"])})
    check(row, VARIANT_RULES)
    return product, variant, row


def _check_new(call: Call, product: Product, body: JSON) -> list[JSON]:
    """The chosen option values of a new variant. Raises Refused 409/422."""
    require(body, "sku", "option_values")
    check(body, VARIANT_RULES)
    if not product.options:
        raise Refused(422, "The product has no options.", {"option_values": "no such option"})
    chosen = []
    for entry in objects(body["option_values"], "option_values"):
        option = _find(product.options, entry.get("option_id"))
        value = _find(option["option_values"], entry.get("id")) if option else None
        if option is None or value is None:
            raise Refused(422, "The option value does not exist.", {"option_values": "unknown"})
        chosen.append(chosen_value(option, value))
    if {entry["option_id"] for entry in chosen} != {row["id"] for row in product.options}:
        raise Refused(422, "Every option needs a value.", {"option_values": "incomplete"})
    wanted = {entry["id"] for entry in chosen}
    if any({value["id"] for value in row["option_values"]} == wanted for row in product.variants):
        raise Refused(
            409, "Variant with the same option values set exists", {}, extra={"code": 22010}
        )
    if str(body["sku"]).lower() in call.store.skus:
        raise duplicate("sku")
    if len(product.variants) >= MOST_PER_PRODUCT:
        raise Refused(422, f"A product has at most {MOST_PER_PRODUCT} variants.", {})
    return chosen


def _add(call: Call, product: Product, body: JSON) -> JSON:
    chosen = _check_new(call, product, body)
    row = add_variant(call.store, product, body, chosen)
    call.store.claim(product)
    derive(call.store, product)
    announce_sku(call.store, "created", product, row)
    touch(call.store, product)
    return row


def _check_change(call: Call, product: Product, row: JSON, body: JSON) -> None:
    check(body, VARIANT_RULES)
    sku = str(body.get("sku") or "").lower()
    if sku and sku != str(row["sku"]).lower() and sku in call.store.skus:
        raise duplicate("sku")
    if product.has_options and "sku" in body and not sku:
        raise Refused(422, "A variant needs a SKU.", {"sku": "sku is required"})


def _write(call: Call, product: Product, row: JSON, body: JSON) -> bool:
    """Write a checked body; False when everything but the stock was saved."""
    store = call.store
    level = body.get("inventory_level")
    counted_by_product = product.fields["inventory_tracking"] == "product"
    ineffective = counted_by_product and product.has_options
    refused = level is not None and (level < 0 or call.partly is not None)
    kept = dict(body)
    if refused or ineffective:
        kept.pop("inventory_level", None)
    write_variant(store, product, row, kept)
    if not row["option_values"]:
        product.fields.update({name: body[name] for name in MIRRORED if name in body})
    store.claim(product)
    derive(store, product)
    if "inventory_level" in kept and level is not None:
        announce_stock(store, product, row, "absolute", level)
    if kept.keys() - {"id", "inventory_level"}:
        announce_sku(store, "updated", product, row)
    return not refused and call.partly is None


def _find(rows: list[JSON], number: object) -> JSON | None:
    return next((row for row in rows if row["id"] == number), None)


def _saved(body: object, *, partly: bool) -> Answer:
    if partly:
        return Answer({"data": body, "errors": STOCK_NOT_SAVED, "meta": {}}, 207)
    return data(body)


_P = "/v3/catalog/products/{product_id}/variants"
ENDPOINTS = (
    Endpoint("PUT", "/v3/catalog/variants", update_batch, PRODUCTS),
    Endpoint("POST", _P, create, PRODUCTS),
    Endpoint("PUT", f"{_P}/{{variant_id}}", update, PRODUCTS),
    Endpoint("DELETE", f"{_P}/{{variant_id}}", delete, PRODUCTS),
    Endpoint("POST", f"{_P}/{{variant_id}}/image", set_image, PRODUCTS),
)
