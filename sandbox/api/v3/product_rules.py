"""What a product body must fulfil (FACTS 5.2 to 5.4)."""

from sandbox.api.v3.checks import (
    LEVEL,
    WHOLE,
    Choice,
    Flag,
    Listing,
    Number,
    Record,
    Rules,
    Text,
    check,
    missing,
    objects,
)
from sandbox.errors import JSON, Refused
from sandbox.state import Sandbox
from sandbox.store.records import Product
from sandbox.store.store import Store

AMOUNT = Number()
INHERITABLE = Number(nullable=True)

PRODUCT_RULES: Rules = {
    "name": Text(1, 250),
    "type": Choice(("physical", "digital")),
    "sku": Text(0, 255),
    "description": Text(0, 1_000_000),
    "weight": AMOUNT,
    "width": AMOUNT,
    "depth": AMOUNT,
    "height": AMOUNT,
    "price": AMOUNT,
    "cost_price": AMOUNT,
    "retail_price": AMOUNT,
    "sale_price": AMOUNT,
    "map_price": AMOUNT,
    "tax_class_id": Number(most=255),
    "product_tax_code": Text(0, 255),
    "categories": Listing(int),
    "brand_id": WHOLE,
    "brand_name": Text(1, 255),
    "inventory_level": LEVEL,
    "inventory_warning_level": WHOLE,
    "inventory_tracking": Choice(("none", "product", "variant")),
    "fixed_cost_shipping_price": AMOUNT,
    "is_free_shipping": Flag(),
    "is_visible": Flag(),
    "is_featured": Flag(),
    "related_products": Listing(int),
    "warranty": Text(),
    "bin_picking_number": Text(0, 255),
    "upc": Text(0, 14, digits=True),
    "gtin": Text(0, 14, digits=True),
    "mpn": Text(0, 255),
    "search_keywords": Text(),
    "availability": Choice(("available", "disabled", "preorder")),
    "availability_description": Text(0, 255),
    "condition": Choice(("New", "Used", "Refurbished")),
    "is_condition_shown": Flag(),
    "order_quantity_minimum": Number(whole=True, most=1_000_000_000),
    "order_quantity_maximum": Number(whole=True, most=1_000_000_000),
    "page_title": Text(0, 255),
    "meta_keywords": Listing(str),
    "meta_description": Text(),
    "preorder_message": Text(0, 255),
    "is_preorder_only": Flag(),
    "is_price_hidden": Flag(),
    "price_hidden_label": Text(0, 200),
    "custom_url": Record(),
    "custom_fields": Listing(dict, 200),
    "images": Listing(dict),
    "videos": Listing(dict),
    "bulk_pricing_rules": Listing(dict, 50),
    "variants": Listing(dict, 600),
}

VARIANT_RULES: Rules = {
    "sku": Text(0, 255),
    **dict.fromkeys(
        (
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
        ),
        INHERITABLE,
    ),
    "is_free_shipping": Flag(),
    "purchasing_disabled": Flag(),
    "purchasing_disabled_message": Text(0, 255),
    "upc": Text(0, 14),
    "gtin": Text(0, 14),
    "mpn": Text(0, 255),
    "inventory_level": Number(whole=True, least=None, most=2**63, nullable=True),
    "inventory_warning_level": Number(whole=True, most=2**31 - 1, nullable=True),
    "bin_picking_number": Text(0, 255),
}

IMAGE_RULES: Rules = {
    "is_thumbnail": Flag(),
    "sort_order": Number(whole=True, least=-(2**31), most=2**31 - 1),
    "description": Text(),
}

CUSTOM_FIELD_RULES: Rules = {"name": Text(1, 250), "value": Text(1, 250)}


def check_new(sandbox: Sandbox, body: JSON) -> None:
    """Everything a POST must fulfil. Raises Refused 409/422."""
    absent = missing(body, "name", "type", "weight", "price")
    if absent:
        raise Refused(422, "Missing Required Fields", absent)
    check_fields(sandbox, body)
    check_unique(sandbox.store, body, None)
    if body.get("variants"):
        check_inline_variants(sandbox.store, body)


def check_change(sandbox: Sandbox, body: JSON, product: Product) -> None:
    """Everything a PUT must fulfil. Raises Refused 409/422."""
    check_fields(sandbox, body, product)
    check_unique(sandbox.store, body, product)


