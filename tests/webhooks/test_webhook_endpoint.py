"""What the inbox accepts, what it refuses, and what is durable when it says 200."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from app.core.clock import SettableClock
from app.core.db import make_engine, make_sessions
from app.core.queue import SilentQueue
from app.core.resources import Resources, open_resources
from app.core.settings import Settings
from app.main import create_app
from tests.conftest import client_for, row_count
from tests.shops import Shop, open_shop
from tests.webhooks.deliveries import SECRET, deliver, event, signed

CLIENT_SECRET = "client-secret-0123456789abcdef"


@pytest.fixture
async def shop(resources: Resources, account_id: UUID) -> Shop:
    return await open_shop(resources, account_id, client_secret=CLIENT_SECRET)


async def rows(resources: Resources) -> list[dict[str, Any]]:
    async with resources.unit_of_work() as uow:
        found = await uow.session.execute(text("SELECT * FROM webhook_events ORDER BY id"))
        return [dict(row) for row in found.mappings()]


async def test_an_event_is_durable_when_it_is_answered(
    anonymous: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    answer = await deliver(anonymous, event())
    assert (answer.status_code, answer.content) == (200, b"")
    (row,) = await rows(resources)
    assert row["status"] == "received"
    assert (row["entity"], row["external_id"], row["scope"]) == (
        "order",
        250,
        "store/order/created",
    )
    assert row["connection_id"] == shop.connection_id
    assert row["channel_id"] == shop.channel_id
    assert row["account_id"] == shop.account_id
    assert row["verified_by"] == "secret"


async def test_a_worker_is_rung_once_for_a_crowd(
    anonymous: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    bodies = [event(data={"type": "order", "id": number}) for number in range(1, 31)]
    answers = await asyncio.gather(*(deliver(anonymous, body) for body in bodies))
    assert {answer.status_code for answer in answers} == {200}
    assert await row_count(resources, "webhook_events") == 30
    await asyncio.sleep(0.4)
    assert isinstance(resources.queue, SilentQueue)
    rung = [ring for ring in resources.queue.rung if ring.job == "process_inbox"]
    assert 1 <= len(rung) <= 3
    assert rung[0].arguments == {"connection_id": str(shop.connection_id), "entity": "order"}


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "no proof"),
        ({"X-Quayside-Webhook-Secret": "guess"}, "wrong secret"),
        ({"X-Quayside-Webhook-Secret": ""}, "empty secret"),
        ({"webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}, "forged"),
    ],
)
async def test_what_is_not_proven_is_refused(
    anonymous: httpx.AsyncClient,
    resources: Resources,
    shop: Shop,
    headers: dict[str, str],
    reason: str,
) -> None:
    answer = await deliver(anonymous, event(), headers)
    assert answer.status_code == 401, reason
    assert answer.headers["content-type"] == "application/problem+json"
    assert await row_count(resources, "webhook_events") == 0


async def test_an_unknown_store_is_answered_like_a_wrong_secret(
    anonymous: httpx.AsyncClient, shop: Shop
) -> None:
    wrong = await deliver(anonymous, event(), {"X-Quayside-Webhook-Secret": "guess"})
    unknown = await deliver(anonymous, event(store="nobody1"))
    assert unknown.status_code == wrong.status_code == 401
    assert unknown.json() == wrong.json()


async def test_the_signature_is_enough_and_a_wrong_one_is_not_forgiven(
    anonymous: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    raw = json.dumps(event()).encode()
    assert (await deliver(anonymous, raw, signed(raw, CLIENT_SECRET))).status_code == 200
    both = await deliver(anonymous, raw, {**SECRET, **signed(raw, CLIENT_SECRET)})
    assert both.status_code == 200
    forged = await deliver(anonymous, raw, {**SECRET, **signed(raw, "another-secret")})
    assert forged.status_code == 401
    changed = await deliver(anonymous, raw + b" ", signed(raw, CLIENT_SECRET))
    assert changed.status_code == 401
    assert [row["verified_by"] for row in await rows(resources)] == ["signature", "both"]


async def test_an_old_signature_counts_only_with_our_secret(
    anonymous: httpx.AsyncClient, shop: Shop
) -> None:
    raw = json.dumps(event()).encode()
    old = signed(raw, CLIENT_SECRET, datetime.now(UTC) - timedelta(hours=30))
    assert (await deliver(anonymous, raw, old)).status_code == 401
    assert (await deliver(anonymous, raw, {**SECRET, **old})).status_code == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"nonsense",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b"\xff\xfe{}",
        b"[" * 50_000,
        json.dumps(event("order/created")).encode(),
        json.dumps(event("store/" + "x" * 200)).encode(),
        json.dumps(event(data=None) | {"data": []}).encode(),
        json.dumps(event() | {"producer": "stores/../x"}).encode(),
        json.dumps(event() | {"producer": 7}).encode(),
        json.dumps(event() | {"scope": "store/order/\x00created"}).encode(),
        json.dumps(event("store/order/\ud800")).encode(),
    ],
    ids=lambda raw: raw[:24].decode("latin1"),
)
async def test_what_is_no_event_is_a_client_error(
    anonymous: httpx.AsyncClient, resources: Resources, shop: Shop, raw: bytes
) -> None:
    answer = await deliver(anonymous, raw)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert await row_count(resources, "webhook_events") == 0


async def test_a_long_body_is_refused(anonymous: httpx.AsyncClient, shop: Shop) -> None:
    body = event() | {"padding": "x" * 70_000}
    assert (await deliver(anonymous, body)).status_code == 413
    fits = event() | {"padding": "x" * 60_000}
    assert (await deliver(anonymous, fits)).status_code == 200


async def test_odd_but_verified_events_are_kept(
    anonymous: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    odd: list[dict[str, Any]] = [
        event("store/customer/created", {"type": "customer", "id": 4}),
        event(data={"type": "order"}),
        event(data={"type": "order", "id": -5}),
        event(data={"type": "order", "id": 10**30}),
        event(data={"type": "order", "id": True}),
        event(data={}),
        event(hash="h" * 500),
        event(hash="\x00"),
        event(hash=None, created_at="yesterday", store_id=7),
    ]
    for body in odd:
        assert (await deliver(anonymous, body)).status_code == 200, body
    found = await rows(resources)
    assert [row["status"] for row in found] == ["ignored"] * 6 + ["received"] * 3
    assert {row["code"] for row in found[:6]} == {"not_acted_on"}


async def test_only_ids_are_kept_of_a_body(
    anonymous: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    body = event(
        "store/order/statusUpdated",
        {
            "type": "order",
            "id": 9,
            "status": {"previous_status_id": 0, "new_status_id": 11},
            "email": "shopper@example.com",
        },
        customer="Dana",
    )
    await deliver(anonymous, body)
    (row,) = await rows(resources)
    assert row["facts"] == {"previous_status_id": 0, "new_status_id": 11}
    assert "shopper" not in str(row)
    assert "Dana" not in str(row)


async def test_a_repeated_delivery_is_a_duplicate_while_the_first_waits(
    anonymous: httpx.AsyncClient, resources: Resources, shop: Shop, clock: SettableClock
) -> None:
    for _ in range(2):
        assert (await deliver(anonymous, event())).status_code == 200
    crowd = [deliver(anonymous, event()) for _ in range(20)]
    assert {answer.status_code for answer in await asyncio.gather(*crowd)} == {200}
    found = await rows(resources)
    assert [row["status"] for row in found] == ["received"] + ["duplicate"] * 21
    assert {row["duplicate_of"] for row in found[1:]} == {found[0]["id"]}

    other = await deliver(anonymous, event("store/order/updated"))
    assert other.status_code == 200
    clock.at += timedelta(minutes=11)
    await deliver(anonymous, event())
    assert [row["status"] for row in (await rows(resources))[-2:]] == ["received"] * 2


async def test_a_repetition_after_the_first_was_taken_up_is_read_again(
    anonymous: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    await deliver(anonymous, event())
    async with resources.unit_of_work() as uow:
        await uow.session.execute(text("UPDATE webhook_events SET status = 'processed'"))
    await deliver(anonymous, event())
    await deliver(anonymous, event())
    found = await rows(resources)
    assert [row["status"] for row in found] == ["processed", "received", "received"]
    assert found[1]["duplicate_of"] == found[2]["duplicate_of"] == found[0]["id"]


async def test_a_changed_secret_is_honoured_at_once(
    anonymous: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    assert (await deliver(anonymous, event())).status_code == 200
    async with resources.unit_of_work() as uow:
        await uow.session.execute(
            text("UPDATE connections SET sealed_webhook_secret = :sealed"),
            {"sealed": resources.keyring.encrypt("new-secret")},
        )
    await asyncio.sleep(1.1)
    fresh = await deliver(anonymous, event(), {"X-Quayside-Webhook-Secret": "new-secret"})
    assert fresh.status_code == 200
    assert (await deliver(anonymous, event())).status_code == 401


async def test_events_of_a_connection_that_is_gone_are_refused(
    anonymous: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    assert (await deliver(anonymous, event())).status_code == 200
    async with resources.unit_of_work() as uow:
        await uow.session.execute(
            text("UPDATE connections SET deleted_at = now(), status = 'uninstalled'")
        )
    # The keys are still remembered, the statement finds the row gone.
    assert (await deliver(anonymous, event("store/order/updated"))).status_code == 401
    assert await row_count(resources, "webhook_events") == 1


async def test_without_the_database_the_store_is_asked_to_come_again(
    resources: Resources, shop: Shop
) -> None:
    engine = make_engine("postgresql://nobody@127.0.0.1:1/nothing")
    cut_off = replace(resources, engine=engine, sessions=make_sessions(engine))
    async with client_for(create_app(resources=cut_off), None) as client:
        answer = await deliver(client, event())
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    await engine.dispose()


async def test_redis_is_not_needed_to_answer(settings: Settings, shop: Shop) -> None:
    without = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    async with open_resources(without) as resources:
        async with client_for(create_app(resources=resources), None) as client:
            answers = [await deliver(client, event(at=moment)) for moment in range(5)]
            await asyncio.sleep(0.3)
        assert [answer.status_code for answer in answers] == [200] * 5
        assert await row_count(resources, "webhook_events") == 5
