"""What an operator does: rotates keys, stops the worker, reads why the service is not ready."""

from __future__ import annotations

import base64
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.outside.driver import Service
from tests.outside.lookalike.sales import sell
from tests.outside.lookalike.server import Server
from tests.outside.merchant import Merchant

pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("QUAYSIDE_LONG_TESTS"), reason="takes minutes; QUAYSIDE_LONG_TESTS=1"
    ),
    pytest.mark.timeout(400),
]

# From the start of a new worker process, its own start-up included.
GOES_ON_WITHIN = 15.0


def new_key() -> str:
    """A key as `quayside secret` prints one."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def test_keys_are_rotated_without_reconnecting(
    tmp_path: Path, make_database: Callable[[], str], own_redis: str
) -> None:
    with Server() as big_commerce:
        service = Service(tmp_path, make_database(), own_redis, big_commerce)
        shop = big_commerce.open_shop()
        old, new = service.environment["QUAYSIDE_SECRET_KEYS"], new_key()
        try:
            service.start()
            merchant = Merchant(service, shop, service.key("Rotation", "admin"))
            sell(shop, 2)
            merchant.connect()
            merchant.run("get_orders")
            before = merchant.all("/v1/orders")
            for keys in (f"{new},{old}", new):
                service.stop()
                service.environment["QUAYSIDE_SECRET_KEYS"] = keys
                service.start()
                path = f"/v1/connections/{merchant.connection_id}/test"
                assert merchant.send("POST", path)["ok"] is True
                assert merchant.all("/v1/orders") == before
                merchant.run("get_orders")
                rotated = service.command("rotate-secrets")
                assert rotated.returncode == 0, rotated.stderr
            merchant.http.close()
        finally:
            service.stop()


def test_without_a_worker_the_service_is_not_ready(
    tmp_path: Path, make_database: Callable[[], str], own_redis: str
) -> None:
    with Server() as big_commerce:
        service = Service(tmp_path, make_database(), own_redis, big_commerce)
        try:
            service.start()
            service.kill_worker()
            deadline = time.monotonic() + 90
            while True:
                answer = httpx.get(f"{service.url}/readyz", timeout=20)
                if answer.status_code == 503:
                    break
                assert time.monotonic() < deadline
                time.sleep(0.5)
            assert "worker" in answer.text.lower()
            service.start_worker()
            service.wait_until_ready()
        finally:
            service.stop()


def test_a_worker_is_stopped_gently(
    tmp_path: Path, make_database: Callable[[], str], own_redis: str
) -> None:
    with Server() as big_commerce:
        service = Service(tmp_path, make_database(), own_redis, big_commerce)
        shop = big_commerce.open_shop()
        sell(shop, 1500)
        try:
            service.start()
            merchant = Merchant(service, shop, service.key("Stop", "admin"))
            merchant.connect()
            shop.behaviour.delay = 0.5
            run = merchant.start("get_orders")
            for _ in range(3):
                asked, started = len(shop.log), time.monotonic()
                while len(shop.log) == asked:
                    assert time.monotonic() - started < GOES_ON_WITHIN
                    time.sleep(0.05)
                worker = service.workers.pop(0)
                worker.terminate()
                assert worker.wait(20) == 0
                service.start_worker()
            assert merchant.wait(run)["status"] == "succeeded"
            rows = merchant.all("/v1/orders")
            assert len({row["external_id"] for row in rows}) == len(rows) == 1500
            merchant.http.close()
        finally:
            service.stop()


def test_two_workers_share_the_work(
    tmp_path: Path, make_database: Callable[[], str], own_redis: str
) -> None:
    with Server() as big_commerce:
        service = Service(tmp_path, make_database(), own_redis, big_commerce)
        try:
            service.start(workers=2)
            key = service.key("Many", "admin")
            merchants = [Merchant(service, big_commerce.open_shop(), key) for _ in range(6)]
            for merchant in merchants:
                sell(merchant.shop, 300)
                merchant.connect()
                merchant.shop.behaviour.delay = 0.3
            runs = [merchant.start("get_orders") for merchant in merchants]
            for merchant, run in zip(merchants, runs, strict=True):
                assert merchant.wait(run)["counts"]["created"] == 300
                merchant.http.close()
        finally:
            service.stop()
