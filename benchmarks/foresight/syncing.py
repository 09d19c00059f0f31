"""Worlds for Sync Listings: a store that was imported, products of ours that have moved on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from benchmarks.foresight.worlds import Item, View, World, in_order

VARIANT = "bigcommerce_variant."
MONEY = ("price", "sale_price", "retail_price", "map_price", "cost_price")
PRICES = ("10", "19.99", "0.01", "24.5", "99.9999", "7.125", "1234.5", "5", "0")
LEVELS = (0, 0, 1, 2, 3, 7, 50, 100_000)


def _money(world: World) -> str:
    return world.rng.choice((*PRICES, f"{world.rng.randrange(100, 90_000) / 100:.2f}"))


def _store_product(world: World, number: int) -> dict[str, Any]:
    """A product as merchants have them: with and without choices, prices here, there or nowhere."""
    rng = world.rng
    choices = rng.choice((0, 0, 0, 1, 2, 2, 3, 4))
    sku = f"S{number:05d}"
    body: dict[str, Any] = {
        "name": f"Thing {number}",
        "type": "physical",
        "weight": rng.choice((1, 0.25, 12)),
        "price": float(_money(world)),
        "is_visible": rng.random() < 0.85,
        "availability": rng.choice(("available", "available", "available", "disabled")),
        "inventory_tracking": rng.choice(("none", "product", "product", "variant", "variant")),
        "brand_name": rng.choice(("Acme", "Other", "Third")),
    }
    if rng.random() < 0.9 or not choices:
        body["sku"] = sku
    for name in ("sale_price", "retail_price", "map_price", "cost_price"):
        if rng.random() < 0.3:
            body[name] = float(_money(world))
    if not choices:
        if body["inventory_tracking"] == "variant":
            body["inventory_tracking"] = "product"
        body["inventory_level"] = rng.choice(LEVELS)
        return body
    if body["inventory_tracking"] == "product":
        body["inventory_level"] = rng.choice(LEVELS)
    body["variants"] = [_store_variant(world, sku, place) for place in range(choices)]
    return body


def _store_variant(world: World, sku: str, place: int) -> dict[str, Any]:
    rng = world.rng
    variant: dict[str, Any] = {
        "sku": "" if rng.random() < 0.04 else f"{sku}-{place}",
        "inventory_level": rng.choice((*LEVELS, -2)),
        "option_values": [{"option_display_name": "Size", "label": str(place)}],
    }
    for name in MONEY:
        if rng.random() < 0.35:
            variant[name] = float(_money(world))
    return variant


def _our_product(world: World, product: Mapping[str, Any]) -> dict[str, Any] | None:
    """New values of a product of ours; None when it stays as it was imported."""
    rng = world.rng
    if rng.random() < 0.15:
        return None
    body: dict[str, Any] = {"sku": product["sku"], **_values(world)}
    if product["variants"]:
        body["variants"] = [
            {"sku": row["sku"], **_values(world)}
            for row in product["variants"]
            if rng.random() < 0.8
        ]
        body.pop("quantity", None)
    return body


def _values(world: World) -> dict[str, Any]:
    rng = world.rng
    values: dict[str, Any] = {}
    for name, share in (("price", 0.6), ("msrp", 0.3), ("map", 0.25), ("cost", 0.4)):
        if rng.random() < share:
            values[name] = rng.choice((_money(world), _money(world), _money(world), None))
    if rng.random() < 0.2:
        values["sale_price"] = rng.choice((_money(world), None))
    if rng.random() < 0.7:
        values["quantity"] = rng.choice((*LEVELS, -5, 2_147_483_647, None))
    return values


async def build(world: World) -> None:
    """Fill the store, import it, then let our side move on."""
    made = [await world.product(_store_product(world, number)) for number in range(world.size)]
    run = await world.on.run(world.channel, "import_listings")
    if run["status"] != "succeeded":
        raise RuntimeError(str(run))
    await _delete_some(world, [row["id"] for row in made])
    products = await world.on.every("/v1/products")
    products.sort(key=lambda row: str(row["sku"]))
    changed = [body for row in products if (body := _our_product(world, row)) is not None]
    await world.put_products(changed)
    await _stock(world, products)
    listings = await world.on.every("/v1/listings", channel_id=world.channel)
    listings.sort(key=lambda row: int(row["external_id"]))
    await _statuses_and_locks(world, listings)


async def _delete_some(world: World, numbers: list[int]) -> None:
    """The merchant deleted products, and an import has noticed it."""
    for number in world.rng.sample(numbers, len(numbers) // 50):
        (await world.on.store.delete(f"/sandbox/products/{number}")).raise_for_status()
    await world.on.run(world.channel, "import_listings", params={"full": True})


async def _stock(world: World, products: list[dict[str, Any]]) -> None:
    """A second warehouse has some of what there is."""
    skus = [row["sku"] for product in products for row in (product["variants"] or [product])]
    chosen = world.rng.sample(skus, len(skus) // 8)
    levels = [
        {"sku": sku, "warehouse": "second", "quantity": world.rng.choice((0, 1, 4, 30))}
        for sku in chosen
    ]
    for start in range(0, len(levels), 1000):
        body = {"levels": levels[start : start + 1000]}
        (await world.on.api.put("/v1/stock", json=body)).raise_for_status()


async def _statuses_and_locks(world: World, listings: list[dict[str, Any]]) -> None:
    rng = world.rng
    works: list[Awaitable[Any]] = []
    for listing in listings:
        chance = rng.random()
        if chance < 0.06:
            to = rng.choice(("hidden", "listed", "paused", "delisted"))
            body: dict[str, Any] = {"to": to, "confirm": True}
            works.append(world.on.api.post(f"/v1/listings/{listing['id']}/status", json=body))
        elif chance < 0.14:
            chosen = rng.choice(listing["variants"])
            lock: dict[str, Any] = rng.choice(
                ({"price": _money(world)}, {"quantity": rng.choice((0, 4, 33))})
            )
            body = {"variants": [{"id": chosen["id"], **lock}]}
            works.append(world.on.api.patch(f"/v1/listings/{listing['id']}", json=body))
    await in_order(works)


async def with_rules(world: World) -> None:
    """Prices, quantities and statuses by rules; without stock a listing is hidden."""
    await build(world)
    await world.settings("sync_listings", out_of_stock={"behavior": "hide"})
    await world.rule(
        "pricing",
        "Markup",
        {
            "base": {"kind": "markup", "percent": "25", "on": "cost"},
            "overrides": [
                {"by": "brand", "name": "acme", "base": {"kind": "margin", "percent": "40"}}
            ],
            "rounding": {"mode": "ending", "value": "0.99"},
            "guards": {"not_below_map": True, "not_above_msrp": True},
        },
    )
    await world.rule(
        "pricing",
        "Sale",
        {
            "field": "sale_price",
            "base": {"kind": "discount", "percent": "10", "on": "list_price"},
            "when": {"field": "listing.brand", "op": "equals", "value": "Other"},
        },
    )
    await world.rule(
        "quantity", "Careful", {"buffer": 1, "percent": "80", "cap": 40, "zero_below": 2}
    )
    await world.rule(
        "quantity",
        "Second only",
        {
            "warehouses": ["second"],
            "when": {"field": "listing.brand", "op": "equals", "value": "Third"},
        },
    )


async def with_statuses(world: World) -> None:
    """Tiers and status rules; without stock a listing stays to be seen; texts are mapped, too."""
    await build(world)
    await world.settings("sync_listings", out_of_stock={"behavior": "keep_accessible"})
    tiers = [
        {"from": "0", "to": "10", "percent": "50"},
        {"from": "10", "to": "100", "amount": "5"},
        {"from": "100", "percent": "10"},
    ]
    await world.rule(
        "pricing",
        "Tiers",
        {
            "base": {"kind": "tiers", "on": "cost", "tiers": tiers},
            "rounding": {"mode": "step", "value": "0.05"},
        },
    )
    costly = {"field": "listing_variant.list_price", "op": "gt", "value": "500"}
    await world.rule("listing_status", "Costly", {"when": costly, "to": "hidden"})
    third = {"field": "listing.brand", "op": "equals", "value": "Third"}
    await world.rule("listing_status", "Third", {"when": third, "to": "listed"})
    cheap = {"field": "listing_variant.list_price", "op": "lt", "value": "0.05"}
    await world.rule("listing_status", "Cheap", {"when": cheap, "to": "delisted", "confirm": True})
    await world.template(
        "sync_listings",
        **{
            "bigcommerce_variant.custom_field:Maker": {"kind": "field", "source": "listing.brand"},
            "bigcommerce_variant.dropship_fee": {"kind": "value", "value": "2.5"},
            "bigcommerce_variant.availability_description": {
                "kind": "value",
                "value": "Ships tomorrow",
            },
        },
    )


async def with_orders(world: World) -> None:
    """Orders, refunds and cancellations since the last count; prices are not kept in step."""
    await build(world)
    await world.settings(
        "sync_listings",
        fields=["quantity", "status"],
        out_of_stock={"behavior": "redirect"},
        adjust_stock_on_refund=True,
        adjust_stock_on_cancellation=True,
    )
    await world.settings("get_orders", statuses=[11, 9, 3, 5, 4])
    # The store's times have no fractions: what was ordered is to be later than the import.
    await asyncio.sleep(2.1)
    placed = []
    for _ in range(world.size // 10):
        body = {"line_count": world.rng.choice((1, 2, 3))}
        answer = await world.on.store.post("/sandbox/orders", json=body)
        placed.append(answer.raise_for_status().json()["order"])
    await _read_orders(world)
    for order in world.rng.sample(placed, len(placed) // 3):
        line = order["lines"][0]["id"]
        refund: dict[str, Any] = {"refund": [{"line_id": line}]}
        body = refund if world.rng.random() < 0.5 else {"status_id": 5}
        answer = await world.on.store.patch(f"/sandbox/orders/{order['id']}", json=body)
        answer.raise_for_status()
    await _read_orders(world)
    # Nobody told us of the levels that orders moved, because the store's events are muted.
    await world.on.run(world.channel, "import_listings", params={"full": True})


async def _read_orders(world: World) -> None:
    run = await world.on.run(world.channel, "get_orders")
    if run["status"] != "succeeded":
        raise RuntimeError(str(run))


async def keys(world: World) -> dict[str, str]:
    """Items are about variants, which the store names."""
    return {}


async def look(world: World) -> View:
    """What buyers and merchants see of each variant; the first one tells of its product."""
    products = await world.in_store("/v3/catalog/products", include="variants,custom_fields")
    metafields = await world.in_store("/v3/catalog/variants/metafields")
    view: View = {}
    for product in products:
        whole = product["inventory_tracking"] == "product"
        for place, row in enumerate(product["variants"]):
            seen: dict[str, Any] = {"product": product["id"]}
            for name in MONEY:
                seen[VARIANT + name] = _amount(name, product, row)
            seen[VARIANT + "inventory_level"] = row["inventory_level"]
            if whole and row["option_values"]:
                seen[VARIANT + "inventory_level"] = product["inventory_level"] if not place else 0
            if place == 0:
                seen |= _of_product(product)
            view[str(row["id"])] = seen
    for field in metafields:
        name = f"{VARIANT}metafield:{field['namespace']}.{field['key']}"
        view[str(field["resource_id"])][name] = field["value"]
    return view


def _amount(name: str, product: Mapping[str, Any], row: Mapping[str, Any]) -> Any:
    value = product[name] if row[name] is None else row[name]
    return value or None if name in ("sale_price", "retail_price", "map_price") else value


def _of_product(product: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "bigcommerce_product.is_visible": product["is_visible"],
        "bigcommerce_product.availability": product["availability"],
        VARIANT + "availability_description": product["availability_description"],
        **{
            f"{VARIANT}custom_field:{row['name']}": row["value"] for row in product["custom_fields"]
        },
    }


def apply(view: View, key: str, change: Mapping[str, Any]) -> None:
    """Make a change; a deletion takes the product's other variants along."""
    if change["field"] == "listing":
        product = view[key]["product"]
        for other in [one for one, values in view.items() if values["product"] == product]:
            del view[other]
    else:
        view[key][change["field"]] = change["to"]


