"""Reading stock, locations and stock settings (FACTS 5.10, 5.11)."""

from sandbox.api.filters import boolean, family, field, lower_field, lowered, select
from sandbox.api.paging import v3_page
from sandbox.call import Answer, Call, Endpoint, data
from sandbox.errors import JSON, not_found
from sandbox.store.records import Product
from sandbox.store.stock import Level, StockKey
from sandbox.store.store import Store

INVENTORY = "store_inventory"
LOCATIONS = "store_locations"
INFORMATION = "store_v2_information"
MOST_ROWS = 1000

Item = tuple[Product, JSON]


def _sku(item: Item) -> str:
    return str(item[1]["sku"]).lower()


def _variant_id(item: Item) -> int:
    return int(item[1]["id"])


def _product_id(item: Item) -> int:
    return item[0].id


ITEM_FILTERS = {
    **family("sku", _sku, lowered, "in"),
    **family("variant_id", _variant_id, int, "in"),
    **family("product_id", _product_id, int, "in"),
}

LOCATION_FILTERS = {
    **family("location_id", field("id"), int, "in"),
    **family("location_code", lower_field("code"), lowered, "in"),
    **family("type_id", lower_field("type_id"), lowered, "in"),
    **family("is_default", lambda row: row["id"] == 1, boolean, ""),
    **family("is_active", field("enabled"), boolean, ""),
    **family("storefront_visibility", field("storefront_visibility"), boolean, ""),
    **family("managed_by_external_source", field("managed_by_external_source"), boolean, ""),
}


def items(store: Store) -> list[Item]:
    """What is counted: each variant, or the product once when it is tracked by product."""
    found: list[Item] = []
    for product in store.products.values():
        rows = product.variants
        if product.fields["inventory_tracking"] == "product":
            rows = rows[:1]
        found.extend((product, row) for row in rows)
    return found


def identity(item: Item) -> JSON:
    """How an item is named in answers."""
    product, variant = item
    whole = product.fields["inventory_tracking"] == "product" and product.has_options
    return {
        "sku": product.fields["sku"] if whole else variant["sku"],
        "variant_id": variant["id"],
        "product_id": product.id,
    }


def list_items(call: Call) -> Answer:
    """Stock of all items over the wanted locations, up to 1000 rows."""
    rows = select(call, items(call.store), ITEM_FILTERS, "location_id:in", "location_code:in")
    ids = _numbers(call.query.get("location_id:in"))
    codes = call.query.get("location_code:in")
    wanted = [
        place
        for place in call.store.profile.locations
        if (ids is None or place["id"] in ids)
        and (codes is None or place["code"] in codes.split(","))
    ]

    def render(item: Item) -> JSON:
        key = call.store.stock_key(*item)
        return {
            "identity": identity(item),
            "locations": [
                {
                    "location_id": place["id"],
                    "location_code": place["code"],
                    "location_name": place["label"],
                    "location_enabled": place["enabled"],
                    **_level(call.store, key, place["id"]),
                }
                for place in wanted
            ],
        }

    return v3_page(call, rows, render, most=MOST_ROWS)


def list_items_at(call: Call) -> Answer:
    """Stock at one location."""
    location_id = call.ids["location_id"]
    if location_id not in {place["id"] for place in call.store.profile.locations}:
        raise not_found()
    rows = select(call, items(call.store), ITEM_FILTERS)

    def render(item: Item) -> JSON:
        key = call.store.stock_key(*item)
        return {"identity": identity(item), **_level(call.store, key, location_id)}

    return v3_page(call, rows, render, most=MOST_ROWS)


def list_locations(call: Call) -> Answer:
    """Stock locations."""
    rows = select(call, call.store.profile.locations, LOCATION_FILTERS)
    return v3_page(call, rows, lambda row: row, most=MOST_ROWS)


def read_inventory_settings(call: Call) -> Answer:
    """What happens when stock runs out, and when orders lower it."""
    select(call, [], {}, "channel_id")
    return data(call.store.profile.inventory)


def _level(store: Store, key: StockKey, location_id: int) -> JSON:
    level = store.stock.at(key, location_id) or Level()
    return {
        "available_to_sell": level.available,
        "total_inventory_onhand": level.onhand,
        "settings": {
            "safety_stock": level.safety,
            "is_in_stock": level.is_in_stock,
            "warning_level": level.warning,
            "bin_picking_number": level.bin_picking_number,
        },
    }


def _numbers(text: str | None) -> frozenset[int] | None:
    if text is None:
        return None
    return frozenset(int(part) for part in text.split(",") if part.isdecimal())


ENDPOINTS = (
    Endpoint("GET", "/v3/inventory/items", list_items, INVENTORY),
    Endpoint("GET", "/v3/inventory/locations", list_locations, LOCATIONS),
    Endpoint("GET", "/v3/inventory/locations/{location_id}/items", list_items_at, INVENTORY),
    Endpoint("GET", "/v3/settings/inventory", read_inventory_settings, INFORMATION),
)
