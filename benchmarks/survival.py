"""Exactly once: what a storm of deaths, doubles and lost answers does to orders and shipments.

`QUAYSIDE_BENCH_ORDERS` says how many orders are placed (10,000 if it is not set).
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.local.services import LocalServices
from benchmarks.stage import services
from benchmarks.storm.processes import site
from benchmarks.storm.weather import Plan, Report, weather

ORDERS = 10_000
ORDERS_VARIABLE = "QUAYSIDE_BENCH_ORDERS"
ORDERS_PER_SECOND = 12.0
SECONDS_PER_KILL = 4.0
SHOWN = 20


def measure(console: Console) -> None:
    """Print what was asked for, what went wrong on the way, and what is wrong in the end."""
    orders = int(os.environ.get(ORDERS_VARIABLE, ORDERS))
    seconds = orders / ORDERS_PER_SECOND
    plan = Plan(
        orders=orders,
        seconds=seconds,
        kills=max(round(seconds / SECONDS_PER_KILL), 8),
        shortest=0.2,
        longest=5.0,
        flush_every=20.0,
        run_every=30.0,
        calm_seconds=120 + orders * 0.5,
    )
    with services() as started:
        report = asyncio.run(_weather(started, plan))
    console.print(_table(plan, report))
    for name, count in report.errors.most_common(SHOWN):
        console.print(f"logged as an error: {name} ({count})", markup=False)
    for text in [*report.verdict.wrong(), *report.refused][:SHOWN]:
        console.print(text)


async def _weather(started: LocalServices, plan: Plan) -> Report:
    with tempfile.TemporaryDirectory(prefix="quayside-storm-") as name:
        store = {"products": 500, "orders": 0, "quota": 100_000, "retry_scale": 0.01}
        url, redis_url = started.database_url, started.redis_url
        async with site(url, redis_url, Path(name), **store) as running:
            return await weather(running, plan)


def _table(plan: Plan, report: Report) -> Table:
    table = Table(title=f"{plan.orders} orders in a storm of {report.seconds:.0f} s")
    table.add_column("what")
    table.add_column("count", justify="right")
    verdict, struck = report.verdict, report.struck
    rows = {
        "workers killed": report.kills,
        "Redis emptied": report.flushes,
        "events doubled": struck["duplicate_webhooks"],
        "events delivered late and out of order": struck["reorder_webhooks"],
        "answers to shipments lost": struck["drop_response"],
        "other failures of the store": struck["status"] + struck["truncate"] + struck["close"],
        "whole runs beside the events": report.runs,
        "errors logged": report.errors.total(),
        "seconds until all was quiet again": round(report.calm_seconds),
        "orders that had to arrive": verdict.orders,
        "orders lost": len(verdict.lost),
        "orders or lines doubled": len(verdict.doubled),
        "orders that differ from the store's": len(verdict.different),
        "shipments asked for": verdict.shipments,
        "shipments refused by the API": len(report.refused),
        "shipments lost": len(verdict.shipments_lost),
        "shipments sent twice": len(verdict.sent_twice),
        "shipments nobody asked for": len(verdict.unasked),
    }
    for what, count in rows.items():
        table.add_row(what, str(count))
    return table
