"""Group commit: batches form by themselves, errors reach those they concern."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from app.webhooks.batching import Batcher, TooBusy


async def test_crowds_share_writes_and_everybody_gets_his_own_answer() -> None:
    batches: list[int] = []

    async def write(items: Sequence[int]) -> list[int]:
        batches.append(len(items))
        await asyncio.sleep(0.01)
        return [item * 2 for item in items]

    batcher: Batcher[int, int] = Batcher(write, most_at_once=50, writers=2)
    answers = await asyncio.gather(*(batcher.add(number) for number in range(200)))
    assert answers == [number * 2 for number in range(200)]
    assert len(batches) <= 10
    assert max(batches) <= 50


async def test_nobody_waits_for_a_crowd() -> None:
    async def write(items: Sequence[int]) -> list[int]:
        return list(items)

    batcher: Batcher[int, int] = Batcher(write)
    async with asyncio.timeout(0.5):
        assert await batcher.add(1) == 1


async def test_a_failed_write_fails_its_own_batch_only() -> None:
    async def write(items: Sequence[int]) -> list[int]:
        await asyncio.sleep(0)
        if 3 in items:
            raise OSError("away")
        return list(items)

    batcher: Batcher[int, int] = Batcher(write, most_at_once=2, writers=1)
    answers = await asyncio.gather(*map(batcher.add, range(8)), return_exceptions=True)
    assert [answer for answer in answers if isinstance(answer, int)] == [0, 1, 4, 5, 6, 7]
    assert {type(answer) for answer in answers} == {int, OSError}


async def test_who_leaves_early_harms_nobody() -> None:
    written: list[int] = []

    async def write(items: Sequence[int]) -> list[int]:
        await asyncio.sleep(0.02)
        written.extend(items)
        return list(items)

    batcher: Batcher[int, int] = Batcher(write)
    leaving = asyncio.create_task(batcher.add(1))
    staying = asyncio.create_task(batcher.add(2))
    await asyncio.sleep(0.001)
    leaving.cancel()
    assert await staying == 2
    assert sorted(written) == [1, 2]


async def test_a_full_house_is_told() -> None:
    gate = asyncio.Event()

    async def write(items: Sequence[int]) -> list[int]:
        await gate.wait()
        return list(items)

    batcher: Batcher[int, int] = Batcher(write, most_at_once=1, writers=1, most_waiting=2)
    tasks = []
    for number in range(3):
        tasks.append(asyncio.create_task(batcher.add(number)))
        await asyncio.sleep(0.01)
    with pytest.raises(TooBusy):
        await batcher.add(9)
    gate.set()
    assert await asyncio.gather(*tasks) == [0, 1, 2]
