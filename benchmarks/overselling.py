"""Buyers race for the last units: Quayside against a poller of fifteen minutes, side by side.

Three stores share one stock of ours, and each sells as long as its own level says so. Both sides
meet the same buyers at the same moments and differ only in what tells the stores their stock.

- Quayside as it runs in earnest: webhooks bring orders in, ordered units are reserved, and Sync
  Listings sends the new levels. What begins a sync is its schedule, of which one minute is the
  shortest there is; here a run is begun every simulated minute by hand. No order starts a sync.
- A poller (`benchmarks.race.poller`): it reads orders and writes absolute numbers every 15 minutes.

Time is compressed: a simulated minute lasts two seconds, for both sides alike. Machines are not
compressed: a second that Quayside takes for webhook, order and sync counts as half a simulated
minute, and stores, API, worker and database share one machine here. The poller's own work is as
slow, but of its 30 seconds it is nothing. So the comparison favours the poller.
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
SECONDS_PER_MINUTE = 2.0
SKUS = 3
UNITS = 5
RATES = (0.1, 0.3, 0.6)
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
    ours, theirs = await asyncio.gather(
        by_quayside(race, started.database_url, started.redis_url, folder),
        by_poller(race, folder),
    )
    return ours, theirs


def _table(ours: Outcome, theirs: Outcome) -> Table:
    table = Table(title=f"{MINUTES} minutes of buyers in {len(STORES)} stores with one stock")
    for name in ("buyers per SKU and minute", "kept back", "side", "on hand", "ordered"):
        table.add_column(name, justify="right")
    for name in ("oversold", "share", "orders not fulfillable", "left unsold"):
        table.add_column(name, justify="right")
    for pair in zip(ours.ledgers, theirs.ledgers, strict=True):
        for side, one in zip(("Quayside", f"poller, {POLL_MINUTES} min"), pair, strict=True):
            table.add_row(
                str(one.crowd.rate),
                str(one.crowd.buffer),
                side,
                str(one.on_hand),
                str(one.ordered),
                str(one.oversold),
                f"{one.oversold / max(one.ordered, 1):.1%}",
                str(one.unfulfillable),
                str(one.unsold),
            )
    return table
