"""How much is asked of the store, and how gently."""

from __future__ import annotations

import math
import os
import time

import pytest

from tests.outside.lookalike.goods import stock_up
from tests.outside.lookalike.sales import add_order, sell
from tests.outside.merchant import Merchant

FULL_SIZE = bool(os.environ.get("QUAYSIDE_LONG_TESTS"))
PRODUCTS = 10_000 if FULL_SIZE else 1_000
ORDERS = 1_000 if FULL_SIZE else 300
PATIENCE = 170


def test_a_catalogue_costs_one_request_per_250_products(merchant: Merchant) -> None:
    stock_up(merchant.shop, PRODUCTS)
    merchant.connect()
    started = time.monotonic()
    run = merchant.wait(merchant.start("import_listings"), PATIENCE)
    print(f"{PRODUCTS} products in {time.monotonic() - started:.1f} s")
    assert run["counts"]["created"] == PRODUCTS
    assert len(merchant.shop.log) <= math.ceil(PRODUCTS / 250) + 5
    assert run["requests"]["made"] == len(merchant.shop.log)
    merchant.shop.log.clear()
    again = merchant.wait(merchant.start("import_listings", full=True), PATIENCE)
    assert again["status"] == "succeeded"
    assert again["counts"] == {**dict.fromkeys(again["counts"], 0), "unchanged": PRODUCTS}
    assert merchant.shop.writes() == []
    merchant.shop.log.clear()
    third = merchant.run("import_listings")
    assert third["counts"]["created"] == third["counts"]["updated"] == 0
    assert len(merchant.shop.log) <= 5


def test_orders_cost_one_request_per_250_and_one_per_cut_order(merchant: Merchant) -> None:
    sell(merchant.shop, ORDERS - 3)
    for _ in range(3):
        add_order(merchant.shop, lines=60)
    merchant.connect()
    run = merchant.wait(merchant.start("get_orders"), PATIENCE)
    assert run["counts"]["created"] == ORDERS
    assert len(merchant.shop.log) <= math.ceil(ORDERS / 250) + 2 + 3
    before = [
        (row["id"], row["updated_at"])
        for row in merchant.all("/v1/orders", channel_id=merchant.channel_id)
    ]
    assert len(before) == ORDERS
    again = merchant.wait(merchant.start("get_orders", full=True), PATIENCE)
    assert again["counts"] == {**dict.fromkeys(again["counts"], 0), "unchanged": ORDERS}
    after = [
        (row["id"], row["updated_at"])
        for row in merchant.all("/v1/orders", channel_id=merchant.channel_id)
    ]
    assert after == before
    assert merchant.shop.writes() == []
    merchant.shop.log.clear()
    merchant.run("get_orders")
    assert len(merchant.shop.log) <= 2


def test_an_idle_poll_is_one_request(merchant: Merchant) -> None:
    merchant.connect()
    merchant.run("get_orders")
    merchant.shop.log.clear()
    merchant.run("get_orders")
    assert [entry.path for entry in merchant.shop.log] == ["v2/orders"]


@pytest.mark.parametrize(
    ("quota", "window", "products"),
    [
        (15, 3.0, 2_500),
        pytest.param(
            150,
            30.0,
            20_000,
            marks=[
                pytest.mark.skipif(not FULL_SIZE, reason="takes minutes; QUAYSIDE_LONG_TESTS=1"),
                pytest.mark.timeout(600),
            ],
        ),
    ],
)
def test_a_rival_on_the_same_quota_provokes_no_avoidable_429(
    merchant: Merchant, quota: int, window: float, products: int
) -> None:
    shop = merchant.shop
    stock_up(shop, products)
    merchant.connect()
    shop.behaviour.quota, shop.behaviour.window = quota, window
    shop.behaviour.rival_share = 0.5
    shop.window_started, shop.used = 0.0, 0
    run = merchant.wait(merchant.start("import_listings"), 500 if FULL_SIZE else 60)
    assert run["status"] == "succeeded"
    assert run["counts"]["created"] == products
    refused = [entry for entry in shop.log if entry.status == 429]
    assert [entry for entry in refused if entry.foreseen] == []
    assert refused == []
