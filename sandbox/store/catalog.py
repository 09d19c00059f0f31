"""Making and keeping products whole: defaults, derived fields, stock shown, events (FACTS 5)."""

import re
from typing import Any

from sandbox.errors import JSON
from sandbox.store.records import Product
from sandbox.store.stock import INT32_MAX
from sandbox.store.store import DEFAULT_CHANNEL, DEFAULT_LOCATION, Store
from sandbox.store.variants import add_variants, base_variant

PRODUCT_DEFAULTS: dict[str, Any] = {
    "type": "physical",
    "sku": "",
    "description": "",
    "weight": 0,
    "width": 0,
    "depth": 0,
    "height": 0,
    "price": 0,
    "cost_price": 0,
    "retail_price": 0,
    "sale_price": 0,
    "map_price": 0,
    "tax_class_id": 0,
    "product_tax_code": "",
    "categories": (),
    "brand_id": 0,
    "option_set_id": None,
    "option_set_display": "right",
    "inventory_level": 0,
    "inventory_warning_level": 0,
    "inventory_tracking": "none",
    "reviews_rating_sum": 0,
    "reviews_count": 0,
    "total_sold": 0,
    "fixed_cost_shipping_price": 0,
    "is_free_shipping": False,
    "is_visible": False,
    "is_featured": False,
    "related_products": (-1,),
    "warranty": "",
    "bin_picking_number": "",
    "layout_file": "",
    "upc": "",
    "mpn": "",
    "gtin": "",
    "date_last_imported": "",
    "search_keywords": "",
    "availability": "available",
    "availability_description": "",
    "gift_wrapping_options_type": "any",
    "gift_wrapping_options_list": (),
    "sort_order": 0,
    "condition": "New",
    "is_condition_shown": False,
    "order_quantity_minimum": 0,
    "order_quantity_maximum": 0,
    "page_title": "",
    "meta_keywords": (),
    "meta_description": "",
    "view_count": 0,
    "preorder_release_date": None,
    "preorder_message": "",
    "is_preorder_only": False,
    "is_price_hidden": False,
    "price_hidden_label": "",
    "open_graph_type": "product",
    "open_graph_title": "",
    "open_graph_description": "",
    "open_graph_use_meta_description": True,
    "open_graph_use_product_name": True,
    "open_graph_use_image": True,
}


def slug(name: str, number: int) -> str:
    """A storefront path for a name; only Latin letters survive (FACTS 8.31)."""
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"/{words}-{number}/" if words else f"/product-{number}/"


def create_product(store: Store, body: JSON) -> Product:
    """Make a product from a checked v3 body, with everything that comes inline (FACTS 5.3)."""
    number = store.next_id("product", first=101)
    now = store.now_iso()
    fields: JSON = {"id": number, "name": body["name"]}
    for name, default in PRODUCT_DEFAULTS.items():
        value = body.get(name, default)
        fields[name] = list(value) if isinstance(value, tuple | list) else value
    fields["date_created"] = str(body.get("date_created", now))
    fields["date_modified"] = str(body.get("date_modified", now))
    fields["calculated_price"] = 0
    fields["base_variant_id"] = None
    fields["custom_url"] = body.get("custom_url") or {
        "url": slug(str(body["name"]), number),
        "is_customized": False,
    }
    if body.get("brand_name"):
        fields["brand_id"] = find_or_make_brand(store, str(body["brand_name"]))
    # With several storefronts products have to be assigned explicitly (FACTS 5.9).
    alone = not store.settings.multi_storefront
    product = Product(fields=fields, channels=[DEFAULT_CHANNEL] if alone else [])
    store.products[number] = product
    if body.get("variants"):
        add_variants(store, product, body["variants"])
    else:
        product.variants.append(base_variant(store, product))
    add_images(store, product, body.get("images", []))
    add_custom_fields(store, product, body.get("custom_fields", []))
    add_bulk_rules(store, product, body.get("bulk_pricing_rules", []))
    if body.get("inventory_level") is not None and fields["inventory_tracking"] != "variant":
        set_product_level(store, product, int(body["inventory_level"]))
    store.claim(product)
    derive(store, product)
    store.announce("store/product/created", {"type": "product", "id": number})
    return product


def set_product_level(store: Store, product: Product, level: int) -> None:
    """Write a product's level to the default location; the catalogue clamps (FACTS 5.10)."""
    key = store.stock_key(product, product.variants[0])
    store.stock.set_available(key, DEFAULT_LOCATION, min(level, INT32_MAX))


