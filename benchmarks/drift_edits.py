"""Edits that somebody makes in the store, by chance, and what a comparison has to find of them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks.drift_goods import JSON

MONEY = ("price", "sale_price", "retail_price", "map_price", "cost_price")
OF_VARIANT, OF_PRODUCT = "bigcommerce_variant.", "bigcommerce_product."
Goods = Mapping[int, JSON]
Finding = tuple[str, str]
"""The variant that it is told of, and the field."""


@dataclass
class Edit:
    """What happens to one product: its own fields and those of its variants."""

    fields: JSON = field(default_factory=dict)
    variants: dict[int, JSON] = field(default_factory=dict)


@dataclass
class Edits:
    """All edits by product, and how many there are of each kind."""

    products: dict[int, Edit] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def product(self, kind: str, product: JSON, name: str, value: Any) -> None:
        """Change a field of a product, once."""
        fields = self.products.setdefault(product["id"], Edit()).fields
        if name not in fields:
            fields[name] = value
            self.counts[kind] += 1

    def variant(self, kind: str, product: JSON, variant: JSON, name: str, value: Any) -> None:
        """Change a field of a variant, once."""
        mine = self.products.setdefault(product["id"], Edit()).variants
        fields = mine.setdefault(variant["id"], {})
        if name not in fields:
            fields[name] = value
            self.counts[kind] += 1


def plan_edits(before: Goods, count: int, seed: int) -> Edits:
    """About so many edits of each kind; one object may suffer several."""
    chance = random.Random(seed)
    goods = list(before.values())
    edits = Edits()
    choices: list[tuple[Sequence[Any], Callable[[Any], None]]] = [
        (
            [(product, row) for product in goods for row in product["variants"]],
            lambda one: _variant_price(edits, chance, *one),
        ),
        (goods, lambda one: _product_price(edits, chance, one)),
        (list(_counted(goods)), lambda one: _stock(edits, chance, *one)),
        (
            goods,
            lambda one: edits.product("visibility", one, "is_visible", not one["is_visible"]),
        ),
        (
            goods,
            lambda one: edits.product(
                "availability", one, "availability", chance.choice(["disabled", "preorder"])
            ),
        ),
        (goods, lambda one: _content(edits, chance, one)),
    ]
    for objects, edit in choices:
        for one in chance.sample(objects, min(count, len(objects))):
            edit(one)
    return edits


def _variant_price(edits: Edits, chance: random.Random, product: JSON, variant: JSON) -> None:
    name = chance.choice(["price", "price", *MONEY])
    clears = variant[name] is not None and product[name] != variant[name] and chance.random() < 0.3
    value = None if clears else _another(chance)
    edits.variant("variant price", product, variant, name, value)


def _product_price(edits: Edits, chance: random.Random, product: JSON) -> None:
    edits.product("product price", product, chance.choice(["price", *MONEY]), _another(chance))


def _another(chance: random.Random) -> float:
    return 100 + chance.randrange(1, 100_000) / 100


def _counted(goods: Sequence[JSON]) -> Iterator[tuple[JSON, JSON | None]]:
    """Whatever the store counts: variants, or products as a whole."""
    for product in goods:
        if product["inventory_tracking"] == "product":
            yield product, None
        elif product["inventory_tracking"] == "variant":
            for row in product["variants"]:
                yield product, row


def _stock(edits: Edits, chance: random.Random, product: JSON, variant: JSON | None) -> None:
    level = chance.choice([0, chance.randrange(300, 900)])
    if variant is None:
        edits.product("stock", product, "inventory_level", level)
    else:
        edits.variant("stock", product, variant, "inventory_level", level)


def _content(edits: Edits, chance: random.Random, product: JSON) -> None:
    name = chance.choice(["name", "description"])
    edits.product("content", product, name, f"{product[name]} Edited.")


async def make_edits(store: httpx.AsyncClient, edits: Edits) -> None:
    """Let somebody make them in the store."""
    for product_id, edit in edits.products.items():
        body = {
            "fields": edit.fields,
            "variants": [{"id": key, "fields": fields} for key, fields in edit.variants.items()],
        }
        answer = await store.patch(f"/sandbox/products/{product_id}", json=body)
        answer.raise_for_status()


def findings(before: Goods, after: Goods) -> set[Finding]:
    """What differs for buyers and merchants, told of a variant as a comparison tells it."""
    found: set[Finding] = set()
    for key, old in before.items():
        found |= _of_product(old, after[key])
    return found


def _of_product(old: JSON, new: JSON) -> set[Finding]:
    found: set[Finding] = set()
    pairs = list(zip(old["variants"], new["variants"], strict=True))
    first = str(pairs[0][0]["id"])
    for name in MONEY:
        shown = set()
        for was, is_now in pairs:
            if _shown(old, was, name) != _shown(new, is_now, name):
                found.add((str(was["id"]), OF_VARIANT + name))
                shown.add(was[name] is None and is_now[name] is None)
        if _settled(name, old[name]) != _settled(name, new[name]) and True not in shown:
            found.add((first, OF_PRODUCT + name))
    tracking = old["inventory_tracking"]
    if tracking == "variant":
        found |= {
            (str(was["id"]), OF_VARIANT + "inventory_level")
            for was, is_now in pairs
            if was["inventory_level"] != is_now["inventory_level"]
        }
    elif tracking == "product" and old["inventory_level"] != new["inventory_level"]:
        found.add((first, OF_VARIANT + "inventory_level"))
    for name in ("is_visible", "availability", "name", "description"):
        if old[name] != new[name]:
            found.add((first, OF_PRODUCT + name))
    return found


def _shown(product: JSON, variant: JSON, name: str) -> Any:
    return _settled(name, product[name] if variant[name] is None else variant[name])


def _settled(name: str, value: Any) -> Any:
    return None if name in ("sale_price", "retail_price", "map_price") and not value else value


def is_content(finding: Finding) -> bool:
    """Whether it is only ever reported."""
    return finding[1] in (OF_PRODUCT + "name", OF_PRODUCT + "description")
