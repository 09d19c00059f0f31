"""Things that happen at the same moment, and stores that move under a run."""

from __future__ import annotations

import os
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.outside.lookalike.goods import make_product, stock_up
from tests.outside.lookalike.sales import add_order, sell, touch
from tests.outside.merchant import Merchant
from tests.outside.test_running import events, slow_import

AT_ONCE = 8
ONLY_LONG = pytest.mark.skipif(
    not os.environ.get("QUAYSIDE_LONG_TESTS"), reason="takes longer; QUAYSIDE_LONG_TESTS=1"
)


def at_once(merchant: Merchant, path: str, **more: object) -> list[httpx.Response]:
    """Send the same POST many times at the same moment."""

    def send(_: int) -> httpx.Response:
        with merchant.service.client(merchant.key) as client:
            return client.post(path, **more)  # type: ignore[arg-type]  # as httpx takes them

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(send, range(AT_ONCE)))


def test_one_of_many_starts_wins(merchant: Merchant) -> None:
    stock_up(merchant.shop, 300)
    merchant.connect()
    merchant.shop.behaviour.delay = 0.5
    body = {"channel_id": merchant.channel_id, "integration": "import_listings"}
    answers = at_once(merchant, "/v1/runs", json=body)
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {202: 1, 409: AT_ONCE - 1}
    winner = next(answer.json() for answer in answers if answer.status_code == 202)
    losers = {answer.json()["run_id"] for answer in answers if answer.status_code == 409}
    assert losers == {winner["id"]}
    assert merchant.wait(winner)["status"] == "succeeded"


def test_one_idempotency_key_at_the_same_moment_is_one_channel(merchant: Merchant) -> None:
    name = f"Raced {uuid.uuid4()}"
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    answers = at_once(merchant, "/v1/channels", json={"name": name}, headers=headers)
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert [row["name"] for row in merchant.all("/v1/channels")].count(name) == 1


def test_a_store_connects_only_once_at_the_same_moment(merchant: Merchant) -> None:
    merchant.open_channel()
    answers = at_once(merchant, "/v1/connections", json=merchant.token_body())
    assert {answer.status_code for answer in answers} <= {200, 201, 409, 422}
    assert any(answer.status_code == 201 for answer in answers)
    rows = [
        row for row in merchant.all("/v1/connections") if row["store_hash"] == merchant.shop.hash
    ]
    assert [row["status"] for row in rows].count("active") == 1
    scopes = [hook["scope"] for hook in merchant.shop.hooks.values()]
    assert len(scopes) == len(set(scopes))


def wait_for_pages(merchant: Merchant, pages: int) -> None:
    """Wait until the store has answered so many pages of products."""
    deadline = time.monotonic() + 20
    while merchant.shop.count("v3/catalog/products") < pages:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("keyset", ["works", "refused", pytest.param("ignored", marks=ONLY_LONG)])
def test_products_deleted_and_added_under_an_import(merchant: Merchant, keyset: str) -> None:
    shop = merchant.shop
    stock_up(shop, 300)
    merchant.connect()
    merchant.run("import_listings")
    shop.behaviour.keyset = keyset  # type: ignore[assignment]  # one of its literals
    shop.behaviour.delay = 0.4
    shop.log.clear()
    run = merchant.start("import_listings", full=True)
    wait_for_pages(merchant, 1)
    gone = [shop.products.pop(5) for _ in range(3)]
    shop.products.append(make_product(900))
    assert merchant.wait(run)["status"] == "succeeded"
    shop.behaviour.delay = 0
    rows = {
        row["external_id"]: row["health"]
        for row in merchant.all("/v1/listings", channel_id=merchant.channel_id)
    }
    present = {str(product["id"]) for product in shop.products}
    wrongly = {key for key, health in rows.items() if health == "delisted" and key in present}
    assert wrongly == set()
    merchant.run("import_listings", full=True)
    rows = {
        row["external_id"]: row["health"]
        for row in merchant.all("/v1/listings", channel_id=merchant.channel_id)
    }
    delisted = {key for key, health in rows.items() if health == "delisted"}
    assert delisted == {str(product["id"]) for product in gone}
    assert present <= set(rows)


def test_orders_that_move_under_a_poll(merchant: Merchant) -> None:
    shop = merchant.shop
    sell(shop, 260)
    merchant.connect()
    merchant.run("get_orders")
    for order in shop.orders:
        touch(order, customer_message="first change")
    shop.behaviour.delay = 0.5
    shop.log.clear()
    run = merchant.start("get_orders")
    deadline = time.monotonic() + 20
    while merchant.shop.count("v2/orders") < 1:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for order in shop.orders[::3]:
        touch(order, customer_message="second change")
    late = [add_order(shop) for _ in range(5)]
    for order in late:
        touch(order)
    assert merchant.wait(run)["status"] == "succeeded"
    shop.behaviour.delay = 0
    merchant.run("get_orders")
    rows = merchant.all("/v1/orders", channel_id=merchant.channel_id)
    found = {row["external_id"]: row["order"]["customer_message"] for row in rows}
    assert len(found) == len(rows) == 265
    assert found == {str(order["id"]): order["customer_message"] for order in shop.orders}
    assert {str(order["id"]) for order in late} <= set(found)


def test_a_stream_that_breaks_is_taken_up_again(merchant: Merchant) -> None:
    run = slow_import(merchant, 500)
    seen: list[str] = []
    last = None
    ended = False
    for _ in range(30):
        headers: dict[str, str] = {"Last-Event-ID": last} if last else {}
        path = f"/v1/runs/{run['id']}/events"
        with merchant.http.stream("GET", path, headers=headers, timeout=30) as stream:
            for number, event in enumerate(events(stream)):
                last = event.get("id", last)
                if event["event"] == "log":
                    seen.append(event["data"])
                if event["event"] == "end":
                    ended = True
                if ended or number == 1:
                    break
        if ended:
            break
    assert ended
    assert len(seen) == len(set(seen))
    log = merchant.all(f"/v1/runs/{run['id']}/log")
    assert len(seen) == len(log)
