"""`test`, the loss of access and its return, and the webhooks of a connection."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import httpx

from app.connections.information import refresh_store_information
from app.connections.lifecycle import mark_rejected
from app.connections.repository import connections_due_for_hook_check, usable_connection
from app.connections.subscriptions import check_hooks
from app.core.clock import SettableClock
from app.core.resources import Resources
from tests.connections.stores import RunningStore, connect, make_channel

RESOURCES = ["information", "products", "orders", "inventory", "webhooks"]


async def connected(api: httpx.AsyncClient, store: RunningStore) -> tuple[str, str]:
    channel_id = await make_channel(api)
    return channel_id, (await connect(api, store, channel_id)).json()["id"]


async def test_a_good_connection_passes_every_check(
    api: httpx.AsyncClient, store: RunningStore
) -> None:
    _, connection_id = await connected(api, store)
    answer = await api.post(f"/v1/connections/{connection_id}/test")
    assert answer.status_code == 200
    body = answer.json()
    assert body["ok"] is True
    assert body["store"]["timezone"]
    assert [check["resource"] for check in body["checks"]] == RESOURCES
    assert {check["code"] for check in body["checks"]} == {"ok"}
    assert body["rate_limit"]["quota"] == 100_000
    assert body["rate_limit"]["window_ms"] == 30_000
    assert body["rate_limit"]["left"] < 100_000


async def test_a_missing_scope_is_named(api: httpx.AsyncClient, store: RunningStore) -> None:
    _, connection_id = await connected(api, store)
    scopes = [s for s in store.sandbox.settings.scopes.split() if s != "store_v2_orders"]
    await store.control.post("/sandbox/scopes", json={"scopes": scopes})
    body = (await api.post(f"/v1/connections/{connection_id}/test")).json()
    assert body["ok"] is False
    codes = {check["resource"]: check["code"] for check in body["checks"]}
    assert codes["orders"] == "scope_missing"
    assert codes["products"] == "ok"
    connection = (await api.get(f"/v1/connections/{connection_id}")).json()
    assert connection["status"] == "active"


async def test_a_dead_token_asks_for_authorization(
    api: httpx.AsyncClient, store: RunningStore
) -> None:
    channel_id, connection_id = await connected(api, store)
    await store.control.post("/sandbox/token/revoke")
    body = (await api.post(f"/v1/connections/{connection_id}/test")).json()
    assert body["ok"] is False
    assert {check["code"] for check in body["checks"]} == {"credentials_rejected"}
    assert body["store"]["currency"] == "USD"
    connection = (await api.get(f"/v1/connections/{connection_id}")).json()
    assert connection["status"] == "needs_reauthorization"
    assert connection["status_reason"].startswith("credentials_rejected")
    path = f"/v1/channels/{channel_id}/integrations"
    paused = (await api.get(path)).json()["data"]
    assert {row["pause_reason"] for row in paused} == {"credentials_rejected"}
    hooks = await api.get(f"/v1/connections/{connection_id}/webhooks")
    assert hooks.status_code == 409
    assert hooks.json()["code"] == "connection_unusable"


async def test_a_new_token_resumes_what_its_loss_had_paused(
    api: httpx.AsyncClient, store: RunningStore, resources: Resources
) -> None:
    channel_id, connection_id = await connected(api, store)
    by_hand = f"/v1/channels/{channel_id}/integrations/sync_orders"
    await api.patch(by_hand, json={"paused": True})
    async with resources.unit_of_work() as uow:
        paused = await mark_rejected(uow, UUID(connection_id), "No access.")
    assert paused is not None
    assert len(paused) == 5
    async with resources.unit_of_work() as uow:
        assert await mark_rejected(uow, UUID(connection_id), "No access.") is None
        assert await usable_connection(uow, UUID(channel_id)) is None
    assert (await connect(api, store, channel_id)).json()["status"] == "active"
    rows = (await api.get(f"/v1/channels/{channel_id}/integrations")).json()["data"]
    assert [row["type"] for row in rows if row["paused"]] == ["sync_orders"]


async def test_a_test_that_passes_again_restores(
    api: httpx.AsyncClient, store: RunningStore, resources: Resources
) -> None:
    _, connection_id = await connected(api, store)
    async with resources.unit_of_work() as uow:
        await mark_rejected(uow, UUID(connection_id), "A stumble of the store.")
    assert (await api.post(f"/v1/connections/{connection_id}/test")).json()["ok"] is True
    connection = (await api.get(f"/v1/connections/{connection_id}")).json()
    assert connection["status"] == "active"
    assert connection["status_reason"] is None


async def test_a_store_that_is_down_is_unavailable(
    api: httpx.AsyncClient, store: RunningStore
) -> None:
    _, connection_id = await connected(api, store)
    await store.control.post("/sandbox/faults", json=[{"effect": "unavailable"}])
    body = (await api.post(f"/v1/connections/{connection_id}/test")).json()
    assert {check["code"] for check in body["checks"]} == {"unavailable"}
    assert body["store"]["weight_units"] == "lb"
    hooks = await api.get(f"/v1/connections/{connection_id}/webhooks")
    assert hooks.json()["code"] == "store_unavailable"
    connection = (await api.get(f"/v1/connections/{connection_id}")).json()
    assert connection["status"] == "active"


async def test_changed_units_are_noticed(
    api: httpx.AsyncClient, store: RunningStore, resources: Resources
) -> None:
    _, connection_id = await connected(api, store)
    units = {"weight_units": "Tonnes", "dimension_units": "Centimeters"}
    await store.control.patch("/sandbox/store", json=units)
    kept = await refresh_store_information(resources, UUID(connection_id))
    assert kept["raw_weight_units"] == "Tonnes"
    shown = (await api.get(f"/v1/connections/{connection_id}")).json()["store"]
    assert (shown["weight_units"], shown["dimension_units"]) == ("t", "cm")


async def test_the_watchdog_repairs_every_kind_of_damage(
    api: httpx.AsyncClient, store: RunningStore, resources: Resources
) -> None:
    _, connection_id = await connected(api, store)
    registry = store.sandbox.hooks
    first, second, third, fourth, *_ = registry.all()
    registry.deactivate(first)
    registry.delete(second)
    registry.update(third, {"destination": "http://old.quayside.test/hooks"})
    registry.update(fourth, {"headers": {"X-Quayside-Webhook-Secret": "old"}})
    foreign = registry.create(
        first.client_id,
        {"scope": "store/order/*", "destination": "http://rival.test/", "is_active": True},
    )
    seen = (await api.get(f"/v1/connections/{connection_id}/webhooks")).json()
    assert {(problem["code"], problem["scope"]) for problem in seen["problems"]} == {
        ("inactive", first.scope),
        ("missing", second.scope),
        ("wrong_destination", third.scope),
        ("wrong_header", fourth.scope),
    }
    assert [hook["id"] for hook in seen["found"] if not hook["ours"]] == [foreign.id]
    state = await check_hooks(resources, UUID(connection_id))
    assert state is not None
    assert state.problems == ()
    assert len(state.repaired) == 4
    assert registry.find(foreign.id) is not None
    secrets = {(h.headers or {}).get("X-Quayside-Webhook-Secret") for h in registry.all()}
    assert len(secrets - {None}) == 1


async def test_hooks_are_due_again_after_a_while(
    api: httpx.AsyncClient, store: RunningStore, resources: Resources, clock: SettableClock
) -> None:
    _, connection_id = await connected(api, store)
    wait = timedelta(minutes=15)

    async def due() -> list[UUID]:
        async with resources.unit_of_work() as uow:
            return await connections_due_for_hook_check(uow, uow.clock.now() - wait)

    assert await due() == []
    clock.at += wait + timedelta(seconds=1)
    assert await due() == [UUID(connection_id)]
    await check_hooks(resources, UUID(connection_id))
    assert await due() == []


async def test_a_pending_connection_fails_its_test_softly(
    api: httpx.AsyncClient, store: RunningStore
) -> None:
    channel_id = await make_channel(api)
    body = {"channel_id": channel_id, "method": "oauth2", "store_hash": "elsewhere"}
    pending = (await api.post("/v1/connections", json=body)).json()
    tested = (await api.post(f"/v1/connections/{pending['id']}/test")).json()
    assert tested["ok"] is False
    assert [check["resource"] for check in tested["checks"]] == RESOURCES
    assert {check["code"] for check in tested["checks"]} == {"not_connected"}
    assert tested["rate_limit"] == {"quota": None, "left": None, "window_ms": None}
