"""Variants and options: base variants, inline creation, single additions (FACTS 5.5)."""

from typing import Any

from sandbox.errors import JSON
from sandbox.store.records import Product
from sandbox.store.store import DEFAULT_LOCATION, Store

# null = inherit from the product
INHERITED = (
    "price",
    "cost_price",
    "sale_price",
    "retail_price",
    "map_price",
    "weight",
    "width",
    "height",
    "depth",
    "fixed_cost_shipping_price",
)

OWN_DEFAULTS: dict[str, Any] = {
    "is_free_shipping": False,
    "purchasing_disabled": False,
    "purchasing_disabled_message": "",
    "image_url": "",
    "upc": "",
    "gtin": "",
    "mpn": "",
    "inventory_level": 0,
    "inventory_warning_level": 0,
    "bin_picking_number": "",
}


def base_variant(store: Store, product: Product) -> JSON:
    """The one variant of a product without options; it mirrors the product."""
    row = blank_variant(store, product)
    row["sku"] = product.fields["sku"]
    return row


def blank_variant(store: Store, product: Product) -> JSON:
    """A variant that inherits everything, not yet part of the product."""
    row: JSON = {
        "id": store.next_id("variant", first=501),
        "product_id": product.id,
        "sku": "",
        "sku_id": None,
        "option_values": [],
        "calculated_price": 0,
        "calculated_weight": 0,
    }
    row.update(dict.fromkeys(INHERITED))
    row.update(OWN_DEFAULTS)
    return row


def write_variant(store: Store, product: Product, row: JSON, body: JSON) -> None:
    """Copy the writable fields of a checked body into a variant; stock goes to its level."""
    for name in (*INHERITED, *OWN_DEFAULTS, "sku"):
        if name in body and name != "inventory_level":
            row[name] = body[name]
    if body.get("inventory_level") is not None:
        key = store.stock_key(product, row)
        store.stock.set_available(key, DEFAULT_LOCATION, int(body["inventory_level"]))


def add_variants(store: Store, product: Product, bodies: list[JSON]) -> list[JSON]:
    """Add option variants given inline; options and values are made by name as needed."""
    added: list[JSON] = []
    for body in bodies:
        chosen = [_value_for(store, product, entry) for entry in body.get("option_values", [])]
        added.append(add_variant(store, product, body, chosen))
    return added


def add_variant(store: Store, product: Product, body: JSON, chosen: list[JSON]) -> JSON:
    """Add one option variant; the base variant goes away with the first (FACTS 5.5)."""
    for old in [row for row in product.variants if not row["option_values"]]:
        product.variants.remove(old)
        store.variant_owner.pop(old["id"], None)
        store.stock.forget(("variant", old["id"]))
    row = blank_variant(store, product)
    row["sku_id"] = store.next_id("sku", first=200)
    row["option_values"] = chosen
    product.fields["base_variant_id"] = None
    product.variants.append(row)
    store.variant_owner[row["id"]] = product.id
    write_variant(store, product, row, body)
    return row


def add_option(store: Store, product: Product, body: JSON) -> JSON:
    """Add an option with its values to a product."""
    name = str(body["display_name"])
    row: JSON = {
        "id": store.next_id("option", first=100),
        "product_id": product.id,
        "name": f"{name}{product.id}",
        "display_name": name,
        "type": body.get("type", "radio_buttons"),
        "sort_order": int(body.get("sort_order", len(product.options))),
        "option_values": [],
        "config": body.get("config", {}),
    }
    product.options.append(row)
    for value in body.get("option_values", []):
        add_option_value(store, row, value)
    return row


def add_option_value(store: Store, option: JSON, body: JSON) -> JSON:
    """Add a value to an option."""
    row: JSON = {
        "id": store.next_id("option_value", first=1000),
        "label": str(body["label"]),
        "sort_order": int(body.get("sort_order", len(option["option_values"]))),
        "value_data": body.get("value_data"),
        "is_default": bool(body.get("is_default", False)),
    }
    option["option_values"].append(row)
    return row


def chosen_value(option: JSON, value: JSON) -> JSON:
    """How a variant shows one of its option values."""
    return {
        "id": value["id"],
        "label": value["label"],
        "option_id": option["id"],
        "option_display_name": option["display_name"],
    }


def _value_for(store: Store, product: Product, entry: JSON) -> JSON:
    option = _find(product.options, "id", entry.get("option_id")) or _find(
        product.options, "display_name", entry.get("option_display_name")
    )
    if option is None:
        option = add_option(store, product, {"display_name": entry["option_display_name"]})
    values = option["option_values"]
    value = _find(values, "id", entry.get("id")) or _find(values, "label", entry.get("label"))
    if value is None:
        value = add_option_value(store, option, {"label": entry["label"]})
    return chosen_value(option, value)


def _find(rows: list[JSON], name: str, wanted: object) -> JSON | None:
    if wanted is None:
        return None
    return next((row for row in rows if row[name] == wanted), None)
