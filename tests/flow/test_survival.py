"""Whatever dies, is doubled or gets lost: each order arrives once, each shipment leaves once."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.storm.processes import migrate, site
from benchmarks.storm.weather import Plan, weather
from tests.services import DatabaseMaker, TemplateMaker

PLAN = Plan(
    orders=60, seconds=12, kills=8, flush_every=6, run_every=4, shortest=0.3, longest=4, seed=7
)


@pytest.mark.timeout(400)
async def test_nothing_is_lost_or_doubled_in_a_storm(
    template_database: TemplateMaker,
    make_database: DatabaseMaker,
    redis_url: str,
    tmp_path: Path,
) -> None:
    database_url = make_database(template_database("migrated", migrate))
    store = {"products": 40, "orders": 0, "quota": 100_000, "retry_scale": 0.01}
    async with site(database_url, redis_url, tmp_path, **store) as running:
        report = await weather(running, PLAN)
    print(report)
    assert report.verdict.wrong() == []
    assert report.verdict.orders > 35
    assert report.verdict.shipments > 20
    assert report.kills >= PLAN.kills
    assert report.flushes > 0
    assert report.struck["drop_response"] > 3
    assert report.struck["duplicate_webhooks"] > 60
    assert report.struck["reorder_webhooks"] > 60
