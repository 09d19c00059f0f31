"""Pacing shared in Redis, and what is left of it without Redis."""

from __future__ import annotations

import asyncio
import random
import uuid

from redis.asyncio import Redis
from structlog.testing import capture_logs

from app.bigcommerce.pacing import PacingState, Policy, Refuse, Slot, observe, reserve
from app.connections.pacing import PREFIX, RedisPacingStore
from app.core.resources import Resources

HEADERS = {
    "x-rate-limit-time-window-ms": "30000",
    "x-rate-limit-time-reset-ms": "30000",
    "x-rate-limit-requests-quota": "40",
    "x-rate-limit-requests-left": "39",
}


def take(state: PacingState, now: float) -> tuple[PacingState, Slot | Refuse]:
    return reserve(state, now, "orders", Policy(reserve=0.0, orders_room=0.0))


async def test_workers_never_take_the_same_request_twice(redis_url: str) -> None:
    key = f"store-{uuid.uuid4().hex}"
    pools = [Redis.from_url(redis_url) for _ in range(4)]
    workers = [RedisPacingStore(pool, sleep=asyncio.sleep) for pool in pools]
    first = await workers[0].transact(key, take)
    assert isinstance(first, Slot)
    await workers[0].transact(key, lambda s, now: observe(s, now, first.ticket, 200, HEADERS))

    async def work(worker: RedisPacingStore) -> list[str]:
        tickets = []
        for _ in range(15):
            decision = await worker.transact(key, take)
            if isinstance(decision, Slot):
                tickets.append(decision.ticket)
            await asyncio.sleep(random.uniform(0, 0.002))
        return tickets

    tickets = [t for part in await asyncio.gather(*map(work, workers)) for t in part]
    assert len(tickets) == len(set(tickets))
    assert 0 < len(tickets) <= 39
    assert 0 < await pools[0].pttl(PREFIX + key) <= 3_600_000
    for pool in pools:
        await pool.aclose()


async def test_an_unreadable_state_is_as_good_as_none(redis_url: str) -> None:
    key = f"store-{uuid.uuid4().hex}"
    pool = Redis.from_url(redis_url)
    await pool.set(PREFIX + key, b"{not json")
    worker = RedisPacingStore(pool, sleep=asyncio.sleep)
    assert isinstance(await worker.transact(key, take), Slot)
    await pool.aclose()


async def test_without_redis_the_process_paces_by_itself(resources: Resources) -> None:
    pool = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    worker = RedisPacingStore(pool, sleep=asyncio.sleep)
    with capture_logs() as lines:
        first = await worker.transact("store", take)
        assert isinstance(first, Slot)
        await worker.transact("store", lambda s, now: observe(s, now, first.ticket, 200, HEADERS))
        decisions = [await worker.transact("store", take) for _ in range(60)]
    assert sum(isinstance(decision, Slot) for decision in decisions) <= 39
    assert [line["event"] for line in lines] == ["pacing_without_redis"]
    await pool.aclose()
