"""What no event told of: muted, switched off and lost events, Redis emptied, workers gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.settings import Settings
from app.integrations.inbox.polling import poll_wake_up
from app.main import create_app
from app.webhooks.polls import polls_due
from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.inbox import events, free_port, listening, order, place, settle, until


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=20, orders=5, quota=100_000, retry_scale=0.0005)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"public_url": f"http://127.0.0.1:{free_port()}"})


@pytest.fixture
async def shop(service: Service) -> AsyncIterator[str]:
    """A connected channel whose inbox is reachable."""
    port = int(service.resources.settings.public_url.rpartition(":")[2])
    async with listening(create_app(resources=service.resources), port):
        yield await service.connect()


async def fault(service: Service, **rule: object) -> None:
    answer = await service.store.control.post("/sandbox/faults", json=rule)
    assert answer.status_code == 200, answer.text


async def compare_now(service: Service, back: timedelta = timedelta()) -> None:
    """Let the comparison be due now, with changes up to so long ago."""
    async with service.resources.unit_of_work() as uow:
        await polls_due(uow)
        await uow.session.execute(
            text("UPDATE order_polls SET due_at = now() - interval '1 second'")
        )
        if back:
            await uow.session.execute(
                text("UPDATE order_polls SET compared_from = compared_from - :back"),
                {"back": back},
            )
        for connection_id in await polls_due(uow):
            uow.ring_after_commit(poll_wake_up(connection_id))

    async def compared() -> bool:
        async with service.resources.unit_of_work() as uow:
            left = await uow.session.scalar(
                text("SELECT count(*) FROM order_polls WHERE due_at <= now()")
            )
            return not left

    await until(compared)


async def test_sixty_hours_without_events_heal_by_themselves(service: Service, shop: str) -> None:
    hooks = (await service.store.control.get("/sandbox/hooks")).json()["hooks"]
    assert hooks
    for hook in hooks:
        await service.store.control.post(f"/sandbox/hooks/{hook['id']}/deactivate")
    await service.store.control.post("/sandbox/clock", json={"move_s": 60 * 3600})
    ids = await place(service, count=30)
    await service.store.control.patch(f"/sandbox/orders/{ids[0]}", json={"status_id": 9})
    assert await service.all("/v1/orders") == []
    await compare_now(service)
    found = {int(row["external_id"]): row for row in await service.all("/v1/orders")}
    assert set(found) == set(ids)
    assert found[ids[0]]["status_id"] == 9
    missed = await events(service, scope="quayside/order/missed")
    assert {int(row["external_id"]) for row in missed} == set(ids)
    assert {(row["code"], row["verified_by"]) for row in missed} == {("missed", "polling")}

    async def active() -> bool:
        hooks = (await service.store.control.get("/sandbox/hooks")).json()["hooks"]
        return all(hook["is_active"] for hook in hooks)

    await until(active)


async def test_what_events_told_is_not_missed(service: Service, shop: str) -> None:
    await place(service, count=3)
    await settle(service)
    await compare_now(service)
    assert await events(service, scope="quayside/order/missed") == []


async def test_an_idle_comparison_costs_one_request(service: Service, shop: str) -> None:
    await service.store.forget_requests()
    await compare_now(service)
    assert len(await service.store.requests()) == 1


async def test_a_comparison_waits_for_the_store_and_goes_on(service: Service, shop: str) -> None:
    await fault(service, effect="mute_webhooks")
    (number,) = await place(service)
    await fault(service, effect="unavailable", path="/v2/orders", count=1)
    await compare_now(service)
    assert await order(service, number) is None
    await compare_now(service)

    async def there() -> bool:
        return await order(service, number) is not None

    await until(there)


async def test_an_emptied_redis_loses_no_event(service: Service, shop: str) -> None:
    for _ in range(10):
        await place(service)
        await service.resources.redis.flushdb()
    await settle(service)
    assert len(await service.all("/v1/orders")) == 10


async def test_events_of_a_worker_that_is_gone_are_taken_up(service: Service, shop: str) -> None:
    ids = await place(service, count=3)
    await settle(service)
    async with service.resources.unit_of_work() as uow:
        await uow.session.execute(text("DELETE FROM orders"))
        await uow.session.execute(
            text(
                "UPDATE webhook_events SET status = 'processing', claim = :claim,"
                " worker_key = 12345, lease_until = now() + interval '1 hour'"
                " WHERE entity = 'order'"
            ),
            {"claim": UUID(int=7)},
        )
    await settle(service)
    found = {int(row["external_id"]) for row in await service.all("/v1/orders")}
    assert found == set(ids)
