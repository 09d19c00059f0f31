"""Processes and services that die in the middle of the work: nothing is lost, nothing doubled."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from app.local.postgres import start_postgres
from app.local.valkey import start_valkey
from tests.outside.driver import Service
from tests.outside.lookalike.goods import stock_up
from tests.outside.lookalike.sales import sell
from tests.outside.lookalike.server import BigCommerce, Server
from tests.outside.lookalike.shop import Record
from tests.outside.merchant import FINISHED, Merchant

LONG = bool(os.environ.get("QUAYSIDE_LONG_TESTS"))
KILLS = 20 if LONG else 2
PRODUCTS, ORDERS = (5_000, 1_000) if LONG else (500, 260)
PATIENCE = 240
# From the start of a new worker process, its own start-up included.
GOES_ON_WITHIN = 15.0

ONLY_LONG = pytest.mark.skipif(not LONG, reason="takes minutes; QUAYSIDE_LONG_TESTS=1")

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def own_big_commerce() -> Iterator[BigCommerce]:
    """A look-alike that no other test slows down."""
    with Server() as running:
        yield running


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that servers may enter when they run as another user than these tests."""
    with tempfile.TemporaryDirectory(prefix="quayside-outside-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


@pytest.fixture
def tenant(own_big_commerce: BigCommerce) -> Iterator[Callable[[Service], Merchant]]:
    """`tenant(service)` is a connected merchant with enough work for a while."""
    merchants: list[Merchant] = []

    def settle(service: Service) -> Merchant:
        shop = own_big_commerce.open_shop()
        stock_up(shop, PRODUCTS)
        sell(shop, ORDERS)
        merchant = Merchant(service, shop, service.key("Crashes", "admin"))
        merchants.append(merchant)
        merchant.connect()
        return merchant

    yield settle
    for merchant in merchants:
        merchant.http.close()


def start_both(merchant: Merchant) -> list[Record]:
    """An import and an order run, both at once, on a slow store."""
    merchant.shop.behaviour.delay = 0.5
    return [merchant.start("import_listings"), merchant.start("get_orders")]


def finished(merchant: Merchant, runs: list[Record]) -> bool:
    """Whether all the runs have come to an end."""
    return all(merchant.get(f"/v1/runs/{run['id']}")["status"] in FINISHED for run in runs)


def check_whole(merchant: Merchant, runs: list[Record]) -> None:
    """Everything arrived once, and was counted once."""
    merchant.shop.behaviour.delay = 0
    shop = merchant.shop
    wanted = [
        ("listings", [str(product["id"]) for product in shop.products]),
        ("orders", [str(order["id"]) for order in shop.orders]),
    ]
    for run, (kind, ids) in zip(runs, wanted, strict=True):
        done = merchant.wait(run, PATIENCE)
        assert done["status"] == "succeeded", done
        rows = merchant.all(f"/v1/{kind}", channel_id=merchant.channel_id)
        assert sorted(row["external_id"] for row in rows) == sorted(ids)
        counts = done["counts"]
        assert counts == {**dict.fromkeys(counts, 0), "created": len(ids)}
        items = merchant.all(f"/v1/runs/{run['id']}/items")
        assert sorted(item["external_id"] for item in items) == sorted(ids)


def wait_for_requests(merchant: Merchant, more: int, seconds: float) -> float:
    """Wait until the store was asked so many times more; gives the seconds that took."""
    start, goal = time.monotonic(), merchant.shop.count() + more
    while merchant.shop.count() < goal:
        if time.monotonic() - start > seconds:
            raise AssertionError(f"no request for {seconds} s\n{merchant.service.logs()[-3000:]}")
        time.sleep(0.02)
    return time.monotonic() - start


@pytest.mark.parametrize("flushing", [True, pytest.param(False, marks=ONLY_LONG)])
def test_workers_killed_and_redis_flushed(
    tmp_path: Path,
    reachable: Path,
    make_database: Callable[[], str],
    own_big_commerce: BigCommerce,
    tenant: Callable[[Service], Merchant],
    flushing: bool,
) -> None:
    chance = random.Random(7)
    with start_valkey(reachable / "valkey", tuned_for_tests=True) as valkey:
        service = Service(tmp_path, make_database(), valkey.url, own_big_commerce)
        try:
            service.start()
            merchant = tenant(service)
            runs = start_both(merchant)
            delays: list[float] = []
            for _ in range(KILLS):
                time.sleep(chance.uniform(0.1, 1.5))
                service.kill_worker()
                if flushing:
                    flush(valkey.url)
                service.start_worker()
                if not finished(merchant, runs):
                    delays.append(wait_for_requests(merchant, 1, 60))
                if flushing:
                    flush(valkey.url)
            print("goes on after", [round(delay, 1) for delay in delays])
            check_whole(merchant, runs)
            assert max(delays) < GOES_ON_WITHIN, delays
        finally:
            service.stop()


def flush(url: str) -> None:
    """Lose every key of a Redis."""
    client = redis.Redis.from_url(url)
    client.flushall()
    client.close()


@ONLY_LONG
def test_redis_gone_for_seconds(
    tmp_path: Path,
    reachable: Path,
    make_database: Callable[[], str],
    own_big_commerce: BigCommerce,
    tenant: Callable[[Service], Merchant],
) -> None:
    home = reachable / "valkey"
    valkey = start_valkey(home, tuned_for_tests=True)
    port = int(valkey.url.rsplit(":", 1)[1].split("/")[0])
    service = Service(tmp_path, make_database(), valkey.url, own_big_commerce)
    try:
        service.start()
        merchant = tenant(service)
        runs = start_both(merchant)
        wait_for_requests(merchant, 3, 30)
        valkey.stop()
        answer = merchant.http.get("/readyz")
        assert answer.status_code == 503
        assert "redis" in answer.text.lower()
        assert merchant.http.get("/healthz").status_code == 200
        assert merchant.http.get("/v1/channels").status_code == 200
        time.sleep(4)
        valkey = start_valkey(home, port=port, tuned_for_tests=True)
        check_whole(merchant, runs)
        assert all(process.poll() is None for process in service.workers)
    finally:
        service.stop()
        valkey.stop()


@ONLY_LONG
def test_postgres_restarted_in_the_middle(
    tmp_path: Path,
    reachable: Path,
    own_redis: str,
    own_big_commerce: BigCommerce,
    tenant: Callable[[Service], Merchant],
) -> None:
    home = reachable / "postgres"
    postgres = start_postgres(home, tuned_for_tests=False)
    port = int(postgres.url.rsplit(":", 1)[1].split("/")[0])
    service = Service(tmp_path, postgres.url, own_redis, own_big_commerce)
    try:
        service.start()
        merchant = tenant(service)
        runs = start_both(merchant)
        for pause in (0.0, 3.0, 1.0):
            wait_for_requests(merchant, 2, 60)
            postgres.stop()
            time.sleep(pause)
            answer = merchant.http.get("/readyz", timeout=60)
            assert answer.status_code == 503
            assert "database" in answer.text.lower()
            postgres = start_postgres(home, port=port, tuned_for_tests=False)
            service.wait_until_ready()
        check_whole(merchant, runs)
        assert all(process.poll() is None for process in service.workers)
    finally:
        service.stop()
        postgres.stop()
