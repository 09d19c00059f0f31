"""Buyers in several stores race for the last units of one stock."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchmarks.race.buyers import Crowd, arrivals, in_flight
from benchmarks.race.sides import Race, by_poller, by_quayside
from benchmarks.storm.processes import migrate
from tests.services import DatabaseMaker, TemplateMaker

MINUTES = 24
SECONDS_PER_MINUTE = 1.0
SEED = 3
REACTION_SECONDS = 6.0
"""Within this time a sold unit is known to every store, even on a slow machine."""


def careful(name: str, rate: float, skus: int, units: int) -> Crowd:
    """A crowd of whose stock so much is kept back as it can order before a store hears of it."""
    open_crowd = Crowd(name, rate, 0, skus, units)
    purchases = arrivals(open_crowd, MINUTES, SEED)
    window = REACTION_SECONDS / SECONDS_PER_MINUTE
    return Crowd(name, rate, in_flight(purchases, window), skus, units)


@pytest.mark.timeout(300)
async def test_less_is_oversold_than_by_polling_and_nothing_behind_a_buffer(
    template_database: TemplateMaker,
    make_database: DatabaseMaker,
    redis_url: str,
    tmp_path: Path,
) -> None:
    crowds = [Crowd("open", 0.25, 0, 3, 3), careful("careful", 0.5, 2, 12)]
    race = Race(crowds, MINUTES, SECONDS_PER_MINUTE, SEED)
    database_url = make_database(template_database("migrated", migrate))
    ours, theirs = await asyncio.gather(
        by_quayside(race, database_url, redis_url, tmp_path), by_poller(race, tmp_path)
    )
    (mine, behind_buffer), (other, _) = ours.ledgers, theirs.ledgers
    assert 0 < behind_buffer.crowd.buffer < behind_buffer.crowd.units
    assert mine.oversold <= other.oversold
    assert other.oversold > 0
    assert behind_buffer.refused > 0
    assert behind_buffer.oversold == behind_buffer.unfulfillable == 0
