"""Generated orders of every kind are, line by line and to the cent, what the store's API says."""

from __future__ import annotations

import asyncio
import math
from decimal import Decimal
from typing import Any

import pytest

from sandbox.seed.orders import TWISTS
from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service, Store
from tests.flow.test_order_kinds import differences, get_everything

ORDERS = 150
LISTED_LINES = 50
AT_ONCE = 8
MONEY = ("total_inc_tax", "total_ex_tax", "total_tax")


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(seed=77, products=50, orders=ORDERS, quota=100_000, order_days=13)


async def read(store: Store, path: str) -> Any:
    """What the store's own API answers."""
    answer = await store.control.get(
        f"/stores/{store.settings.store_hash}{path}",
        headers={"X-Auth-Token": store.settings.token(), "Accept": "application/json"},
    )
    return None if answer.status_code == 204 else answer.raise_for_status().json()


async def read_order(store: Store, number: int) -> dict[str, Any]:
    """An order with all its lines and addresses, asked for one by one."""
    order, lines, addresses = await asyncio.gather(
        read(store, f"/v2/orders/{number}"),
        read(store, f"/v2/orders/{number}/products?limit=250"),
        read(store, f"/v2/orders/{number}/shipping_addresses?limit=250"),
    )
    return {**order, "lines": lines or [], "addresses": addresses or []}


async def whole_store(store: Store) -> list[dict[str, Any]]:
    """Every order that the store lists, archived ones too."""
    listed = [
        *(await read(store, "/v2/orders?limit=250") or []),
        *(await read(store, "/v2/orders?limit=250&is_deleted=true") or []),
    ]
    numbers = sorted({int(row["id"]) for row in listed})
    orders: list[dict[str, Any]] = []
    for start in range(0, len(numbers), AT_ONCE):
        chosen = numbers[start : start + AT_ONCE]
        orders += await asyncio.gather(*(read_order(store, number) for number in chosen))
    return orders


def total(lines: list[dict[str, Any]], name: str) -> Decimal:
    return sum((Decimal(line[name]) for line in lines), Decimal(0))


async def test_all_orders_are_as_in_the_store_at_the_lowest_cost(service: Service) -> None:
    assert 2 * len(TWISTS) <= ORDERS, "every kind is among them"
    channel_id = await service.connect()
    await service.store.forget_requests()
    run = await get_everything(service, channel_id)
    asked = [f"{row['method']} {row['path']}" for row in await service.store.requests()]
    assert run["status"] == "succeeded", run
    theirs = {
        row["id"]: row
        for row in await whole_store(service.store)
        if row["status_id"] and not row["is_deleted"]
    }
    rows = await service.all("/v1/orders")
    ours = {int(row["external_id"]): row for row in rows}
    assert len(rows) == len(ours)
    assert ours.keys() == theirs.keys()
    assert len(ours) > 140
    wrong = [
        f"{number}: {text}"
        for number, order in theirs.items()
        for text in differences(ours[number], order)
    ]
    assert not wrong, "\n".join(wrong[:40])
    for number, order in theirs.items():
        for name in MONEY:
            assert Decimal(ours[number]["order"][name]) == Decimal(order[name]), (number, name)
            mine, real = total(ours[number]["line_items"], name), total(order["lines"], name)
            assert mine == real, (number, name)
    check_cost(asked, theirs)


def check_cost(asked: list[str], theirs: dict[int, dict[str, Any]]) -> None:
    """Twice the pages, two more, and one request for each order whose lines a page cuts."""
    repairs = [line for line in asked if "/orders/" in line and line.endswith("/products")]
    assert len(repairs) == len(set(repairs)), "no order is repaired twice"
    cut = {n for n, order in theirs.items() if len(order["lines"]) > LISTED_LINES}
    repaired = {int(line.split("/")[-2]) for line in repairs}
    assert cut <= repaired
    assert len(repaired - cut) <= math.ceil(ORDERS / (2 * len(TWISTS))), "those that came empty"
    assert len(asked) <= 2 * math.ceil(len(theirs) / 250) + 2 + len(repairs), asked
