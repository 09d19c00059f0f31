"""`/v1/webhook-events`: lists, details and replays."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.accounts.service import Scope, ensure_account
from app.core.clock import SettableClock
from app.core.queue import SilentQueue
from app.core.resources import Resources
from app.webhooks.repository import let_go_of_events
from tests.conftest import client_for, make_key
from tests.shops import Shop, open_shop
from tests.webhooks.deliveries import deliver, event

LIST = "/v1/webhook-events"


@pytest.fixture
async def shop(resources: Resources, account_id: UUID) -> Shop:
    return await open_shop(resources, account_id)


@pytest.fixture
async def filled(anonymous: httpx.AsyncClient, shop: Shop, clock: SettableClock) -> Shop:
    """Seven events, a minute apart."""
    for number in range(1, 8):
        scope = "store/order/created" if number % 2 else "store/shipment/created"
        data = {"id": number, "orderId": number} if number % 2 == 0 else {"id": number}
        assert (await deliver(anonymous, event(scope, data))).status_code == 200
        clock.at += timedelta(minutes=1)
    return shop


async def everything_done(resources: Resources) -> None:
    async with resources.unit_of_work() as uow:
        await uow.session.execute(text("UPDATE webhook_events SET status = 'processed'"))


async def listed(api: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    answer = await api.get(LIST, params=params)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


async def test_newest_first_page_by_page(api: httpx.AsyncClient, filled: Shop) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = (await api.get(LIST, params=params)).json()
        seen += [row["external_id"] for row in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["7", "6", "5", "4", "3", "2", "1"]


async def test_lists_can_be_narrowed(
    api: httpx.AsyncClient, resources: Resources, filled: Shop
) -> None:
    assert len(await listed(api, scope="store/shipment/created")) == 3
    assert len(await listed(api, status="received")) == 7
    assert await listed(api, status="failed") == []
    assert len(await listed(api, channel_id=str(filled.channel_id))) == 7
    (row,) = await listed(api, external_id=4)
    assert row["scope"] == "store/shipment/created"
    assert (await api.get(LIST, params={"status": "lost"})).status_code == 422
    unknown = await api.get(LIST, params={"channel_id": str(filled.connection_id)})
    assert unknown.status_code == 404


async def test_an_event_shows_everything_but_secrets(api: httpx.AsyncClient, filled: Shop) -> None:
    (row, *_) = await listed(api, external_id=3)
    shown = (await api.get(f"{LIST}/{row['id']}")).json()
    assert shown == row
    assert shown["store_hash"] == filled.store_hash
    assert shown["touched"] == []
    assert shown["verified_by"] == "secret"
    assert "webhook-secret" not in json.dumps(shown)


async def test_other_accounts_see_and_replay_nothing(
    app: FastAPI, api: httpx.AsyncClient, resources: Resources, filled: Shop
) -> None:
    (row, *_) = await listed(api)
    async with resources.unit_of_work() as uow:
        other = await ensure_account(uow, "Somebody else")
    async with client_for(app, await make_key(resources, other, Scope.ADMIN)) as stranger:
        assert await listed(stranger) == []
        assert (await stranger.get(f"{LIST}/{row['id']}")).status_code == 404
        assert (await stranger.post(f"{LIST}/{row['id']}/replay")).status_code == 404
        span = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
        assert (await stranger.post(f"{LIST}/replay", json=span)).json() == {"replayed": 0}
    reader = await make_key(resources, filled.account_id, Scope.READ)
    async with client_for(app, reader) as client:
        assert (await client.get(f"{LIST}/{row['id']}")).status_code == 200
        assert (await client.post(f"{LIST}/{row['id']}/replay")).status_code == 403


async def test_one_event_is_replayed(
    api: httpx.AsyncClient, resources: Resources, filled: Shop
) -> None:
    await everything_done(resources)
    (row,) = await listed(api, external_id=2)
    for _ in range(2):
        answer = await api.post(f"{LIST}/{row['id']}/replay")
        assert (answer.status_code, answer.json()) == (202, {"replayed": 1})
    shown = (await api.get(f"{LIST}/{row['id']}")).json()
    assert (shown["status"], shown["replays"]) == ("received", 1)
    assert isinstance(resources.queue, SilentQueue)
    rung = [ring.arguments for ring in resources.queue.rung if ring.job == "process_inbox"]
    assert {"connection_id": str(filled.connection_id), "entity": "order"} in rung


async def test_a_span_is_replayed(
    api: httpx.AsyncClient, resources: Resources, filled: Shop
) -> None:
    await everything_done(resources)
    rows = await listed(api)
    span = {"from": rows[4]["received_at"], "to": rows[1]["received_at"]}
    for _ in range(2):
        answer = await api.post(f"{LIST}/replay", json=span)
        assert (answer.status_code, answer.json()) == (202, {"replayed": 3})
    again = await listed(api, status="received")
    assert [row["external_id"] for row in again] == ["5", "4", "3"]
    assert {row["replays"] for row in again} == {1}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"from": "2026-01-02T00:00:00Z"}, 422),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, 422),
        ({"from": "yesterday", "to": "today"}, 422),
        ({"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z", "all": True}, 422),
        ({"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}, 202),
    ],
)
async def test_spans_are_checked(
    api: httpx.AsyncClient, shop: Shop, body: dict[str, Any], status: int
) -> None:
    assert (await api.post(f"{LIST}/replay", json=body)).status_code == status


async def test_a_replay_is_bounded(
    api: httpx.AsyncClient, resources: Resources, filled: Shop
) -> None:
    async with resources.unit_of_work() as uow:
        await uow.session.execute(
            text(
                "INSERT INTO webhook_events (id, connection_id, account_id, channel_id,"
                " store_hash, scope, entity, external_id, event_hash, verified_by, received_at,"
                " due_at, status) SELECT gen_random_uuid(), connection_id, account_id,"
                " channel_id, store_hash, scope, entity, external_id, event_hash, verified_by,"
                " received_at, due_at, 'processed'"
                " FROM webhook_events, generate_series(1, 3000)"
            )
        )
    now = datetime.now(UTC)
    span = {
        "from": (now - timedelta(days=1)).isoformat(),
        "to": (now + timedelta(days=1)).isoformat(),
    }
    answer = await api.post(f"{LIST}/replay", json=span)
    assert answer.status_code == 422
    assert answer.json()["code"] == "too_many_events"


async def test_the_backlog_is_a_metric(
    api: httpx.AsyncClient, anonymous: httpx.AsyncClient, filled: Shop
) -> None:
    metrics = (await anonymous.get("/metrics")).text
    assert "quayside_webhook_events_pending 7.0" in metrics


async def test_events_of_a_store_that_left_do_not_wait_for_ever(
    api: httpx.AsyncClient, resources: Resources, filled: Shop
) -> None:
    async with resources.unit_of_work() as uow:
        await let_go_of_events(uow)
    assert len(await listed(api, status="received")) == 7
    async with resources.unit_of_work() as uow:
        await uow.session.execute(text("UPDATE connections SET status = 'uninstalled'"))
        await let_go_of_events(uow)
    assert {row["code"] for row in await listed(api, status="ignored")} == {"disconnected"}
