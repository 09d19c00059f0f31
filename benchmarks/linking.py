"""Link Listings: 10,000 listings of ours find their products in the store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from app.local.services import LocalServices
from benchmarks.stage import Stage, services, stage

PRODUCTS = 10_000
BOUND = 45
AT_ONCE = 1_000
PAGE = 250

Body = dict[str, Any]


def measure(console: Console) -> None:
    """Print one row per run, and what the store's products say of the links."""
    table = Table(title=f"Linking the listings of {PRODUCTS} products")
    for column in ("run", "listings", "linked", "wrongly", "requests", "bound", "seconds"):
        table.add_column(column, justify="right")
    with services() as started:
        asyncio.run(_fill(table, started))
    console.print(table)


async def _fill(table: Table, started: LocalServices) -> None:
    async with stage(started, products=PRODUCTS, orders=0, quota=100_000) as on:
        channel = await on.connect()
        theirs = await _catalogue(on)
        await _build(on, channel, theirs)
        await _row(table, on, channel, theirs, "dry run", mode="dry_run")
        await _row(table, on, channel, theirs, "execute")
        await _row(table, on, channel, theirs, "again")


async def _catalogue(on: Stage) -> dict[str, Body]:
    """The store's products by the SKU that a product of ours is to have."""
    state = (await on.store.get("/sandbox/state")).json()
    address = f"/stores/{state['store_hash']}/v3/catalog/products"
    headers = {"X-Auth-Token": state["access_token"], "Accept": "application/json"}
    found: dict[str, Body] = {}
    after = 0
    while True:
        query: Body = {"include": "variants", "limit": PAGE, "id:greater": after, "sort": "id"}
        rows = (await on.store.get(address, params=query, headers=headers)).json()["data"]
        found |= {row["sku"] or f"P-{row['id']}": row for row in rows}
        if len(rows) < PAGE:
            return found
        after = rows[-1]["id"]


async def _build(on: Stage, channel: str, theirs: dict[str, Body]) -> None:
    """Products of ours with the SKUs of the store's, and listings of them."""
    for part in _parts(list(theirs)):
        products = [_ours(sku, theirs[sku]) for sku in part]
        (await on.api.put("/v1/products", json={"products": products})).raise_for_status()
    body: Body = {"channel_id": channel, "product_skus": list(theirs)}
    answer = await on.api.post("/v1/listings/build", json=body, timeout=300)
    if answer.raise_for_status().json()["created"] != len(theirs):
        raise RuntimeError(answer.text[:500])


def _parts(skus: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(skus), AT_ONCE):
        yield skus[start : start + AT_ONCE]


def _ours(sku: str, product: Body) -> Body:
    options = [row["sku"] for row in product["variants"] if row["option_values"] and row["sku"]]
    return {"sku": sku, "title": product["name"], "variants": [{"sku": own} for own in options]}


async def _row(
    table: Table, on: Stage, channel: str, theirs: dict[str, Body], name: str, **more: Any
) -> None:
    run = await on.run(channel, "link_listings", **more)
    rows = await on.every("/v1/listings", channel_id=channel)
    linked = [row for row in rows if row["external_id"] is not None]
    wrongly = [row for row in linked if int(row["external_id"]) != theirs[row["sku"]]["id"]]
    took = datetime.fromisoformat(run["finished_at"]) - datetime.fromisoformat(run["started_at"])
    table.add_row(
        f"{name} ({run['status']})",
        str(len(rows)),
        str(len(linked)),
        str(len(wrongly)),
        str(run["requests"]["made"]),
        f"≤ {BOUND}",
        f"{took.total_seconds():.1f}",
    )
