"""What a store has of published listings, in the words of a publication's changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from benchmarks.foresight.rows import listing_id
from benchmarks.foresight.worlds import FOLLOWS, Item, View, World

PRODUCT = "bigcommerce_product."
NATIVE = (
    *("name", "type", "sku", "description", "weight", "width", "height", "depth", "price"),
    *("cost_price", "retail_price", "sale_price", "map_price", "is_visible", "upc", "mpn", "gtin"),
    *("inventory_tracking", "inventory_level", "availability", "page_title", "condition"),
)
OF_VARIANT = (
    *("price", "cost_price", "retail_price", "sale_price", "map_price", "weight", "width"),
    *("height", "depth", "upc", "mpn", "gtin", "inventory_level"),
)


async def keys(world: World) -> dict[str, str]:
    """Keys of listings by id: of those that were built by SKU, of imported ones by the store's."""
    rows = await world.on.every("/v1/listings", channel_id=world.channel)
    found = {}
    for row in rows:
        if UUID(row["id"]).int < 1 << 64:
            found[row["id"]] = row["id"]
        else:
            found[row["id"]] = f"sku {row['sku']}"
    return found


async def look(world: World) -> View:
    """The store's products by their listings, as changes of a publication name their fields."""
    rows = await world.on.every("/v1/listings", channel_id=world.channel)
    names = await keys(world)
    by_number = {row["external_id"]: names[row["id"]] for row in rows if row["external_id"]}
    brands = {row["id"]: row["name"] for row in await world.in_store("/v3/catalog/brands")}
    paths = _paths(await world.in_store("/v3/catalog/trees/categories"))
    metafields = [
        *(await world.in_store("/v3/catalog/products/metafields")),
        *(await world.in_store("/v3/catalog/variants/metafields")),
    ]
    kept: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for row in metafields:
        kept.setdefault((row["resource_type"], row["resource_id"]), []).append(row)
    products = await world.in_store("/v3/catalog/products", include="variants,images,custom_fields")
    view: View = {}
    for product in products:
        seen = {FOLLOWS: set(), **_of_product(product, brands, paths)}
        for row in kept.get(("product", product["id"]), ()):
            seen[f"{PRODUCT}metafield:{row['namespace']}.{row['key']}"] = row["value"]
        for variant in product["variants"]:
            if variant["option_values"]:
                place = f"bigcommerce_variant[{variant['sku']}]."
                seen |= {place + name: value for name, value in _of_variant(product, variant)}
                seen[FOLLOWS] |= {place + name for name in OF_VARIANT if variant[name] is None}
                for row in kept.get(("variant", variant["id"]), ()):
                    seen[f"{place}metafield:{row['namespace']}.{row['key']}"] = row["value"]
        view[by_number.get(str(product["id"]), f"store {product['id']}")] = seen
    return view


def _of_product(
    product: Mapping[str, Any], brands: Mapping[int, str], paths: Mapping[int, list[str]]
) -> dict[str, Any]:
    seen = {PRODUCT + name: product[name] for name in NATIVE}
    if product["inventory_tracking"] == "variant":
        # It is what the variants' levels add up to.
        del seen[PRODUCT + "inventory_level"]
    seen[PRODUCT + "brand"] = brands.get(product["brand_id"], "").casefold()
    seen[PRODUCT + "categories"] = _shown_paths(paths[number] for number in product["categories"])
    # Addresses of the store do not tell where a picture came from.
    seen[PRODUCT + "images"] = len(product["images"])
    for row in product["custom_fields"]:
        _custom_field(seen, row["name"], None, row["value"])
    return seen


def _shown_paths(paths: Iterable[list[str]]) -> list[str]:
    """Categories as the store tells them apart: by name without case."""
    return sorted({" > ".join(name.strip().casefold() for name in path) for path in paths})


def _custom_field(seen: dict[str, Any], name: str, before: str | None, after: str | None) -> None:
    """Exchange a value; a name may have several."""
    place = f"{PRODUCT}custom_field:{name}"
    values = list(seen.get(place, []))
    if before is not None:
        values.remove(before)
    if after is not None:
        values.append(after)
    seen[place] = sorted(values)


def apply(view: View, key: str, change: Mapping[str, Any]) -> None:
    """Make a change, in the words in which a view tells of it."""
    seen = view.setdefault(key, {FOLLOWS: set()})
    name, before, after = change["field"], change["from"], change["to"]
    if name == PRODUCT + "brand":
        seen[name] = (after or "").casefold()
    elif name == PRODUCT + "categories":
        seen[name] = _shown_paths(after)
    elif name == PRODUCT + "images":
        seen[name] = len(after)
    elif name == PRODUCT + "custom_fields":
        for row in after:
            _custom_field(seen, row["name"], None, row["value"])
    elif name.startswith(PRODUCT + "custom_field:"):
        _custom_field(seen, name.partition(":")[2], before, after)
    elif name.endswith("].image_url"):
        seen[name] = bool(after)
    else:
        seen[name] = after
        if name == PRODUCT + "inventory_tracking" and after == "variant":
            seen.pop(PRODUCT + "inventory_level", None)
        seen[FOLLOWS].discard(name)
        for other in seen[FOLLOWS]:
            # A variant without a value of its own has its product's.
            if name == PRODUCT + other.rpartition(".")[2]:
                seen[other] = after


def _of_variant(product: Mapping[str, Any], variant: Mapping[str, Any]) -> list[tuple[str, Any]]:
    inherited = {name: product[name] for name in OF_VARIANT if variant[name] is None}
    options = {row["option_display_name"]: row["label"] for row in variant["option_values"]}
    return [
        ("option", options),
        ("image_url", bool(variant["image_url"])),
        *((name, inherited.get(name, variant[name])) for name in OF_VARIANT),
    ]


def _paths(categories: list[dict[str, Any]]) -> dict[int, list[str]]:
    by_id = {row["category_id"]: row for row in categories}

    def path(number: int) -> list[str]:
        row = by_id[number]
        above = path(row["parent_id"]) if row["parent_id"] in by_id else []
        return [*above, row["name"]]

    return {number: path(number) for number in by_id}


async def disturb(world: World, items: Mapping[str, Item]) -> set[tuple[str, str]]:
    """Change a planned value of one in twenty products, and take the name of as many new ones."""
    ours = {str(listing_id(number)) for number in range(world.size)}
    rng = world.rng
    touched: set[tuple[str, str]] = set()
    updated = sorted(key for key, item in items.items() if item["outcome"] == "updated")
    for key in rng.sample(updated, -(-len(updated) // 20)):
        planned = {row["field"].removeprefix(PRODUCT) for row in items[key]["changes"] or []}
        name = rng.choice(sorted(planned & {"name", "price", "description"}) or ["price"])
        fresh: dict[str, Any] = {"name": f"Taken over {key}", "price": 4321.5}
        fresh["description"] = "Somebody else's"
        number = int(items[key]["external_id"])
        await world.change_product(number, {"fields": {name: fresh[name]}})
        touched.add((key, PRODUCT + name))
    created = sorted(
        key for key, item in items.items() if item["outcome"] == "created" and key in ours
    )
    for key in rng.sample(created, -(-len(created) // 20)):
        name = next(row["to"] for row in items[key]["changes"] if row["field"] == f"{PRODUCT}name")
        body = {"name": name, "type": "physical", "weight": 1, "price": 1, "is_visible": True}
        await world.product(body)
        touched.add((key, PRODUCT + "name"))
    return touched
