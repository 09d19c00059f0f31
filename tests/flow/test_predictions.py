"""Dry runs write nothing and are right: worlds made from seeds, small ones, of every kind."""

from __future__ import annotations

import pytest

from benchmarks.foresight.cases import cases
from benchmarks.foresight.trial import trial
from benchmarks.foresight.worlds import Case
from benchmarks.predicting import OwnDatabase
from benchmarks.storm.processes import migrate
from tests.services import DatabaseMaker, TemplateMaker

SHARE = 0.03
SEED = 7
CHOSEN = ("link: by SKU first", "sync: statuses", "publish: overwrite")


@pytest.mark.parametrize(
    "case", [case for case in cases(SHARE) if case.name in CHOSEN], ids=lambda case: case.name
)
async def test_what_is_predicted_is_done_and_what_grew_stale_is_left_alone(
    case: Case,
    template_database: TemplateMaker,
    make_database: DatabaseMaker,
    redis_url: str,
) -> None:
    template = template_database("migrated", migrate)
    verdict = await trial(lambda: OwnDatabase(make_database(template), redis_url), case, SEED)
    assert verdict.wrong == []
    assert (verdict.differing, verdict.overwritten, verdict.dry_writes) == (0, 0, 0)
    assert verdict.listings > 10
    assert verdict.alike > verdict.predicted
    assert verdict.touched == verdict.reported > 0
