"""Connecting by a store-level API account."""

from __future__ import annotations

from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from app.accounts.service import Scope, ensure_account
from app.core.resources import Resources
from tests.conftest import client_for, make_key
from tests.connections.stores import STORE, RunningStore, connect, make_channel


async def other_account(app: FastAPI, resources: Resources) -> httpx.AsyncClient:
    async with resources.unit_of_work() as uow:
        account_id = await ensure_account(uow, "Rival Goods")
    return client_for(app, await make_key(resources, account_id, Scope.ADMIN))


async def test_a_working_token_makes_an_active_connection(
    api: httpx.AsyncClient, store: RunningStore
) -> None:
    channel_id = await make_channel(api)
    answer = await connect(api, store, channel_id, client_id="abc", client_secret="def")
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["status"] == "active"
    assert body["method"] == "api_token"
    assert body["store"]["weight_units"] == "lb"
    assert body["store"]["dimension_units"] == "in"
    assert body["store"]["currency"] == "USD"
    assert store.token not in answer.text
    assert "def" not in [str(value) for value in body.values()]
    channel = (await api.get(f"/v1/channels/{channel_id}")).json()
    assert channel["connection_id"] == body["id"]
    assert {"key": "connection", "status": "done"} in channel["setup"]["steps"]
    listed = (await api.get("/v1/connections")).json()
    assert [row["id"] for row in listed["data"]] == [body["id"]]
    assert listed["next_cursor"] is None
    assert (await api.get(f"/v1/connections/{body['id']}")).json() == body


async def test_secrets_are_not_stored_in_clear(
    api: httpx.AsyncClient, store: RunningStore, resources: Resources
) -> None:
    secret = "a-client-secret-of-the-store"
    await connect(api, store, await make_channel(api), client_secret=secret)
    async with resources.unit_of_work() as uow:
        for table in ("connections", "audit_events"):
            rows = await uow.session.execute(text(f"SELECT t::text FROM {table} t"))
            stored = " ".join(str(row[0]) for row in rows)
            assert store.token not in stored
            assert secret not in stored


async def test_webhooks_are_registered_with_our_secret(
    api: httpx.AsyncClient, store: RunningStore
) -> None:
    created = (await connect(api, store, await make_channel(api))).json()
    hooks = store.sandbox.hooks.all()
    assert len(hooks) == 6
    assert {hook.destination for hook in hooks} == {"http://quayside.test/bigcommerce/webhooks"}
    assert len({(hook.headers or {})["X-Quayside-Webhook-Secret"] for hook in hooks}) == 1
    state = (await api.get(f"/v1/connections/{created['id']}/webhooks")).json()
    assert state["problems"] == []
    assert {hook["scope"] for hook in state["wanted"]} == {hook.scope for hook in hooks}
    assert len(state["found"]) == 6


async def test_a_wrong_token_or_hash_is_rejected(
    api: httpx.AsyncClient, store: RunningStore
) -> None:
    channel_id = await make_channel(api)
    for more in ({"access_token": "nonsense"}, {"store_hash": "elsewhere"}, {"access_token": "ä"}):
        answer = await connect(api, store, channel_id, **more)
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] == "connection_rejected"
    assert (await api.get("/v1/connections")).json()["data"] == []
    assert (await api.get(f"/v1/channels/{channel_id}")).json()["connection_id"] is None


async def test_a_store_that_is_down_is_said_to_be_down(
    api: httpx.AsyncClient, store: RunningStore
) -> None:
    channel_id = await make_channel(api)
    await store.control.post("/sandbox/faults", json=[{"effect": "unavailable"}])
    answer = await connect(api, store, channel_id)
    assert answer.status_code == 503
    assert answer.json()["code"] == "store_unavailable"
    assert "Retry-After" in answer.headers


async def test_failing_hooks_do_not_fail_the_connection(
    api: httpx.AsyncClient, store: RunningStore
) -> None:
    channel_id = await make_channel(api)
    await store.control.post(
        "/sandbox/faults",
        json=[{"effect": "status", "status": 422, "method": "POST", "path": "/hooks"}],
    )
    created = await connect(api, store, channel_id)
    assert created.status_code == 201
    assert created.json()["status"] == "active"
    path = f"/v1/connections/{created.json()['id']}/webhooks"
    problems = (await api.get(path)).json()["problems"]
    assert [problem["code"] for problem in problems] == ["missing"] * 6
    await store.control.delete("/sandbox/faults")
    repaired = (await api.post(f"{path}/repair")).json()
    assert repaired["problems"] == []
    assert [action["action"] for action in repaired["repaired"]] == ["created"] * 6


