"""Buyers race for the last units: Quayside against a poller of fifteen minutes, side by side.

Three stores share one stock of ours, and each sells as long as its own level says so. Both sides
meet the same buyers at the same moments and differ only in what tells the stores their stock.

- Quayside as it runs in earnest: webhooks bring orders in, ordered units are reserved, and Sync
  Listings sends the new levels. What begins a sync is its schedule, of which one minute is the
  shortest there is; here a run is begun every simulated minute by hand. No order starts a sync.
- A poller (`benchmarks.race.poller`): it reads orders and writes absolute numbers every 15 minutes.

Time is compressed: a simulated minute lasts one second, for both sides alike. Machines are not
compressed: the half second that Quayside takes for webhook, order and sync counts as half a
simulated minute, and everything shares one machine here. The poller's own work takes as long, but
of its 15 seconds it is nothing. So the comparison favours the poller.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.local.services import LocalServices
from benchmarks.race.buyers import STORES, Crowd
from benchmarks.race.sides import POLL_MINUTES, Outcome, Race, by_poller, by_quayside
from benchmarks.stage import services

MINUTES = 60
SECONDS_PER_MINUTE = 1.0
SKUS = 10
UNITS = 8
RATES = (0.1, 0.3, 1.0)
BUFFERS = (0, 1)
CROWDS = [
    Crowd(f"{rate} a minute buffer {buffer}", rate, buffer, SKUS, UNITS)
    for buffer in BUFFERS
    for rate in RATES
]


def measure(console: Console) -> None:
    """Print one row per crowd and side."""
    race = Race(CROWDS, MINUTES, SECONDS_PER_MINUTE)
    with services() as started, tempfile.TemporaryDirectory(prefix="quayside-race-") as name:
        ours, theirs = asyncio.run(_both(race, started, Path(name)))
    console.print(_table(ours, theirs))
    middle, longest = statistics.median(ours.seconds), max(ours.seconds)
    console.print(
        f"{ours.rounds} syncs of a store by Quayside, in the median {middle:.2f} s each and at "
        f"most {longest:.2f} s; {theirs.rounds} rounds of the poller."
    )


async def _both(race: Race, started: LocalServices, folder: Path) -> tuple[Outcome, Outcome]:
    ours = await by_quayside(race, started.database_url, started.redis_url, folder)
    return ours, await by_poller(race, folder)


def _table(ours: Outcome, theirs: Outcome) -> Table:
    table = Table(title=f"{MINUTES} minutes of buyers in {len(STORES)} stores with one stock")
    sides = ("Quayside", f"poller, {POLL_MINUTES} min")
    table.add_column("buyers per SKU\nand minute", justify="right")
    for name in ("kept\nback", "on\nhand"):
        table.add_column(name, justify="right")
    for name in ("ordered", "oversold", "share", "orders not\nfulfillable", "left\nunsold"):
        for side in sides:
            table.add_column(f"{name}\n{side}", justify="right")
    for mine, other in zip(ours.ledgers, theirs.ledgers, strict=True):
        both = (mine, other)
        table.add_row(
            str(mine.crowd.rate),
            str(mine.crowd.buffer),
            str(mine.on_hand),
            *(str(one.ordered) for one in both),
            *(str(one.oversold) for one in both),
            *(f"{one.oversold / max(one.ordered, 1):.1%}" for one in both),
            *(str(one.unfulfillable) for one in both),
            *(str(one.unsold) for one in both),
        )
    return table
