"""A dry run writes nothing, and what it predicts is what execute then does.

Worlds are made from seeds: a store, products of ours, listings, rules and settings of many kinds.
Each case is played in three equal worlds (`benchmarks.foresight.trial`): a dry run whose plan is
then executed, an execution without a plan, and a dry run after which one in twenty objects of the
store is changed by somebody else before the plan is executed.

Nobody but us writes to the first two worlds. A dry run of Sync and Publish Listings judges new
products by what we know of the store, so a product of somebody else that no import has seen yet is
found at execution only, by the store's refusal. Nor are there two listings that one run gives the
same new name: a dry run expects the first that is sent to get it.

`QUAYSIDE_BENCH_SHARE` makes the worlds smaller, e.g. 0.1; `QUAYSIDE_BENCH_CASES` chooses cases by
a part of their names.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from rich.console import Console
from rich.table import Table

from app.local.services import LocalServices
from app.local.sql import run_sql
from benchmarks.foresight.cases import cases
from benchmarks.foresight.trial import SHOWN, Verdict, trial
from benchmarks.stage import Servers, services

SHARE_VARIABLE = "QUAYSIDE_BENCH_SHARE"
CASES_VARIABLE = "QUAYSIDE_BENCH_CASES"
SEED = 20
OUTCOMES = ("created", "updated", "unchanged", "skipped", "failed")


@dataclass(frozen=True)
class OwnDatabase:
    """A database of its own on a server that is shared."""

    database_url: str
    redis_url: str


def measure(console: Console) -> None:
    """Print one row per case; differing, overwritten and writes by dry runs have to be 0."""
    share, chosen = float(os.environ.get(SHARE_VARIABLE, "1")), os.environ.get(CASES_VARIABLE, "")
    with services() as started:
        verdicts = asyncio.run(_play(console, started, share, chosen))
    console.print(_table(verdicts))
    for verdict in verdicts:
        for text in verdict.wrong[:SHOWN]:
            console.print(text, markup=False)


async def _play(
    console: Console, started: LocalServices, share: float, chosen: str
) -> list[Verdict]:
    verdicts = []
    for case in cases(share):
        if chosen not in case.name:
            continue
        verdicts.append(await trial(lambda: _copy(started), case, SEED))
        console.print(f"{case.name}: {verdicts[-1].listings} listings compared", markup=False)
    return verdicts


def _copy(started: LocalServices) -> Servers:
    """A new database with all tables, copied from the one that was migrated and is not used."""
    name = f"world_{secrets.token_hex(4)}"
    parts = urlsplit(started.database_url)
    template = Path(parts.path).name
    run_sql(started.admin_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    url = urlunsplit(parts._replace(path=f"/{name}"))
    return OwnDatabase(url, started.redis_url)


def _table(verdicts: list[Verdict]) -> Table:
    table = Table(title="What dry runs predicted, and what was done")
    table.add_column("")
    everything = [*verdicts, _sum(verdicts)]
    for verdict in everything:
        table.add_column(verdict.case.replace(": ", "\n"), justify="right")
    rows: dict[str, Callable[[Verdict], object]] = {
        "listings": lambda one: one.listings,
        "items predicted": lambda one: one.predicted,
        **{f"  {name}": _outcome(name) for name in OUTCOMES},
        "comparisons alike": lambda one: one.alike,
        "differing": lambda one: one.differing,
        "touched by others": lambda one: one.touched,
        "  reported stale": lambda one: one.reported,
        "  overwritten": lambda one: one.overwritten,
        "writes by dry runs": lambda one: one.dry_writes,
        "requests estimated": lambda one: one.estimated,
        "  made": lambda one: one.made,
        "  made / estimated": lambda one: f"{one.made / max(one.estimated, 1):.3f}",
        "  made by the plan": lambda one: one.made_by_plan,
    }
    for name, figure in rows.items():
        table.add_row(name, *(str(figure(verdict)) for verdict in everything))
    return table


def _outcome(name: str) -> Callable[[Verdict], object]:
    return lambda verdict: verdict.outcomes[name]


def _sum(verdicts: list[Verdict]) -> Verdict:
    total = Verdict("all")
    for verdict in verdicts:
        total.outcomes += verdict.outcomes
        for name in (
            *("listings", "predicted", "alike", "differing", "touched", "reported"),
            *("overwritten", "dry_writes", "estimated", "made", "made_by_plan"),
        ):
            setattr(total, name, getattr(total, name) + getattr(verdict, name))
    return total
