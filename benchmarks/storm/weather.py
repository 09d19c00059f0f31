"""The storm itself: orders, doubled and shuffled events, lost answers, deaths, an emptied Redis."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from redis.asyncio import Redis

from benchmarks.storm.carriers import Shipped, ship_arrivals
from benchmarks.storm.mortals import Toll, lasting_worker, mortal_workers, nursery
from benchmarks.storm.processes import Site
from benchmarks.storm.shoppers import place
from benchmarks.storm.verdict import WANTED, Verdict, judge

TO_THE_END: Final[tuple[dict[str, Any], ...]] = (
    {"effect": "duplicate_webhooks", "path": "store/order|store/shipment"},
    {"effect": "reorder_webhooks", "path": "store/", "probability": 0.6, "delay_ms": 2000},
    {"effect": "drop_response", "method": "POST", "path": "/shipments$", "every": 3},
)
FAULTS: Final[tuple[dict[str, Any], ...]] = (
    *TO_THE_END,
    {"effect": "status", "method": "POST", "path": "/shipments$", "status": 504, "every": 7},
    {"effect": "truncate", "method": "GET", "path": "/v2/orders", "every": 23},
    {"effect": "close", "method": "GET", "path": "/v2/orders", "every": 29},
)
WAITING: Final = ("received", "processing")


@dataclass(frozen=True)
class Plan:
    """How big the storm is: orders, spread over how many seconds; each worker's seconds to live."""

    orders: int
    seconds: float
    kills: int
    workers: int = 2
    shortest: float = 0.2
    longest: float = 3.0
    flush_every: float = 5.0
    run_every: float = 6.0
    calm_seconds: float = 120.0
    seed: int = 1


@dataclass
class Report:
    """What happened, and what came of it."""

    verdict: Verdict
    kills: int = 0
    flushes: int = 0
    runs: int = 0
    seconds: float = 0.0
    calm_seconds: float = 0.0
    refused: list[str] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    """Names of what processes logged as errors."""


async def weather(site: Site, plan: Plan) -> Report:
    """Let the storm pass over the site, wait until it has come to rest, and count.

    The store loses answers and doubles events to the end; its other failures, deaths and emptied
    Redises end with the storm.
    """
    report = Report(Verdict())
    channel_id = await site.connect(
        {
            "get_orders": {"enabled": True, "settings": {"statuses": WANTED}},
            "sync_orders": {"enabled": True},
        }
    )
    await _change_faults(site, report, FAULTS)
    shipped, enough = Shipped(), asyncio.Event()
    rng = random.Random(plan.seed)
    async with asyncio.TaskGroup() as group:
        group.create_task(ship_arrivals(site, channel_id, shipped, rng, enough))
        placed = await _storm(site, plan, channel_id, report)
        await _change_faults(site, report, TO_THE_END)
        began = time.monotonic()
        async with lasting_worker(site):
            await _rest(site, channel_id, plan.calm_seconds)
            enough.set()
            await asyncio.sleep(1)
            await _rest(site, channel_id, plan.calm_seconds)
            report.calm_seconds = time.monotonic() - began
            await _change_faults(site, report, ())
            report.verdict = await judge(site, channel_id, placed, shipped)
    report.refused = shipped.refused
    _note_errors(site, report)
    return report


async def _storm(site: Site, plan: Plan, channel_id: str, report: Report) -> list[int]:
    """Place all orders while workers die; returns the orders' numbers."""
    rng, began = random.Random(plan.seed), time.monotonic()
    async with (
        nursery(site) as home,
        mortal_workers(home, plan.workers, rng, plan.shortest, plan.longest) as toll,
        _flushing(site, plan, report),
        _running(site, plan, channel_id, report),
    ):
        placed = await place(site.store, plan.orders, plan.seconds, random.Random(plan.seed))
        await _until_killed(toll, plan.kills)
    report.kills, report.seconds = toll.kills, time.monotonic() - began
    return placed


@asynccontextmanager
async def _flushing(site: Site, plan: Plan, report: Report) -> AsyncIterator[None]:
    """Empty Redis every now and then, queue and all."""
    redis: Redis = Redis.from_url(site.settings.redis_url)

    async def flush() -> None:
        while True:
            await asyncio.sleep(plan.flush_every)
            await redis.flushdb()
            report.flushes += 1

    async with asyncio.TaskGroup() as group:
        task = group.create_task(flush())
        try:
            yield
        finally:
            task.cancel()
    await redis.aclose()


@asynccontextmanager
async def _running(site: Site, plan: Plan, channel_id: str, report: Report) -> AsyncIterator[None]:
    """Start whole runs of Get Orders and Sync Orders beside the events, while none is active."""

    async def start() -> None:
        while True:
            for integration in ("get_orders", "sync_orders"):
                await asyncio.sleep(plan.run_every)
                body = {"channel_id": channel_id, "integration": integration}
                answer = await site.api.post("/v1/runs", json=body)
                report.runs += answer.status_code == 202

    async with asyncio.TaskGroup() as group:
        task = group.create_task(start())
        try:
            yield
        finally:
            task.cancel()


async def _until_killed(toll: Toll, kills: int) -> None:
    """The storm goes on until enough workers have died."""
    while toll.kills < kills:
        await asyncio.sleep(0.05)


async def _rest(site: Site, channel_id: str, seconds: float) -> None:
    """Wait until no delivery, event, shipment or run is under way."""
    async with asyncio.timeout(seconds):
        while await _busy(site, channel_id):
            await asyncio.sleep(0.3)


async def _busy(site: Site, channel_id: str) -> bool:
    if (await site.store.get("/sandbox/state")).json()["deliveries_pending"]:
        return True
    for address, name, values in (
        ("/v1/webhook-events", "status", WAITING),
        ("/v1/shipments", "sync_status", ("pending",)),
        ("/v1/runs", "status", ("queued", "running", "waiting")),
    ):
        for value in values:
            params = {"channel_id": channel_id, name: value, "limit": "1"}
            answer = await site.api.get(address, params=params)
            if answer.raise_for_status().json()["data"]:
                return True
    return False


async def _change_faults(site: Site, report: Report, rules: Sequence[dict[str, Any]]) -> None:
    """Put other rules in force, noting how often those until now have struck."""
    for rule in (await site.store.get("/sandbox/faults")).json()["faults"]:
        report.struck[rule["effect"]] += rule["fired"]
    (await site.store.delete("/sandbox/faults")).raise_for_status()
    (await site.store.post("/sandbox/faults", json=list(rules))).raise_for_status()


def _note_errors(site: Site, report: Report) -> None:
    for output in site.folder.glob("*.log"):
        for line in output.read_text(errors="replace").splitlines():
            if '"level": "error"' in line or '"level":"error"' in line:
                entry = json.loads(line)
                report.errors[str(entry.get("event"))] += 1
            elif line.startswith("Traceback"):
                report.errors["traceback"] += 1
