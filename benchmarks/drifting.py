"""Drift at full size: all edits of a store are found and taken back, and nothing else."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import httpx
from rich.console import Console
from rich.table import Table

from app.local.services import LocalServices
from benchmarks.drift_edits import Finding, Goods, findings, is_content, make_edits, plan_edits
from benchmarks.drift_goods import IN_A_GROUP, VARIANTS_IN_A_GROUP, make_products, stored
from benchmarks.stage import services, stage

GROUPS = 100
SEED = 20_906
BOUND = 80
"""Requests of a whole run."""
PAGE = 200


class Shop(Protocol):
    """The service, connected to a store."""

    api: httpx.AsyncClient

    async def connect(self) -> str:
        """Create a channel connected to the store; returns its id."""
        ...

    async def run(self, channel_id: str, integration: str, **more: Any) -> dict[str, Any]:
        """Start a run and wait for its end."""
        ...


@dataclass
class Report:
    """What became of the edits. All sets and lists but the first three are faults."""

    edits: Counter[str]
    expected: int
    requests: Counter[str]
    missed: set[Finding] = field(default_factory=set)
    imagined: set[Finding] = field(default_factory=set)
    not_written: set[Finding] = field(default_factory=set)
    written_needlessly: set[Finding] = field(default_factory=set)
    not_restored: list[int] = field(default_factory=list)
    touched: list[int] = field(default_factory=list)
    """Products that nobody had edited, and that are no longer what they were."""
    found_again: set[Finding] = field(default_factory=set)
    seconds: float = 0
    status: str = ""

    def wrong(self) -> dict[str, Any]:
        """Every fault, by name."""
        names = (
            "missed",
            "imagined",
            "not_written",
            "written_needlessly",
            "not_restored",
            "touched",
            "found_again",
        )
        faults: dict[str, Any] = {name: getattr(self, name) for name in names}
        return {name: fault for name, fault in faults.items() if fault}


def measure(console: Console) -> None:
    """Print what was edited, found and restored."""
    with services() as started:
        report = asyncio.run(_full_size(started))
    variants, products = GROUPS * VARIANTS_IN_A_GROUP, GROUPS * IN_A_GROUP
    table = Table(title=f"Drift of {variants} variants of {products} products, repaired")
    table.add_column("what")
    table.add_column("number", justify="right")
    for kind, count in report.edits.items():
        table.add_row(f"edits: {kind}", str(count))
    table.add_row("values that differ", str(report.expected))
    for name in report.__dataclass_fields__:
        value = getattr(report, name)
        if isinstance(value, set | list):
            table.add_row(name.replace("_", " "), f"{len(value)} (= 0)")
    reads = report.requests["GET"]
    total = sum(report.requests.values())
    table.add_row("requests", f"{total} (≤ {BOUND})")
    table.add_row("of them writes", str(total - reads))
    table.add_row("seconds", f"{report.seconds:.1f}")
    table.add_row("run", report.status)
    console.print(table)


async def _full_size(started: LocalServices) -> Report:
    async with stage(started, products=0, orders=0, quota=1_000_000) as on:
        return await drift(on, on.store, GROUPS, GROUPS * VARIANTS_IN_A_GROUP // 100, SEED)


async def drift(
    on: Shop, store: httpx.AsyncClient, groups: int, edits_of_a_kind: int, seed: int
) -> Report:
    """Fill a store, import it, sync changes of ours, let others edit it, and set that back."""
    await store.post("/sandbox/faults", json={"effect": "mute_webhooks"})
    ids = await make_products(store, groups)
    channel = await on.connect()
    await on.run(channel, "import_listings")
    await _change_ours(on, groups)
    synced = await on.run(channel, "sync_listings")
    assert synced["status"] == "succeeded", synced
    before = await stored(store, ids)
    edits = plan_edits(before, edits_of_a_kind, seed)
    await make_edits(store, edits)
    edited = await stored(store, ids)
    expected = findings(before, edited)

    await store.delete("/sandbox/requests")
    run = await on.run(channel, "sync_listings", params={"drift": "repair"})
    log = (await store.get("/sandbox/requests")).json()["requests"]
    report = Report(edits.counts, len(expected), Counter(entry["method"] for entry in log))
    report.status, report.seconds = run["status"], _seconds(run)
    skus = {
        row["sku"]: str(row["id"]) for product in before.values() for row in product["variants"]
    }
    written, found = await _told(on, run["id"], skus)
    report.missed, report.imagined = expected - found, found - expected
    to_write = {one for one in expected if not is_content(one)}
    report.not_written = to_write - written
    report.written_needlessly = written - to_write
    after = await stored(store, ids)
    report.not_restored, report.touched = _compared(before, edited, after, set(edits.products))
    again = await on.run(channel, "sync_listings", params={"drift": "report"})
    _, found = await _told(on, again["id"], skus)
    report.found_again = {one for one in found if not is_content(one)}
    return report


async def _change_ours(on: Shop, groups: int) -> None:
    """New prices and stock for every fifth product, so that a sync has left its traces."""
    products: list[dict[str, Any]] = []
    cursor = None
    while True:
        query = {"limit": PAGE, **({"cursor": cursor} if cursor else {})}
        page = (await on.api.get("/v1/products", params=query)).json()
        products += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(products) == groups * IN_A_GROUP
    changes = []
    for number, row in enumerate(products):
        if number % 5:
            continue
        new = {"price": f"{50 + number % 11}.50"}
        level = {} if number % 2 else {"quantity": 70}
        change: dict[str, Any] = {"sku": row["sku"], **new, **({} if row["variants"] else level)}
        if row["variants"]:
            change["variants"] = [
                {"sku": one["sku"], **(new if place or number % 3 else {}), **level}
                for place, one in enumerate(row["variants"])
            ]
        changes.append(change)
    for start in range(0, len(changes), PAGE):
        body = {"products": changes[start : start + PAGE]}
        answer = await on.api.put("/v1/products", json=body)
        answer.raise_for_status()


async def _told(on: Shop, run_id: str, skus: dict[str, str]) -> tuple[set[Finding], set[Finding]]:
    """What a run says that it has written, and all that it says to have found."""
    written: set[Finding] = set()
    found: set[Finding] = set()
    for item in await _all(on, f"/v1/runs/{run_id}/items"):
        fields = {(item["external_id"], one["field"]) for one in item["changes"] or ()}
        found |= fields
        if item["outcome"] == "updated":
            written |= fields
    for line in await _all(on, f"/v1/runs/{run_id}/log"):
        if (line["code"] or "").startswith("drift_"):
            sku, _, rest = line["message"].partition(", ")
            found.add((skus[sku], rest.partition(":")[0]))
    return written, found


async def _all(on: Shop, address: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = None
    while True:
        query = {"limit": PAGE, **({"cursor": cursor} if cursor else {})}
        page = (await on.api.get(address, params=query)).json()
        rows += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return rows


def _compared(
    before: Goods, edited: Goods, after: Goods, concerned: set[int]
) -> tuple[list[int], list[int]]:
    """Products that are not as they were but for their texts, and those that nobody had edited."""
    lost, touched = [], []
    for key, old in before.items():
        texts = {name: edited[key][name] for name in ("name", "description")}
        if key not in concerned:
            if after[key] != old:
                touched.append(key)
        elif _timeless(after[key]) != _timeless({**old, **texts}):
            lost.append(key)
    return lost, touched


def _timeless(product: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in product.items() if name != "date_modified"}


def _seconds(run: dict[str, Any]) -> float:
    began = datetime.fromisoformat(run["started_at"])
    return (datetime.fromisoformat(run["finished_at"]) - began).total_seconds()
