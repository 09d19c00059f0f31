"""A store that limits, fails, hangs up or talks nonsense: a run waits and comes through."""

from __future__ import annotations

import os
import time

import pytest

from tests.outside.lookalike.goods import stock_up
from tests.outside.lookalike.sales import sell
from tests.outside.merchant import Merchant

LONG = pytest.mark.skipif(
    not os.environ.get("QUAYSIDE_LONG_TESTS"), reason="takes minutes; QUAYSIDE_LONG_TESTS=1"
)
QUICK_FAULTS = ["reset", "truncate", "429"]
SLOW_FAULTS = ["drop", "cut", "502", "bare429", "500", "503"]
FAULTS = [*QUICK_FAULTS, *(pytest.param(fault, marks=LONG) for fault in SLOW_FAULTS)]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_middle_of_an_import(merchant: Merchant, fault: str) -> None:
    stock_up(merchant.shop, 300)
    merchant.connect()
    merchant.shop.behaviour.faults.extend(["ok", "ok", fault])
    run = merchant.wait(merchant.start("import_listings"), 150)
    assert run["status"] == "succeeded", run
    assert run["counts"]["created"] == 300
    rows = merchant.all("/v1/listings", channel_id=merchant.channel_id)
    assert len({row["external_id"] for row in rows}) == len(rows) == 300


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_the_first_request_for_orders(merchant: Merchant, fault: str) -> None:
    sell(merchant.shop, 300)
    merchant.connect()
    merchant.shop.behaviour.faults.extend([fault, "ok", fault])
    run = merchant.wait(merchant.start("get_orders"), 170)
    assert run["status"] == "succeeded", run
    rows = merchant.all("/v1/orders", channel_id=merchant.channel_id)
    assert len({row["external_id"] for row in rows}) == len(rows) == 300


def test_an_exhausted_quota_makes_the_run_wait(merchant: Merchant) -> None:
    stock_up(merchant.shop, 100)
    merchant.connect()
    behaviour = merchant.shop.behaviour
    behaviour.quota, behaviour.window, behaviour.rival_share = 10, 6.0, 0.0
    merchant.shop.window_started, merchant.shop.used = time.monotonic(), 10
    run = merchant.start("import_listings")
    waiting = merchant.wait_for(run, {"waiting", "succeeded", "failed"}, 30)
    assert (waiting["status"], waiting["waiting_for"]) == ("waiting", "rate_limit")
    done = merchant.wait(run, 60)
    assert (done["status"], done["waiting_for"]) == ("succeeded", None)
    assert done["counts"]["created"] == 100


@LONG
def test_a_store_that_is_down_makes_the_run_wait(merchant: Merchant) -> None:
    stock_up(merchant.shop, 300)
    merchant.connect()
    merchant.shop.behaviour.go_down(12)
    run = merchant.start("import_listings")
    waiting = merchant.wait_for(run, {"waiting", "succeeded", "failed"}, 60)
    assert (waiting["status"], waiting["waiting_for"]) == ("waiting", "store_unavailable")
    asked = merchant.shop.count()
    assert asked <= 6
    done = merchant.wait(run, 170)
    assert done["status"] == "succeeded"
    assert done["counts"]["created"] == 300


@LONG
def test_nonsense_for_ever_fails_with_a_reason(merchant: Merchant) -> None:
    sell(merchant.shop, 3)
    merchant.connect()
    merchant.shop.behaviour.faults.extend(["truncate"] * 200)
    run = merchant.wait_for(merchant.start("get_orders"), {"waiting", "failed"}, 120)
    assert run["waiting_for"] == "store_unavailable" or run["message"], run
    merchant.http.post(f"/v1/runs/{run['id']}/cancel")


def test_a_missing_scope_is_told_apart_from_an_outage(merchant: Merchant) -> None:
    merchant.connect()
    merchant.shop.scopes = "store_v2_products store_v2_information"
    run = merchant.wait(merchant.start("get_orders"))
    assert run["status"] == "failed"
    assert run["code"]
    assert run["message"]
    path = f"/v1/channels/{merchant.channel_id}/integrations/get_orders"
    assert merchant.get(path)["paused"] is True
