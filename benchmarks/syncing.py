"""Sync Listings: requests against the fewest that the API allows (FACTS 7)."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from app.local.services import LocalServices
from benchmarks.stage import Stage, services, stage

PRODUCTS = 2_000
VARIANTS_EACH = 5
AT_ONCE = 200


def measure(console: Console) -> None:
    """Print one row per run."""
    table = Table(title=f"Syncing {PRODUCTS * VARIANTS_EACH} variants of {PRODUCTS} products")
    for column in ("run", "changed", "requests", "bound", "of them writes", "seconds", "changed/s"):
        table.add_column(column, justify="right")
    with services() as started:
        asyncio.run(_fill(table, started))
    console.print(table)


async def _fill(table: Table, started: LocalServices) -> None:
    async with stage(started, products=0, orders=0, quota=1_000_000) as on:
        # Nobody listens here, and thousands of events would only be waited for.
        await on.store.post("/sandbox/faults", json={"effect": "mute_webhooks"})
        await _make_products(on)
        channel = await on.connect()
        await on.run(channel, "import_listings")
        await _row(table, on, channel, "nothing changed", 0, {})
        await _change(on, quantity=1)
        await _row(table, on, channel, "quantities", 6, {})
        await _change(on, quantity=2, price=2)
        await _set(on, channel, {"out_of_stock": {"behavior": "hide"}})
        await _row(table, on, channel, "prices and quantities", 410, {})
        await _change(on, quantity=0, price=3)
        run = await _row(table, on, channel, "prices, quantities, status", 410, {})
        await _row(table, on, channel, "drift: nothing found", 80, {"drift": "repair"})
        await _row(table, on, channel, "undo", 410 + PRODUCTS // 250, {"undo_of": run["id"]})


async def _make_products(on: Stage) -> None:
    async def make(number: int) -> None:
        body = {
            "name": f"Product {number}",
            "type": "physical",
            "weight": 1,
            "price": 10,
            "sku": f"P{number:05d}",
            "is_visible": True,
            "inventory_tracking": "variant",
            "variants": [
                {
                    "sku": _sku(number, place),
                    "price": 10 + place,
                    "inventory_level": 50,
                    "option_values": [{"option_display_name": "Size", "label": str(place)}],
                }
                for place in range(VARIANTS_EACH)
            ],
        }
        (await on.store.post("/sandbox/products", json=body)).raise_for_status()

    for start in range(0, PRODUCTS, 20):
        await asyncio.gather(*(make(number) for number in range(start, start + 20)))


def _sku(number: int, place: int) -> str:
    return f"P{number:05d}-{place}"


async def _change(on: Stage, *, quantity: int, price: int | None = None) -> None:
    """Give every variant another quantity, and if asked another price."""
    for start in range(0, PRODUCTS, AT_ONCE):
        products = [
            {
                "sku": f"P{number:05d}",
                "variants": [
                    {
                        "sku": _sku(number, place),
                        "quantity": quantity * (100 + place),
                        **({"price": f"{20 * price + place}.50"} if price else {}),
                    }
                    for place in range(VARIANTS_EACH)
                ],
            }
            for number in range(start, start + AT_ONCE)
        ]
        answer = await on.api.put("/v1/products", json={"products": products})
        answer.raise_for_status()


async def _set(on: Stage, channel: str, settings: dict[str, Any]) -> None:
    address = f"/v1/channels/{channel}/integrations/sync_listings"
    (await on.api.patch(address, json={"settings": settings})).raise_for_status()


async def _row(
    table: Table, on: Stage, channel: str, name: str, bound: int, params: dict[str, Any]
) -> dict[str, Any]:
    await on.store.delete("/sandbox/requests")
    run = await on.run(channel, "sync_listings", params=params)
    asked = Counter(line.partition(" ")[0] for line in await on.requests())
    seconds = _seconds(run)
    changed = run["counts"]["updated"]
    table.add_row(
        name if run["status"] == "succeeded" else f"{name}: {run['status']}",
        str(changed),
        str(sum(asked.values())),
        f"≤ {bound}",
        str(sum(asked.values()) - asked["GET"]),
        f"{seconds:.1f}",
        f"{changed / seconds:.0f}",
    )
    return run


def _seconds(run: dict[str, str]) -> float:
    began = datetime.fromisoformat(run["started_at"])
    return max((datetime.fromisoformat(run["finished_at"]) - began).total_seconds(), 0.001)
