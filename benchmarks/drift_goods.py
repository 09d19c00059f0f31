"""A store with products of all kinds, and what it holds, read behind the API's back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx

JSON = dict[str, Any]
IN_A_GROUP = 20
VARIANTS_IN_A_GROUP = 100
AT_ONCE = 20
_KINDS = ("simple", *["own"] * 8, "following", "simple", "following", "mixed", "untracked")
_ORDER = (*_KINDS, "following", "mixed", "whole", "following", "mixed", "whole")


def bodies(groups: int) -> Iterator[JSON]:
    """Products in groups of 20 with 100 variants: by where prices stand and how stock counts."""
    for number in range(groups * IN_A_GROUP):
        yield _body(number, _ORDER[number % IN_A_GROUP])


def _body(number: int, kind: str) -> JSON:
    body: JSON = {
        "name": f"Product {number}",
        "description": f"What there is to say of product {number}.",
        "type": "physical",
        "weight": 1,
        "price": 10 + number % 7,
        "cost_price": 5,
        "retail_price": 30 if number % 2 else 0,
        "sku": f"D{number:05d}",
        "is_visible": number % 9 != 0,
        "inventory_tracking": {"simple": "product", "whole": "product", "untracked": "none"}.get(
            kind, "variant"
        ),
    }
    if kind in ("simple", "whole"):
        body["inventory_level"] = 40 + number % 5
    if kind != "simple":
        body["variants"] = [
            _variant(number, place, kind) for place in range(6 if kind == "own" else 5)
        ]
    return body


def _variant(number: int, place: int, kind: str) -> JSON:
    owns = kind in ("own", "whole", "untracked") or (kind == "mixed" and place < 2)
    return {
        "sku": f"D{number:05d}-{place}",
        "option_values": [{"option_display_name": "Size", "label": str(place)}],
        **({"price": 20 + place, "sale_price": 15 if place == 1 else None} if owns else {}),
        **({"inventory_level": 50 + place} if kind != "whole" else {}),
    }


async def make_products(store: httpx.AsyncClient, groups: int) -> list[int]:
    """Make them, one after the other so that each has the same id every time; returns the ids."""
    made: list[int] = []
    for body in bodies(groups):
        answer = await store.post("/sandbox/products", json=body)
        answer.raise_for_status()
        made.append(int(answer.json()["id"]))
    return made


async def stored(store: httpx.AsyncClient, ids: list[int]) -> dict[int, JSON]:
    """Everything that the store holds of products, by id."""

    async def one(product_id: int) -> JSON:
        answer = await store.get(f"/sandbox/products/{product_id}")
        answer.raise_for_status()
        return dict(answer.json())

    found: dict[int, JSON] = {}
    for start in range(0, len(ids), AT_ONCE):
        chosen = ids[start : start + AT_ONCE]
        found |= zip(chosen, await asyncio.gather(*(one(key) for key in chosen)), strict=True)
    return found
