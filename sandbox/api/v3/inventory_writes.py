"""Stock adjustments and stock settings (FACTS 5.10, 5.11).

Adjustments are all or nothing here; whether the platform does the same is not known (FACTS 9).
"""

import uuid

from sandbox.api.v3.checks import Choice, Flag, Number, Record, Rules, Text, at_most, check, objects
from sandbox.call import Answer, Call, Endpoint, data
from sandbox.errors import JSON, Refused
from sandbox.store.catalog import derive_levels
from sandbox.store.records import Product
from sandbox.store.stock import INT32_MAX, StockKey
from sandbox.store.store import Store

INVENTORY = "store_inventory"
INFORMATION = "store_v2_information"
BATCH = 2000

IDENTITIES = ("sku", "variant_id", "product_id")

ITEM_RULES: Rules = {
    "identity": Record(),
    "safety_stock": Number(whole=True, most=INT32_MAX),
    "warning_level": Number(whole=True, most=INT32_MAX),
    "is_in_stock": Flag(),
    "bin_picking_number": Text(0, 255),
}

SETTINGS_RULES: Rules = {
    "product_out_of_stock_behavior": Choice(
        (
            "do_nothing",
            "hide_product",
            "hide_product_and_accessible",
            "hide_product_and_redirect",
        )
    ),
    "option_out_of_stock_behavior": Choice(("do_nothing", "hide_option", "label_option")),
    "update_stock_behavior": Choice(("order_placed", "order_completed_or_shipped")),
    "edit_order_stock_adjustment": Flag(),
    "refund_order_stock_adjustment": Flag(),
    "stock_level_display": Choice(("dont_show", "show", "show_when_low")),
    "default_out_of_stock_message": Text(0, 255),
    "hide_in_product_filtering": Flag(),
    "show_pre_order_stock_levels": Flag(),
    "show_out_of_stock_message": Flag(),
}


def absolute(call: Call) -> Answer:
    """Set levels; never fails for lack of stock."""
    return _adjust(call, absolute=True)


def relative(call: Call) -> Answer:
    """Change levels; the item must have been set at the location before."""
    return _adjust(call, absolute=False)


def put_item_settings(call: Call) -> Answer:
    """Safety stock, warning level and bin of items at one location."""
    location_id = call.ids["location_id"]
    rows = objects(call.json_object().get("settings"), "settings")
    at_most(rows, BATCH)
    for row in rows:
        check(row, ITEM_RULES)
    found = [(_identified(call.store, row.get("identity", {})), row) for row in rows]
    for key, row in found:
        level = call.store.stock.ensure(key, location_id)
        level.safety = int(row.get("safety_stock", level.safety))
        level.warning = int(row.get("warning_level", level.warning))
        level.is_in_stock = bool(row.get("is_in_stock", level.is_in_stock))
        level.bin_picking_number = str(row.get("bin_picking_number", level.bin_picking_number))
    for key, _ in found:
        derive_levels(call.store, _owner(call.store, key))
    return Answer({"transaction_id": str(uuid.uuid4())})


def put_settings(call: Call) -> Answer:
    """Change what happens when stock runs out."""
    body = call.json_object()
    check(body, SETTINGS_RULES)
    settings = call.store.profile.inventory
    settings.update({name: body[name] for name in SETTINGS_RULES if name in body})
    return data(settings)


def _adjust(call: Call, *, absolute: bool) -> Answer:
    rows = objects(call.json_object().get("items"), "items")
    at_most(rows, BATCH)
    planned: list[tuple[StockKey, int, int]] = []
    errors: JSON = {}
    for index, row in enumerate(rows):
        try:
            planned.append(_plan(call.store, row, absolute=absolute))
        except Refused as refusal:
            errors[f"items.{index}"] = refusal.title
    if errors:
        raise Refused(422, next(iter(errors.values())), errors)
    lag_s = call.sandbox.settings.inventory_lag_ms / 1000
    due = call.sandbox.clock.timer() + lag_s
    for key, location_id, quantity in planned:
        call.store.stock.schedule(due, key, location_id, quantity, absolute=absolute)
    call.sandbox.settle_stock_in(lag_s)
    return Answer({"transaction_id": str(uuid.uuid4())})


def _plan(store: Store, row: JSON, *, absolute: bool) -> tuple[StockKey, int, int]:
    location_id, quantity = row.get("location_id"), row.get("quantity")
    places = {place["id"] for place in store.profile.locations}
    if not isinstance(location_id, int) or location_id not in places:
        raise Refused(422, f"Location {location_id} does not exist")
    if isinstance(quantity, bool) or not isinstance(quantity, int):
        raise Refused(422, "The quantity must be an integer")
    if abs(quantity) > INT32_MAX:
        raise Refused(422, f"The quantity must not exceed {INT32_MAX}")
    key = _identified(store, row)
    if not absolute:
        level = store.stock.at(key, location_id)
        if level is None:
            raise Refused(422, f"Item {key[1]} requires absolute adjustment before relative")
        if level.onhand + quantity < 0:
            raise Refused(422, f"Item {key[1]} has not enough stock")
    return key, location_id, quantity


def _identified(store: Store, row: JSON) -> StockKey:
    """The counted item; its identity must match the tracking level."""
    given = [name for name in IDENTITIES if row.get(name) is not None]
    if len(given) != 1 or isinstance(row[given[0]], dict | list):
        raise Refused(422, "Exactly one of sku, variant_id and product_id is required")
    name, value = given[0], row[given[0]]
    if name == "product_id":
        product = store.products.get(value)
        if product is None:
            raise Refused(422, f"Item with product_id {value} was not found")
        return _by_product(store, product)
    product, variant = _variant(store, name, value)
    if product.fields["inventory_tracking"] == "product":
        raise Refused(
            422,
            f"Item with {name} {value} is tracked by product, please update stock by product id",
        )
    return store.stock_key(product, variant)


def _owner(store: Store, key: StockKey) -> Product:
    kind, number = key
    return store.products[number if kind == "product" else store.variant_owner[number]]


def _by_product(store: Store, product: Product) -> StockKey:
    if product.fields["inventory_tracking"] != "product" and product.has_options:
        raise Refused(
            422,
            f"Item with product_id {product.id} is tracked by variant, "
            "please update stock by variant id or sku",
        )
    return store.stock_key(product, product.variants[0])


def _variant(store: Store, name: str, value: object) -> tuple[Product, JSON]:
    if name == "sku":
        owner = store.skus.get(str(value).lower())
    else:
        owner = store.variant_owner.get(value) if isinstance(value, int) else None
    product = store.products.get(owner) if owner is not None else None
    field = "sku" if name == "sku" else "id"
    wanted = str(value).lower()
    for row in product.variants if product is not None else []:
        if product is not None and str(row[field]).lower() == wanted:
            return product, row
    raise Refused(422, f"Item with {name} {value} was not found")


ENDPOINTS = (
    Endpoint("PUT", "/v3/inventory/adjustments/absolute", absolute, INVENTORY),
    Endpoint("POST", "/v3/inventory/adjustments/relative", relative, INVENTORY),
    Endpoint("PUT", "/v3/inventory/locations/{location_id}/items", put_item_settings, INVENTORY),
    Endpoint("PUT", "/v3/settings/inventory", put_settings, INFORMATION),
)