async def test_a_store_belongs_to_one_account(
    api: httpx.AsyncClient, store: RunningStore, app: FastAPI, resources: Resources
) -> None:
    await connect(api, store, await make_channel(api))
    async with await other_account(app, resources) as rival:
        channel_id = await make_channel(rival)
        answer = await connect(rival, store, channel_id)
        assert answer.status_code == 409
        assert answer.json()["code"] == "store_already_connected"
        started = await rival.post(
            "/v1/connections",
            json={"channel_id": channel_id, "method": "oauth2", "store_hash": STORE},
        )
        assert started.status_code == 409
        assert started.json()["code"] == "store_already_connected"
        # Whether somebody else has the store is told only to who can reach it.
        guessed = await connect(rival, store, channel_id, access_token="guess")
        assert guessed.json()["code"] == "connection_rejected"


async def test_the_same_channel_may_reconnect(api: httpx.AsyncClient, store: RunningStore) -> None:
    channel_id = await make_channel(api)
    first = (await connect(api, store, channel_id)).json()
    again = await connect(api, store, channel_id, client_secret="new")
    assert again.status_code == 201
    assert again.json()["id"] == first["id"]
    second_channel = await connect(api, store, await make_channel(api, "Other"))
    assert second_channel.status_code == 409
    assert second_channel.json()["channel_id"] == channel_id
    elsewhere = await connect(api, store, channel_id, store_hash="elsewhere")
    assert elsewhere.status_code == 409
    assert elsewhere.json()["code"] == "channel_already_connected"


async def test_delete_takes_the_hooks_off_the_store(
    api: httpx.AsyncClient, store: RunningStore, resources: Resources
) -> None:
    channel_id = await make_channel(api)
    created = (await connect(api, store, channel_id)).json()
    path = f"/v1/connections/{created['id']}"
    assert (await api.delete(path)).status_code == 204
    assert store.sandbox.hooks.all() == []
    assert (await api.get(path)).status_code == 404
    assert (await api.delete(path)).status_code == 404
    assert (await api.get("/v1/connections")).json()["data"] == []
    channel = (await api.get(f"/v1/channels/{channel_id}")).json()
    assert channel["connection_id"] is None
    async with resources.unit_of_work() as uow:
        kept = await uow.session.scalar(text("SELECT sealed_access_token FROM connections"))
    assert kept is None
    assert (await connect(api, store, channel_id)).status_code == 201


async def test_a_deleted_channel_frees_its_store(
    api: httpx.AsyncClient, store: RunningStore
) -> None:
    channel_id = await make_channel(api)
    await connect(api, store, channel_id)
    assert (await api.delete(f"/v1/channels/{channel_id}")).status_code == 204
    assert (await connect(api, store, await make_channel(api, "Next"))).status_code == 201


async def test_refusals_of_requests(
    api: httpx.AsyncClient,
    store: RunningStore,
    app: FastAPI,
    resources: Resources,
    account_id: UUID,
) -> None:
    channel_id = await make_channel(api)
    assert (await api.post("/v1/connections", json={})).status_code == 422
    assert (await connect(api, store, channel_id, method="magic")).status_code == 422
    assert (await connect(api, store, channel_id, surprise=1)).status_code == 422
    assert (await connect(api, store, channel_id, store_hash="../x")).status_code == 422
    assert (await connect(api, store, "nonsense")).status_code == 404
    async with await other_account(app, resources) as rival:
        assert (await connect(rival, store, channel_id)).status_code == 404
        created = (await connect(api, store, channel_id)).json()
        for call in ("", "/webhooks"):
            answer = await rival.get(f"/v1/connections/{created['id']}{call}")
            assert answer.status_code == 404
        assert (await rival.post(f"/v1/connections/{created['id']}/test")).status_code == 404
        assert (await rival.delete(f"/v1/connections/{created['id']}")).status_code == 404
    async with client_for(app, await make_key(resources, account_id, Scope.READ)) as reader:
        assert (await reader.get("/v1/connections")).status_code == 200
        assert (await connect(reader, store, channel_id)).status_code == 403


async def test_an_idempotency_key_connects_once(
    api: httpx.AsyncClient, store: RunningStore
) -> None:
    channel_id = await make_channel(api)
    headers = {"Idempotency-Key": "connect-1"}
    body = {
        "channel_id": channel_id,
        "method": "api_token",
        "store_hash": STORE,
        "access_token": store.token,
    }
    first = await api.post("/v1/connections", json=body, headers=headers)
    again = await api.post("/v1/connections", json=body, headers=headers)
    assert again.status_code == 201
    assert again.json() == first.json()
    other = await api.post("/v1/connections", json={**body, "client_id": "x"}, headers=headers)
    assert other.json()["code"] == "idempotency_key_reused"
