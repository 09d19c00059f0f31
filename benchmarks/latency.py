"""From an order being placed to being readable, while a big import runs beside it."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from app.local.services import LocalServices
from benchmarks.stage import services
from benchmarks.storm.mortals import lasting_worker
from benchmarks.storm.processes import Site, site

PRODUCTS = 10_000
FEWEST = 60
PATIENCE = 30.0
LOOK_EVERY = 0.02
PLACE_EVERY = 0.2
SHARES = {"p50": 0.5, "p95": 0.95, "max": 1.0}


def measure(console: Console) -> None:
    """Print the percentiles; store, API and worker are processes of their own."""
    with services() as started:
        waits, imports = asyncio.run(_measure(started))
    waits.sort()
    table = Table(title=f"Milliseconds from placed to readable, importing {PRODUCTS} products")
    for name in ("orders", "imports", *SHARES):
        table.add_column(name, justify="right")
    last = len(waits) - 1
    figures = (f"{waits[round(last * share)] * 1000:.0f}" for share in SHARES.values())
    table.add_row(str(len(waits)), str(imports), *figures)
    console.print(table)


async def _measure(started: LocalServices) -> tuple[list[float], int]:
    """Place orders one after the other; another import begins as soon as one has ended."""
    waits: list[float] = []
    imports = 0
    with tempfile.TemporaryDirectory(prefix="quayside-latency-") as name:
        store = {"products": PRODUCTS, "orders": 5, "quota": 100_000}
        url, redis_url = started.database_url, started.redis_url
        async with site(url, redis_url, Path(name), **store) as running, lasting_worker(running):
            channel = await running.connect({"get_orders": {"enabled": True}})
            while len(waits) < FEWEST:
                run_id = await _import(running, channel, full=imports > 0)
                imports += 1
                while not await _is_over(running, run_id):
                    waits.append(await _wait(running, channel))
                    await asyncio.sleep(PLACE_EVERY)
    return waits, imports


async def _import(running: Site, channel: str, *, full: bool) -> str:
    body: dict[str, Any] = {
        "channel_id": channel,
        "integration": "import_listings",
        "params": {"full": True} if full else {},
    }
    answer = await running.api.post("/v1/runs", json=body)
    return str(answer.raise_for_status().json()["id"])


async def _is_over(running: Site, run_id: str) -> bool:
    run = (await running.api.get(f"/v1/runs/{run_id}")).json()
    return run["finished_at"] is not None


async def _wait(running: Site, channel: str) -> float:
    began = time.perf_counter()
    answer = await running.store.post("/sandbox/orders", json={"line_count": 2})
    (number,) = answer.raise_for_status().json()["ids"]
    params = {"channel_id": channel, "external_id": str(number)}
    async with asyncio.timeout(PATIENCE):
        while True:
            found = (await running.api.get("/v1/orders", params=params)).json()["data"]
            if found:
                return time.perf_counter() - began
            await asyncio.sleep(LOOK_EVERY)
