"""Orders of every kind, as shoppers place them, and what the merchant does to some afterwards."""

from __future__ import annotations

import asyncio
import random
from typing import Any, Final

import httpx

TEA: Final = {"name": "Tea", "sku": "TEA", "quantity": 3, "price": "9.10"}
CUP: Final = {"name": "Cup", "sku": "CUP", "quantity": 1, "price": "14.95"}
POT: Final = {"name": "Pot", "sku": "POT", "quantity": 2, "price": "31.35"}
ELSEWHERE: Final = {"first_name": "Robin", "street_1": "7 Pier Road", "city": "Dallas"}

KINDS: Final[tuple[dict[str, Any], ...]] = (
    {"line_count": 1},
    {"line_count": 3},
    {"lines": [TEA]},
    {"lines": [TEA, CUP, POT]},
    {"status_id": 9, "lines": [CUP, POT]},
    {"status_id": 0, "lines": [TEA]},
    {"status_id": 1, "lines": [TEA, CUP]},
    {"status_id": 5, "lines": [TEA]},
    {"lines": [TEA, {**CUP, "address": 1}], "addresses": [{}, ELSEWHERE]},
    {"lines": [{"name": "Song", "sku": "SONG", "type": "digital", "price": "1.99"}]},
    {"lines": [{**TEA, "pickup": True}], "status_id": 11},
    {"lines": [{"name": "$50 Gift Certificate", "type": "giftcertificate", "price": "50"}]},
    {"lines": [POT, {**CUP, "parent": 0, "bundled": True, "price": "0"}]},
    {"lines": [{"name": "Engraving to order", "price": "12.50"}, TEA]},
    {"line_count": 57},
    {"line_count": 2, "lines_missing_in_include": True},
    {"lines": [TEA], "currency_code": "CAD"},
    {"lines": [TEA], "currency_code": "EUR", "settlement_currency": "EUR"},
    {"lines": [POT, TEA], "discount": "3.33", "coupon": {"code": "SPRING10", "amount": "10"}},
    {"lines": [TEA], "tax_inclusive": True, "tax_rate": "0.20"},
    {"lines": [TEA], "fees": [{}], "gift_certificate_amount": "5"},
)
EDITED_EACH: Final = 4
"""Every so-many-th order is the merchant's to change; the others are shipped."""


def is_edited(number: int) -> bool:
    """Whether the merchant changes this order; such an order is not shipped here."""
    return number % EDITED_EACH == 0


async def place(
    store: httpx.AsyncClient, orders: int, seconds: float, rng: random.Random
) -> list[int]:
    """Place orders of every kind in bursts spread over a time; returns their numbers."""
    placed: list[int] = []
    kinds: list[dict[str, Any]] = []
    bursts = max(orders // 12, 1)
    while len(placed) < orders:
        left = min(rng.randint(4, 20), orders - len(placed))
        while left:
            if not kinds:
                kinds = rng.sample(KINDS, len(KINDS))
            count = min(rng.choice((1, 1, 2, 5)), left)
            left -= count
            answer = await store.post("/sandbox/orders", json={**kinds.pop(), "count": count})
            placed += answer.raise_for_status().json()["ids"]
        await asyncio.gather(*(_edit(store, number, rng) for number in placed[-8:]))
        await asyncio.sleep(rng.uniform(0, 2 * seconds / bursts))
    return placed


async def _edit(store: httpx.AsyncClient, number: int, rng: random.Random) -> None:
    if not is_edited(number):
        return
    shown = (await store.get(f"/sandbox/orders/{number}")).raise_for_status().json()
    line = rng.choice(shown["lines"])["id"]
    change: dict[str, Any] = rng.choice(
        (
            {"status_id": 11},
            {"status_id": 9},
            {"status_id": 5},
            {"status_id": 11, "add_lines": [CUP]},
            {"status_id": 11, "set_quantities": [{"line_id": line, "quantity": 4}]},
            {"is_deleted": True},
        )
    )
    address = f"/sandbox/orders/{number}"
    (await store.patch(address, json=change)).raise_for_status()