async def disturb(world: World, items: Mapping[str, Item]) -> set[tuple[str, str]]:
    """Change one in twenty products, each in a value that the plan is going to write."""
    view = await look(world)
    planned: dict[int, list[str]] = {}
    for key, item in items.items():
        if item["changes"]:
            planned.setdefault(view[key]["product"], []).append(key)
    touched: set[tuple[str, str]] = set()
    for number in world.rng.sample(sorted(planned), max(len(planned) // 20, 2)):
        possible = [
            (key, str(change["field"]), body)
            for key in sorted(planned[number])
            for change in items[key]["changes"]
            if (body := _disturbance(view, key, str(change["field"]))) is not None
        ]
        if possible:
            key, name, body = world.rng.choice(possible)
            await world.change_product(number, body)
            touched.add((key, name))
    return touched


def _disturbance(view: View, key: str, name: str) -> dict[str, Any] | None:
    bare = name.rpartition(".")[2]
    if bare == "is_visible":
        return {"fields": {bare: not view[key][name]}}
    if bare == "availability_description":
        return {"fields": {bare: "Somebody else's words"}}
    if bare in MONEY:
        return {"variants": [{"id": int(key), "fields": {bare: 4321.75}}]}
    if bare == "inventory_level":
        return {"variants": [{"id": int(key), "fields": {bare: 4321}}]}
    return None


BUILDS: dict[str, Callable[[World], Awaitable[None]]] = {
    "values": build,
    "rules": with_rules,
    "statuses": with_statuses,
    "orders": with_orders,
}
