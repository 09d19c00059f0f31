"""What flow tests of webhooks do again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.flow.conftest import Service

WAITING = frozenset({"received", "processing"})


async def until(
    what: Callable[[], Awaitable[bool]], seconds: float = 20, every: float = 0.02
) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(seconds):
        while not await what():
            await asyncio.sleep(every)


async def events(service: Service, **params: Any) -> list[dict[str, Any]]:
    """Every event in the inbox, newest first."""
    return await service.all("/v1/webhook-events", **params)


async def settle(service: Service, seconds: float = 30) -> None:
    """Wait until deliveries are out and no event waits."""

    async def quiet() -> bool:
        await service.store.control.post("/sandbox/deliveries/drain", json={"timeout_s": 20})
        # In one question: an event that is given back moves from "processing" to "received", and
        # would be missed by asking for the one after the other.
        return WAITING.isdisjoint(row["status"] for row in await events(service))

    await until(quiet, seconds)


async def place(service: Service, **spec: Any) -> list[int]:
    """Place orders in the store; returns their ids."""
    answer = await service.store.control.post("/sandbox/orders", json=spec)
    assert answer.status_code == 200, answer.text
    ids: list[int] = answer.json()["ids"]
    return ids


async def order(service: Service, external_id: int) -> dict[str, Any] | None:
    """An order as the API shows it."""
    rows = await service.all("/v1/orders", external_id=str(external_id))
    return rows[0] if rows else None