def derive(store: Store, product: Product) -> None:
    """Recompute what follows from other fields: prices, levels, the base variant's mirror."""
    fields = product.fields
    fields["calculated_price"] = fields["sale_price"] or fields["price"]
    only = product.variants[0] if product.variants else None
    if only is not None and not only["option_values"]:
        fields["base_variant_id"] = only["id"]
        for name in ("sku", "upc", "mpn", "gtin", "bin_picking_number"):
            only[name] = fields[name]
    else:
        fields["base_variant_id"] = None
    for row in product.variants:
        own = row["sale_price"] or row["price"]
        row["calculated_price"] = fields["calculated_price"] if own is None else own
        row["calculated_weight"] = fields["weight"] if row["weight"] is None else row["weight"]
    derive_levels(store, product)


def derive_levels(store: Store, product: Product) -> None:
    """Show the stock: own level for product tracking, the sum of variants for variant tracking."""
    fields = product.fields
    for row in product.variants:
        row["inventory_level"] = store.stock.available(store.stock_key(product, row))
    if fields["inventory_tracking"] == "product":
        shown = store.stock.available(("product", product.id))
        if product.has_options:
            for row in product.variants:
                row["inventory_level"] = 0
    else:
        shown = sum(row["inventory_level"] for row in product.variants)
    fields["inventory_level"] = max(0, shown)


def touch(store: Store, product: Product) -> None:
    """Move the product's modification date and tell subscribers."""
    product.fields["date_modified"] = store.now_iso()
    store.announce("store/product/updated", {"type": "product", "id": product.id})


def delete_product(store: Store, product: Product) -> None:
    """Remove a product with everything that belongs to it."""
    store.release(product)
    del store.products[product.id]
    store.stock.forget(("product", product.id))
    store.metafields.pop(("product", product.id), None)
    for row in product.variants:
        store.variant_owner.pop(row["id"], None)
        store.stock.forget(("variant", row["id"]))
        store.metafields.pop(("variant", row["id"]), None)
    store.announce("store/product/deleted", {"type": "product", "id": product.id})


def find_or_make_brand(store: Store, name: str) -> int:
    """The id of the brand of that name, ignoring case; made when missing (FACTS 8.22)."""
    known = store.brand_names.get(name.strip().lower())
    return known if known is not None else int(create_brand(store, {"name": name.strip()})["id"])


def create_brand(store: Store, body: JSON) -> JSON:
    """Make a brand from a checked body."""
    number = store.next_id("brand", first=35)
    row: JSON = {
        "id": number,
        "name": body["name"],
        "page_title": body.get("page_title", ""),
        "meta_keywords": list(body.get("meta_keywords", [])),
        "meta_description": body.get("meta_description", ""),
        "search_keywords": body.get("search_keywords", ""),
        "image_url": body.get("image_url", ""),
        "custom_url": body.get("custom_url")
        or {"url": slug(str(body["name"]), number), "is_customized": False},
    }
    store.brands[number] = row
    store.brand_names[str(row["name"]).lower()] = number
    return row


def add_images(store: Store, product: Product, bodies: list[JSON]) -> list[JSON]:
    """Store pictures: each gets new addresses that do not reveal the source (FACTS 5.6)."""
    added: list[JSON] = []
    base = store.settings.public_url.rstrip("/")
    for body in bodies:
        number = store.next_id("image", first=300)
        name = f"{base}/product_images/{product.id}/{number}"
        position = len(product.images)
        row: JSON = {
            "id": number,
            "product_id": product.id,
            "is_thumbnail": bool(body.get("is_thumbnail", position == 0)),
            "sort_order": int(body.get("sort_order", position)),
            "description": str(body.get("description", "")),
            "image_file": f"p/{number}/{product.id}.jpg",
            "image_url": "",
            "url_zoom": f"{name}.1280.jpg",
            "url_standard": f"{name}.386.jpg",
            "url_thumbnail": f"{name}.220.jpg",
            "url_tiny": f"{name}.44.jpg",
            "date_modified": store.now_iso(),
        }
        if row["is_thumbnail"]:
            for other in product.images:
                other["is_thumbnail"] = False
        product.images.append(row)
        added.append(row)
    return added


def add_custom_fields(store: Store, product: Product, bodies: list[JSON]) -> list[JSON]:
    """Append custom fields from checked bodies."""
    added = [
        {
            "id": store.next_id("custom_field"),
            "name": str(body["name"]),
            "value": str(body["value"]),
        }
        for body in bodies
    ]
    product.custom_fields.extend(added)
    return added


def add_bulk_rules(store: Store, product: Product, bodies: list[JSON]) -> None:
    """Append bulk pricing rules from checked bodies."""
    for body in bodies:
        product.bulk_pricing_rules.append({"id": store.next_id("bulk_rule"), **body})