def check_fields(sandbox: Sandbox, body: JSON, product: Product | None = None) -> None:
    """Types and references."""
    check(body, PRODUCT_RULES)
    store = sandbox.store
    for number in body.get("categories", []):
        if number not in store.categories:
            raise Refused(409, "Category not found.", {"categories": f"{number} does not exist"})
    if body.get("brand_id") and body["brand_id"] not in store.brands:
        raise Refused(409, "Brand not found.", {"brand_id": "The brand does not exist"})
    known = product.custom_fields if product else []
    check_custom_fields(body.get("custom_fields", []), known)
    check_images(sandbox, body.get("images", []))


def check_unique(store: Store, body: JSON, product: Product | None) -> None:
    """Names and SKUs are unique, ignoring case. Raises Refused 409."""
    own = product.id if product else None
    name = body.get("name")
    if name is not None and store.names.get(name.lower(), own) != own:
        raise duplicate("name")
    sku = body.get("sku")
    if sku and product is not None and sku.lower() == str(product.fields["sku"]).lower():
        return
    if sku and sku.lower() in store.skus:
        raise duplicate("sku")


def duplicate(field: str) -> Refused:
    """409 in the words seen in the field (FACTS 2.4)."""
    text = f"The product {field} is a duplicate"
    return Refused(409, text, {field: text})


def check_inline_variants(store: Store, body: JSON) -> None:
    """Inline variants share one set of options and differ in their values."""
    rows = objects(body["variants"], "variants")
    seen_skus = {str(body.get("sku", "")).lower()} - {""}
    seen_values: set[tuple[str, ...]] = set()
    names: set[str] | None = None
    for index, row in enumerate(rows):
        check(row, VARIANT_RULES, f"variants.{index}.")
        values = objects(row.get("option_values", []), f"variants.{index}.option_values")
        if not row.get("sku") or not values:
            raise _bad_variant(index, "sku and option_values are required")
        labels = {str(v.get("option_display_name")): str(v.get("label")) for v in values}
        if "None" in labels or "None" in labels.values():
            raise _bad_variant(index, "option_display_name and label are required")
        if names is not None and set(labels) != names:
            raise _bad_variant(index, "every variant must have the same options")
        names = set(labels)
        key = tuple(labels[name] for name in sorted(labels))
        if key in seen_values:
            raise _bad_variant(index, "the set of option values must be unique")
        seen_values.add(key)
        sku = str(row["sku"]).lower()
        if sku in seen_skus or sku in store.skus:
            raise duplicate("sku")
        seen_skus.add(sku)


def check_custom_fields(rows: list[JSON], known: list[JSON]) -> None:
    """Names and values are not empty, and a pair occurs once per product."""
    pairs = {(row["name"], row["value"]): row["id"] for row in known}
    for index, row in enumerate(rows):
        check(row, CUSTOM_FIELD_RULES, f"custom_fields.{index}.")
        if "id" not in row:
            absent = missing(row, "name", "value")
            if absent:
                raise Refused(422, "Missing Required Fields", absent)
        pair = (row.get("name"), row.get("value"))
        if pair in pairs and pairs[pair] != row.get("id"):
            raise Refused(409, "The custom field is a duplicate", {"custom_fields": str(pair[0])})
        pairs[pair] = row.get("id", -1)


def check_images(sandbox: Sandbox, rows: list[JSON], status: int = 422) -> None:
    """Every address must be one the store can fetch; one bad picture fails the whole call."""
    for row in rows:
        check(row, IMAGE_RULES, "images.")
        url = row.get("image_url")
        if "id" in row and url is None:
            continue
        if not isinstance(url, str) or not fetchable(sandbox, url):
            text = "The field 'image_url' is invalid."
            raise Refused(status, text, {"image_url": text})


def fetchable(sandbox: Sandbox, url: str) -> bool:
    """Whether the store could fetch a picture; decided by the faults, no request is made."""
    if not url.startswith(("http://", "https://")):
        return False
    struck = sandbox.faults.strike("FETCH", url, frozenset({"image_unavailable"}))
    return struck is None


def _bad_variant(index: int, text: str) -> Refused:
    return Refused(422, "JSON data is missing or invalid", {f"variants.{index}": text})
