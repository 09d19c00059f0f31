"""Keys, scopes, idempotency and the audit trail, through the API."""

from __future__ import annotations

import asyncio
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from app.accounts.auth import panel_token
from app.accounts.service import Scope
from app.core.resources import Resources
from tests.conftest import client_for, make_key


async def test_no_key_is_401_with_a_problem(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/v1/api-keys")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unauthenticated"
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_unknown_and_revoked_keys_are_401(api: httpx.AsyncClient, app: FastAPI) -> None:
    created = (await api.post("/v1/api-keys", json={"scope": "read"})).json()
    async with client_for(app, created["key"]) as reader:
        assert (await reader.get("/v1/audit-events")).status_code == 200
        assert (await api.delete(f"/v1/api-keys/{created['id']}")).status_code == 204
        assert (await reader.get("/v1/audit-events")).status_code == 401
    async with client_for(app, "qs_nothing") as stranger:
        assert (await stranger.get("/v1/audit-events")).status_code == 401


async def test_a_narrow_scope_is_403(app: FastAPI, resources: Resources, account_id: UUID) -> None:
    async with client_for(app, await make_key(resources, account_id, Scope.READ)) as reader:
        answer = await reader.post("/v1/api-keys", json={"scope": "admin"})
    assert answer.status_code == 403
    assert answer.json()["code"] == "insufficient_scope"


async def test_a_key_is_never_stored_in_clear(api: httpx.AsyncClient, resources: Resources) -> None:
    headers = {"Idempotency-Key": "make-one"}
    created = (await api.post("/v1/api-keys", json={"scope": "read"}, headers=headers)).json()
    async with resources.unit_of_work() as uow:
        for table in ("api_keys", "idempotency_keys", "audit_events"):
            rows = await uow.session.execute(text(f"SELECT t::text FROM {table} t"))
            assert created["key"] not in " ".join(str(row[0]) for row in rows)


async def test_same_idempotency_key_answers_the_same(api: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k-1"}
    first = await api.post("/v1/api-keys", json={"scope": "read"}, headers=headers)
    again = await api.post("/v1/api-keys", json={"scope": "read"}, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    other = await api.post("/v1/api-keys", json={"scope": "write"}, headers=headers)
    assert other.status_code == 409
    assert other.json()["code"] == "idempotency_key_reused"


async def test_concurrent_posts_with_one_key_have_one_effect(api: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "race"}
    answers = await asyncio.gather(
        *[api.post("/v1/api-keys", json={"scope": "read"}, headers=headers) for _ in range(8)]
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    keys = (await api.get("/v1/api-keys")).json()["data"]
    assert len(keys) == 2


async def test_a_failed_post_does_not_use_up_the_key(api: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k-2"}
    bad = await api.post("/v1/api-keys", json={"scope": "all"}, headers=headers)
    assert bad.status_code == 422
    good = await api.post("/v1/api-keys", json={"scope": "read"}, headers=headers)
    assert good.status_code == 201


async def test_changes_are_audited(api: httpx.AsyncClient) -> None:
    await api.post("/v1/channels", json={"name": "Shop", "type": "bigcommerce"})
    events = (await api.get("/v1/audit-events", params={"entity": "channel"})).json()["data"]
    assert [event["action"] for event in events] == ["create"]
    assert events[0]["actor"].startswith("key:qs_")


async def test_a_remembered_answer_is_for_the_key_it_was_given_to(
    api: httpx.AsyncClient, app: FastAPI, resources: Resources, account_id: UUID
) -> None:
    headers = {"Idempotency-Key": "shared"}
    await api.post("/v1/api-keys", json={"scope": "admin"}, headers=headers)
    async with client_for(app, await make_key(resources, account_id, Scope.READ)) as reader:
        answer = await reader.post("/v1/api-keys", json={"scope": "admin"}, headers=headers)
    assert answer.status_code in {403, 409}
    assert "key" not in answer.json()


async def test_a_panel_token_reaches_its_own_channel_alone(
    api: httpx.AsyncClient, app: FastAPI, resources: Resources, account_id: UUID
) -> None:
    own = (await api.post("/v1/channels", json={"name": "Own"})).json()["id"]
    other = (await api.post("/v1/channels", json={"name": "Other"})).json()["id"]
    token = panel_token(
        resources.keyring, account_id, [UUID(own)], "panel:1", resources.clock.now()
    )
    filtered = {"channel_id": own}
    async with client_for(app, token) as person:
        assert (await person.get(f"/v1/channels/{own}")).status_code == 200
        assert (await person.get("/v1/runs", params=filtered)).status_code == 200
        refused = [
            await person.get("/v1/runs"),
            await person.get("/v1/runs", params={"channel_id": other}),
            await person.get(f"/v1/runs?channel_id={own}&channel_id={other}"),
            await person.get(f"/v1/channels/{other}", params=filtered),
            await person.patch(f"/v1/channels/{other}", params=filtered, json={"name": "x"}),
            await person.get("/v1/channels", params=filtered),
            await person.get("/v1/audit-events", params=filtered),
            await person.put("/v1/products", params=filtered, json={"products": []}),
            await person.post("/v1/runs", params=filtered, json={}),
        ]
    assert {answer.status_code for answer in refused} == {403}
