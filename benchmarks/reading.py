"""Import Listings and Get Orders: requests against the fewest that the API allows (FACTS 7)."""

from __future__ import annotations

import asyncio
import math
from datetime import datetime

from rich.console import Console
from rich.table import Table

from app.local.services import LocalServices
from benchmarks.stage import Stage, services, stage

PRODUCTS = 10_000
ORDERS = 1_000


def measure(console: Console) -> None:
    """Print one row per run."""
    table = Table(title="Reading a store")
    for column in (
        "run",
        "rows",
        "requests",
        "bound + repaired orders",
        "written",
        "seconds",
        "rows/s",
    ):
        table.add_column(column, justify="right")
    with services() as started:
        asyncio.run(_fill(table, started))
    console.print(table)


async def _fill(table: Table, started: LocalServices) -> None:
    async with stage(started, products=PRODUCTS, orders=ORDERS, order_days=10, quota=100_000) as on:
        channel = await on.connect()
        catalogue = math.ceil(PRODUCTS / 250) + 5
        await _row(table, on, channel, "import_listings", catalogue, {})
        await _row(table, on, channel, "import_listings", catalogue, {"full": True})
        await _row(table, on, channel, "import_listings", 5, {})
        orders = 2 * math.ceil(ORDERS / 250) + 2
        await _row(table, on, channel, "get_orders", orders, {})
        await _row(table, on, channel, "get_orders", orders, {"full": True})


async def _row(
    table: Table, on: Stage, channel: str, integration: str, bound: int, params: dict[str, bool]
) -> None:
    await on.store.delete("/sandbox/requests")
    run = await on.run(channel, integration, params=params)
    counts, done, seconds = run["counts"], run["progress"]["done"], _seconds(run)
    asked = await on.requests()
    repairs = sum(1 for line in asked if line.endswith("/products") and "/orders/" in line)
    table.add_row(
        integration + (" full" if params else ""),
        str(done),
        str(len(asked)),
        f"{bound} + {repairs}",
        str(counts["created"] + counts["updated"]),
        f"{seconds:.1f}",
        f"{done / seconds:.0f}",
    )


def _seconds(run: dict[str, str]) -> float:
    began = datetime.fromisoformat(run["started_at"])
    return max((datetime.fromisoformat(run["finished_at"]) - began).total_seconds(), 0.001)
