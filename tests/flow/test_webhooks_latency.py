"""Orders are readable within moments, whatever bulk work goes on beside them."""

from __future__ import annotations

import asyncio
import time

import pytest

from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.inbox import order, place, until


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=1500, orders=5, quota=100_000)


async def test_an_import_beside_them_does_not_delay_orders(service: Service, shop: str) -> None:
    run_id = await service.start(shop, "import_listings")
    waits: list[float] = []
    while (await service.api.get(f"/v1/runs/{run_id}")).json()["finished_at"] is None:
        began = time.monotonic()
        (number,) = await place(service)

        async def readable(number: int = number) -> bool:
            return await order(service, number) is not None

        await until(readable, 20)
        waits.append(time.monotonic() - began)
        await asyncio.sleep(0.05)
    waits.sort()
    print("seconds to readable", [round(wait, 2) for wait in waits])
    assert waits
    # Twice what is promised for a machine of its own, because tests share theirs.
    assert waits[len(waits) // 2] < 2
    assert waits[-1] < 6
