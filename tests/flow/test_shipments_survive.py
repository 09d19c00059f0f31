"""A worker dies at every moment of sending; in the end the store has each shipment once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from app.channels.kinds import IntegrationType
from app.core.resources import Resources
from app.core.settings import Settings
from app.integrations.ordering.get_orders import GetOrders
from app.integrations.runner import Integrations, run_slice
from app.integrations.shipping.sending import Patience
from app.integrations.shipping.shipment_jobs import RUNG_AT_ONCE, ring_for_unsent, send_shipments
from app.integrations.shipping.sync_orders import SyncOrders
from app.orders.shipment_models import Shipment
from app.runs.claims import free_abandoned
from sandbox.settings import SandboxSettings
from tests.flow.conftest import Store
from tests.flow.mortal import NOBODY, Bench, Fate, Killed, mortal, open_bench
from tests.flow.parcels import fault, in_store, order_in, set_up, settled

HASTY = Patience(
    answer=timedelta(seconds=5),
    unanswered=timedelta(seconds=0.2),
    stumble=timedelta(seconds=0.01),
    attempts=50,
)
INTEGRATIONS: Integrations = {
    IntegrationType.SYNC_ORDERS: SyncOrders(HASTY),
    IntegrationType.GET_ORDERS: GetOrders(),
}


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=5, orders=0, quota=1_000_000)


@pytest.fixture
async def bench(settings: Settings, store: Store) -> AsyncIterator[Bench]:
    async with open_bench(settings, store, INTEGRATIONS) as opened:
        yield opened


async def two_alike(bench: Bench, order: dict[str, Any]) -> None:
    """Take two shipments of an order that nothing tells apart."""
    line = order["line_items"][0]["id"]
    for _ in range(2):
        answer = await bench.api.post(
            f"/v1/orders/{order['id']}/shipments",
            json={
                "items": [{"line_item_id": line, "quantity": 1}],
                "tracking_number": "1Z999",
                "carrier": "UPS",
            },
        )
        assert answer.status_code == 201, answer.text


async def check(bench: Bench, order: dict[str, Any]) -> None:
    """Each shipment is in the store once, ours know which, and the order was read back."""
    theirs = (await in_store(bench, order))["shipments"]
    ours = await bench.all("/v1/shipments", order_id=order["id"])
    assert [row["sync_status"] for row in ours] == ["synced", "synced"], ours
    assert sorted(row["external_id"] for row in ours) == sorted(str(row["id"]) for row in theirs)
    assert len(theirs) == 2
    found = (await bench.api.get(f"/v1/orders/{order['id']}")).json()
    assert (found["status_id"], found["shipped"]) == (3, "partly")


async def send_until_done(bench: Bench, order: dict[str, Any]) -> None:
    """Work on an order as often as its shipments need."""
    async with asyncio.timeout(20):
        while True:
            await send_shipments(bench.resources, UUID(order["id"]), NOBODY, HASTY)
            rows = await bench.all("/v1/shipments", order_id=order["id"])
            found = (await bench.api.get(f"/v1/orders/{order['id']}")).json()
            if all(row["sync_status"] == "synced" for row in rows) and found["status_id"] == 3:
                return
            await asyncio.sleep(0.05)


Life = Callable[[Resources], Awaitable[None]]


async def live(bench: Bench, last: int, life: Life) -> Fate:
    """Live until the moment that fate has chosen."""
    fate = Fate(last)
    doomed = mortal(bench.resources, fate)
    try:
        await life(doomed)
    except Killed:
        pass
    finally:
        await doomed.http.aclose()
    return fate


@pytest.mark.timeout(300)
async def test_sending_at_once_survives_death_at_every_moment(bench: Bench) -> None:
    channel_id = await set_up(bench, at_once=True)
    last, seen = 1, 0
    while True:
        (order,) = await order_in(bench, channel_id)
        await two_alike(bench, order)

        async def life(res: Resources, order_id: str = order["id"]) -> None:
            await send_shipments(res, UUID(order_id), NOBODY, HASTY)

        fate = await live(bench, last, life)
        await send_until_done(bench, order)
        await check(bench, order)
        if not fate.dead:
            break
        last, seen = last + 1, seen + 1
    assert seen > 20, "a life has many moments"


@pytest.mark.timeout(300)
async def test_a_run_survives_death_at_every_moment(bench: Bench) -> None:
    channel_id = await set_up(bench, at_once=False)
    last, seen = 1, 0
    while True:
        (order,) = await order_in(bench, channel_id)
        await two_alike(bench, order)
        run_id = await bench.start(channel_id, "sync_orders")

        async def life(res: Resources, run: str = run_id) -> None:
            await run_slice(res, UUID(run), NOBODY, INTEGRATIONS)

        fate = await live(bench, last, life)
        async with bench.resources.unit_of_work() as uow:
            await free_abandoned(uow)
        run = await bench.finish(run_id)
        assert run["status"] == "succeeded", run
        assert run["counts"]["created"] == 2, (fate.story, run)
        await check(bench, order)
        if not fate.dead:
            break
        last, seen = last + 1, seen + 1
    assert seen > 20


async def test_many_workers_at_one_order_send_each_shipment_once(bench: Bench) -> None:
    channel_id = await set_up(bench, at_once=True)
    for order in await order_in(bench, channel_id, count=5):
        await two_alike(bench, order)
        run_id = await bench.start(channel_id, "sync_orders")
        await asyncio.gather(
            bench.finish(run_id),
            *(send_shipments(bench.resources, UUID(order["id"]), None, HASTY) for _ in range(5)),
        )
        await send_until_done(bench, order)
        await check(bench, order)


async def test_answers_lost_by_chance_double_nothing(bench: Bench) -> None:
    channel_id = await set_up(bench, at_once=False)
    orders = await order_in(bench, channel_id, count=30)
    for order in orders:
        await two_alike(bench, order)
    await fault(bench, effect="drop_response", probability=0.3)
    await fault(bench, effect="close", probability=0.2)
    await fault(bench, effect="status", status=504, probability=0.2)
    await fault(bench, effect="truncate", probability=0.3)
    run = await bench.run(channel_id, "sync_orders")
    assert (run["status"], run["counts"]["created"]) == ("succeeded", 60), run
    for order in orders:
        await check(bench, order)


async def test_a_lost_ring_is_made_good(bench: Bench) -> None:
    channel_id = await set_up(bench, at_once=True)
    (order,) = await order_in(bench, channel_id)
    await two_alike(bench, order)
    async with bench.resources.unit_of_work() as uow:
        assert await ring_for_unsent(uow) == 0, "it was rung for just now"
    await asyncio.sleep(3.1)
    async with bench.resources.unit_of_work() as uow:
        assert await ring_for_unsent(uow) == 1
    await send_until_done(bench, order)
    await check(bench, order)
    async with bench.resources.unit_of_work() as uow:
        assert await ring_for_unsent(uow) == 0


async def test_a_long_backlog_is_rung_for_in_turn_and_not_all_at_once(bench: Bench) -> None:
    channel_id = await set_up(bench, at_once=True)
    for order in await order_in(bench, channel_id, count=RUNG_AT_ONCE + 5):
        await two_alike(bench, order)
    async with bench.resources.unit_of_work() as uow:
        await uow.session.execute(update(Shipment).values(rung_at=None))
    rung = []
    for _ in range(3):
        async with bench.resources.unit_of_work() as uow:
            await ring_for_unsent(uow)
            rung.append(await uow.session.scalar(select(func.count(Shipment.rung_at))))
    every = 2 * (RUNG_AT_ONCE + 5)
    assert rung == [RUNG_AT_ONCE, 2 * RUNG_AT_ONCE, every]


async def test_a_shipment_that_the_store_never_answers_fails_and_is_looked_for_first(
    bench: Bench,
) -> None:
    channel_id = await set_up(bench, at_once=False)
    (order,) = await order_in(bench, channel_id)
    await two_alike(bench, order)
    await fault(bench, effect="status", status=500)
    impatient: Integrations = {
        IntegrationType.SYNC_ORDERS: SyncOrders(
            Patience(stumble=timedelta(seconds=0.01), attempts=2)
        )
    }
    run_id = UUID(await bench.start(channel_id, "sync_orders"))
    await run_slice(bench.resources, run_id, NOBODY, impatient)
    run = (await bench.api.get(f"/v1/runs/{run_id}")).json()
    assert (run["status"], run["counts"]["failed"]) == ("completed_with_errors", 2), run
    first, second = await bench.all("/v1/shipments", order_id=order["id"])
    assert (first["sync_status"], first["code"]) == ("failed", "no_answer")
    # Meanwhile the first has turned up in the store after all.
    await bench.store.control.delete("/sandbox/faults")
    line = int(order["line_items"][0]["external_id"])
    late = await bench.store.control.post(
        f"/stores/{bench.store.settings.store_hash}/v2/orders/{order['external_id']}/shipments",
        headers={"X-Auth-Token": bench.store.settings.token(), "Accept": "application/json"},
        json={**first["sent"], "items": [{"order_product_id": line, "quantity": 1}]},
    )
    assert late.status_code == 201, late.text
    for shipment in (first, second):
        answer = await bench.api.post(f"/v1/shipments/{shipment['id']}/retry")
        assert answer.json()["sync_status"] == "pending", answer.text
    again = await bench.run(channel_id, "sync_orders")
    assert again["counts"]["created"] == 2, again
    await check(bench, order)
    assert (await settled(bench, first["id"]))["external_id"] == str(late.json()["id"])
