"""What no event told of: muted, switched off and lost events, Redis emptied, workers gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.integrations.inbox.polling import poll_wake_up
from app.webhooks.polls import polls_due
from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.inbox import events, order, place, settle, until


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=20, orders=5, quota=100_000, retry_scale=0.0005)


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
    assert set(found) >= set(ids)
    assert found[ids[0]]["status_id"] == 9
    missed = await events(service, scope="quayside/order/missed")
    assert {int(row["external_id"]) for row in missed} >= set(ids)
    assert {(row["code"], row["verified_by"]) for row in missed} == {("missed", "polling")}

    async def active() -> bool:
        hooks = (await service.store.control.get("/sandbox/hooks")).json()["hooks"]
        return all(hook["is_active"] for hook in hooks)

    await until(active)

    async def noted() -> bool:
        return bool(await notes(service, "webhooks_repaired"))

    await until(noted)
    told = await notes(service, "webhooks_repaired")
    assert [row["severity"] for row in told] == ["info"]
    assert "store/order/* updated" in told[0]["message"]
    connection = (await service.all("/v1/connections"))[0]["id"]
    shown = (await service.api.get(f"/v1/connections/{connection}/webhooks")).json()
    assert {row["action"] for row in shown["last_repair"]["actions"]} == {"updated"}
    assert shown["problems"] == []


async def notes(service: Service, kind: str) -> list[dict[str, Any]]:
    """Notifications of a kind."""
    return [row for row in await service.all("/v1/notifications") if row["kind"] == kind]


async def back_after_an_outage(service: Service, hours: int = 60) -> None:
    """Let comparisons and the check of hooks be as old as after an outage of ours."""
    async with service.resources.unit_of_work() as uow:
        await polls_due(uow)
        for statement in (
            "UPDATE connections SET hooks_checked_at = now() - CAST(:age AS interval)",
            "UPDATE order_polls SET due_at = now() - interval '1 second',"
            " swept_at = now() - CAST(:age AS interval)",
        ):
            await uow.session.execute(text(statement), {"age": timedelta(hours=hours)})


async def forgotten(service: Service, count: int) -> list[int]:
    """Orders of two days ago that no event told of, placed while the hooks are dead."""
    hooks = (await service.store.control.get("/sandbox/hooks")).json()["hooks"]
    for hook in hooks:
        await service.store.control.post(f"/sandbox/hooks/{hook['id']}/deactivate")
    moment = (datetime.now(UTC) - timedelta(hours=50)).isoformat()
    return await place(service, count=count, date_created=moment, date_modified=moment)


async def numbers(service: Service) -> set[int]:
    return {int(row["external_id"]) for row in await service.all("/v1/orders")}


async def test_orders_dated_back_into_an_outage_are_found_without_anybody(
    service: Service, shop: str
) -> None:
    ids = await forgotten(service, 25)
    await compare_now(service)
    assert not await numbers(service) & set(ids), "dates of modification do not tell of them"
    await back_after_an_outage(service)

    async def whole() -> bool:
        hooks = (await service.store.control.get("/sandbox/hooks")).json()["hooks"]
        return set(ids) <= await numbers(service) and all(hook["is_active"] for hook in hooks)

    await until(whole, 60, 0.2)


async def test_dead_hooks_let_the_window_be_read_again(service: Service, shop: str) -> None:
    ids = await forgotten(service, 3)
    await compare_now(service)
    assert not await numbers(service) & set(ids)
    connection = (await service.all("/v1/connections"))[0]["id"]
    repaired = await service.api.post(f"/v1/connections/{connection}/webhooks/repair")
    assert repaired.json()["last_repair"]["actions"] == repaired.json()["repaired"] != []
    await compare_now(service)
    assert set(ids) <= await numbers(service)
    await service.store.forget_requests()
    await compare_now(service)
    read = [row for row in await service.store.requests() if row["path"].startswith("/v2/orders")]
    assert len(read) == 1, "once is enough"


async def test_a_look_through_the_window_writes_nothing_that_is_known(
    service: Service, shop: str
) -> None:
    await place(service, count=4)
    await service.run(shop, "get_orders")
    await settle(service)
    before = {row["id"]: row["updated_at"] for row in await service.all("/v1/orders")}
    await service.store.forget_requests()
    async with service.resources.unit_of_work() as uow:
        await polls_due(uow)
        await uow.session.execute(
            text("UPDATE order_polls SET swept_at = now() - CAST(:age AS interval)"),
            {"age": timedelta(hours=7)},
        )
    await compare_now(service)
    asked = [row["query"] for row in await service.store.requests()]
    assert ["min_date_created" in query for query in asked] == [False, True]
    assert {row["id"]: row["updated_at"] for row in await service.all("/v1/orders")} == before


async def test_a_forbidden_comparison_pauses_and_tells_so_once(service: Service, shop: str) -> None:
    await fault(service, effect="mute_webhooks")
    await fault(service, effect="status", status=403, path="/v2/orders", message="No scope")
    await compare_now(service)
    address = f"/v1/channels/{shop}/integrations/get_orders"
    assert (await service.api.get(address)).json()["paused"] is True
    (told,) = await notes(service, "integration_paused")
    assert (told["entity_id"], told["count"]) == ("get_orders", 1)


async def test_forbidden_events_pause_and_tell_so_once(service: Service, shop: str) -> None:
    await fault(service, effect="status", status=403, path="/v2/orders", message="No scope")
    await place(service, count=3)

    async def paused() -> bool:
        address = f"/v1/channels/{shop}/integrations/get_orders"
        return bool((await service.api.get(address)).json()["paused"])

    await until(paused)
    (told,) = await notes(service, "integration_paused")
    assert (told["entity_id"], told["count"], told["severity"]) == ("get_orders", 1, "error")


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
