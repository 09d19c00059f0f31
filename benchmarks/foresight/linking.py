"""Worlds for Link Listings: what can be found once, several times, by something else, or not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from benchmarks.foresight.rows import add_listings, listing_id
from benchmarks.foresight.rows import keys as keys_of_rows
from benchmarks.foresight.worlds import Item, View, World

FIELDS = ("external_id", "health", "pending", "link_status", "product_sku")
KINDS = (
    *("once", "once", "once", "once", "by_upc", "by_mpn", "not_there", "nothing_to_go_by"),
    *("two_products", "same_product", "imported", "variants_elsewhere", "some_variants", "paused"),
)
"""What is the matter with a listing."""


def _upc(number: int) -> str:
    digits = f"{number:011d}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits))
    return digits + str((10 - total % 10) % 10)


def _ours(world: World, number: int, kind: str, choices: int) -> dict[str, Any]:
    sku = None if kind in ("by_upc", "nothing_to_go_by") else f"L{number:05d}"
    padded = world.rng.choice((f"{sku} ", sku)) if sku and world.rng.random() < 0.05 else sku
    listing: dict[str, Any] = {
        "sku": padded,
        "title": f"Listing {number}",
        "health": "paused" if kind == "paused" else "not_listed",
        "pending": world.rng.choice((None, None, "published")),
        "upc": None if kind == "nothing_to_go_by" else _upc(number),
        "mpn": f"M-{number}" if kind == "by_mpn" else None,
    }
    listing["variants"] = [
        {
            "sku": f"{sku}-{place}" if sku and choices else listing["sku"],
            "options": {"Size": str(place)} if choices else {},
            "upc": None if choices else listing["upc"],
            "mpn": f"M-{number}-{place}" if choices and kind == "by_mpn" else listing["mpn"],
        }
        for place in range(max(choices, 1))
    ]
    return listing


def _theirs(world: World, number: int, kind: str, choices: int) -> list[dict[str, Any]]:
    """Products of the store that a listing may be."""
    sku = f"L{number:05d}"
    if kind in ("not_there", "nothing_to_go_by"):
        return []
    product: dict[str, Any] = {
        "name": f"Product {number}",
        "type": "physical",
        "weight": 1,
        "price": 10,
        "is_visible": world.rng.random() < 0.8,
        "inventory_tracking": "product",
        "upc": _upc(number),
    }
    product["sku"] = "" if kind in ("by_upc", "by_mpn") or choices else sku
    if kind == "by_mpn":
        product["upc"] = ""
        product["mpn"] = f"M-{number}"
    if choices:
        shown = range(choices - 1) if kind == "some_variants" and choices > 1 else range(choices)
        bare = kind in ("by_upc", "by_mpn")
        product["variants"] = [
            {
                "sku": f"X{number:05d}-{place}" if bare else f"{sku}-{place}",
                "mpn": f"M-{number}-{place}" if kind == "by_mpn" else "",
                "option_values": [{"option_display_name": "Size", "label": str(place)}],
            }
            for place in shown
        ]
    if kind == "two_products":
        twin = {**product, "name": f"Product {number} again", "sku": f"T{number:05d}"}
        if choices:
            del twin["variants"]
        return [product, twin]
    if kind == "variants_elsewhere" and choices:
        other = {**product, "name": f"Product {number} apart", "upc": "", "sku": ""}
        other["variants"] = product["variants"][-1:]
        product["variants"] = product["variants"][:-1] or product["variants"]
        return [product, other] if len(product["variants"]) > 1 or choices > 1 else [product]
    return [product]


async def build(world: World) -> None:
    """Products that are imported already, then others, then listings of ours."""
    rng = world.rng
    contents: list[dict[str, Any]] = []
    early: list[dict[str, Any]] = []
    late: list[dict[str, Any]] = []
    for number in range(world.size):
        kind, choices = rng.choice(KINDS), rng.choice((0, 0, 1, 2, 3))
        content = _ours(world, number, kind, choices)
        if kind == "same_product" and number:
            # Two listings that are one product of the store: it belongs to neither.
            content["sku"] = contents[-1]["sku"]
            content["upc"] = contents[-1]["upc"]
            content["variants"] = [dict(row) for row in contents[-1]["variants"]]
        else:
            (early if kind == "imported" else late).extend(_theirs(world, number, kind, choices))
        contents.append(content)
    await world.settings("import_listings", scope="listings")
    for product in early:
        await world.product(product)
    await world.on.run(world.channel, "import_listings")
    for product in late:
        await world.product(product)
    # Some of what was imported is a product of ours, too.
    products = [
        {"sku": product["sku"], "title": "Ours"}
        for product in early
        if product["sku"] and rng.random() < 0.5
    ]
    await world.put_products(products)
    await add_listings(world, contents)


async def by_barcode(world: World) -> None:
    """Numbers of products before SKUs."""
    await build(world)
    await world.settings(
        "link_listings",
        priority=[
            {"listing": "upc", "store": "product.upc"},
            {"listing": "mpn", "store": "variant.mpn"},
            {"listing": "sku", "store": "variant.sku"},
        ],
    )


async def by_sku_first(world: World) -> None:
    """SKUs of variants, then of products, then numbers."""
    await build(world)
    await world.settings(
        "link_listings",
        priority=[
            {"listing": "sku", "store": "variant.sku"},
            {"listing": "sku", "store": "product.sku"},
            {"listing": "mpn", "store": "product.mpn"},
            {"listing": "upc", "store": "product.upc"},
        ],
    )


async def look(world: World) -> View:
    """What our listings say of their place in the store."""
    rows = await world.on.every("/v1/listings", channel_id=world.channel)
    names = await keys_of_rows(world)
    view: View = {}
    for row in rows:
        seen = {name: row[name] for name in FIELDS}
        for variant in row["variants"]:
            seen[f"variant[{variant['sku'] or variant['id']}].external_id"] = variant["external_id"]
        view[names[row["id"]]] = seen
    return view


def apply(view: View, key: str, change: Mapping[str, Any]) -> None:
    """Make a change; a listing that is merged leaves its product to the one that stays."""
    if change["field"] == "merged_into":
        gone = view.pop(key)
        view[change["to"]] |= {"link_status": "linked", "product_sku": gone["product_sku"]}
    else:
        view[key][change["field"]] = change["to"]


async def disturb(world: World, items: Mapping[str, Item]) -> set[tuple[str, str]]:
    """One in twenty of the products that are to be linked gets another SKU, is hidden or gone."""
    ours = {str(listing_id(number)) for number in range(world.size)}
    linked = sorted(
        key
        for key, item in items.items()
        if key in ours and item["outcome"] == "updated" and item["code"] != "merged"
    )
    touched: set[tuple[str, str]] = set()
    for key in world.rng.sample(linked, max(len(linked) // 20, 1)):
        number = int(items[key]["external_id"])
        # A paused listing stays paused, whatever the store shows: its link is not touched by that.
        seen = any(row["field"] == "health" for row in items[key]["changes"])
        if not seen or world.rng.random() < 0.5:
            (await world.on.store.delete(f"/sandbox/products/{number}")).raise_for_status()
        else:
            address = f"/sandbox/products/{number}"
            visible = (await world.on.store.get(address)).json()["is_visible"]
            await world.change_product(number, {"fields": {"is_visible": not visible}})
        touched.add((key, "link_status"))
    return touched


BUILDS: dict[str, Callable[[World], Awaitable[None]]] = {
    "usual": build,
    "by SKU first": by_sku_first,
    "by number": by_barcode,
}
