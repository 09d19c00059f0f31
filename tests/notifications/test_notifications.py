"""Notifications: noted once, read, and carried outside until they arrive."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from standardwebhooks import Webhook

from app.accounts.service import Scope, ensure_account
from app.core.clock import SettableClock
from app.core.queue import SilentQueue
from app.core.resources import Resources
from app.notifications.delivery import WAITS, deliver, ring_for_undelivered
from app.notifications.events import tell_orders_held, tell_run_failed
from app.notifications.repository import forget_old_notifications
from tests.conftest import client_for, make_key, row_count
from tests.notifications.conftest import Receiver, endpoint
from tests.shops import Shop, open_shop


@pytest.fixture
async def shop(resources: Resources, account_id: UUID) -> Shop:
    """A channel to tell of."""
    return await open_shop(resources, account_id)


async def hold(resources: Resources, shop: Shop, count: int = 1) -> None:
    """Tell of held orders."""
    async with resources.unit_of_work() as uow:
        await tell_orders_held(uow, shop.account_id, shop.channel_id, count)


async def pump(resources: Resources) -> int:
    """Do what workers were rung for; returns how often."""
    queue = resources.queue
    assert isinstance(queue, SilentQueue)
    rung, queue.rung = queue.rung, []
    for wake_up in rung:
        assert wake_up.job == "deliver_notification"
        await deliver(resources, UUID(wake_up.arguments["delivery_id"]))
    return len(rung)


async def test_the_same_again_is_counted_until_it_is_read(
    api: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    await hold(resources, shop, 2)
    await hold(resources, shop, 3)
    (noted,) = (await api.get("/v1/notifications?unread=true")).json()["data"]
    assert (noted["kind"], noted["severity"], noted["count"]) == ("orders_held", "warning", 5)
    assert "5 since" in noted["message"]
    read = await api.post(f"/v1/notifications/{noted['id']}/read")
    assert read.json()["read_at"] is not None
    assert (await api.get("/v1/notifications?unread=true")).json()["data"] == []
    await hold(resources, shop)
    both = (await api.get("/v1/notifications")).json()["data"]
    assert [row["count"] for row in both] == [1, 5], "newest first"
    assert (await api.post("/v1/notifications/read")).json() == {"read": 1}


async def test_what_differs_is_told_apart(
    api: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    for code in ("internal", "store_refused", "internal"):
        async with resources.unit_of_work() as uow:
            await tell_run_failed(
                uow, shop.account_id, shop.channel_id, uuid4(), "get_orders", code, "It broke."
            )
    found = (await api.get("/v1/notifications?kind=run_failed")).json()["data"]
    assert [(row["code"], row["count"]) for row in found] == [("store_refused", 1), ("internal", 2)]
    assert found[0]["message"] == "A run of Get Orders failed: It broke."


async def test_nobody_reads_another_accounts_notifications(
    api: httpx.AsyncClient, resources: Resources, shop: Shop, app: FastAPI
) -> None:
    await hold(resources, shop)
    (noted,) = (await api.get("/v1/notifications")).json()["data"]
    async with resources.unit_of_work() as uow:
        other = await ensure_account(uow, "Somebody else")
    async with client_for(app, await make_key(resources, other, Scope.ADMIN)) as stranger:
        assert (await stranger.get("/v1/notifications")).json()["data"] == []
        assert (await stranger.get(f"/v1/notifications/{noted['id']}")).status_code == 404
        assert (await stranger.post(f"/v1/notifications/{noted['id']}/read")).status_code == 404


async def test_a_webhook_is_signed_and_tried_until_it_arrives(
    api: httpx.AsyncClient,
    resources: Resources,
    shop: Shop,
    receiver: Receiver,
    clock: SettableClock,
) -> None:
    made = await endpoint(api, kind="webhook", url=receiver.url)
    receiver.answers = [500, 302]
    await hold(resources, shop)
    assert await pump(resources) == 1
    for wait in WAITS[:2]:
        assert await pump(resources) == 1, "rung again, but not due yet"
        clock.at += wait
        async with resources.unit_of_work() as uow:
            assert await ring_for_undelivered(uow) == 0, "its own ring comes first"
        clock.at += timedelta(seconds=4)
        async with resources.unit_of_work() as uow:
            assert await ring_for_undelivered(uow) == 1
        await pump(resources)
    assert len(receiver.received) == 3
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 1
    headers, body = receiver.received[-1]
    verified = Webhook(made["secret"]).verify(body, headers)
    assert verified["data"]["kind"] == "orders_held"
    assert json.loads(body)["type"] == "notification.created"
    address = f"/v1/notification-endpoints/{made['id']}"
    (delivery,) = (await api.get(f"{address}/deliveries")).json()["data"]
    assert (delivery["status"], delivery["attempts"], delivery["answer"]) == ("delivered", 3, 200)
    assert "secret" not in (await api.get(address)).json()
    async with resources.unit_of_work() as uow:
        stored = await uow.session.scalar(text("SELECT sealed_target FROM notification_endpoints"))
    assert receiver.url not in str(stored)


async def test_what_goes_on_is_carried_outside_once_a_day(
    api: httpx.AsyncClient,
    resources: Resources,
    shop: Shop,
    receiver: Receiver,
    clock: SettableClock,
) -> None:
    await endpoint(api, kind="webhook", url=receiver.url)
    for _ in range(3):
        await hold(resources, shop)
    await pump(resources)
    assert len(receiver.received) == 1
    clock.at += timedelta(hours=25)
    await hold(resources, shop)
    await pump(resources)
    assert json.loads(receiver.received[-1][1])["data"]["count"] == 4


async def test_a_receiver_that_is_gone_is_switched_off_and_others_are_given_up(
    api: httpx.AsyncClient,
    resources: Resources,
    shop: Shop,
    receiver: Receiver,
    clock: SettableClock,
) -> None:
    made = await endpoint(api, kind="webhook", url=receiver.url)
    receiver.answers = [500] * 11 + [410]
    await hold(resources, shop)
    for _ in range(15):
        await pump(resources)
        clock.at += timedelta(days=1)
    address = f"/v1/notification-endpoints/{made['id']}"
    (delivery,) = (await api.get(f"{address}/deliveries")).json()["data"]
    assert (delivery["status"], delivery["attempts"]) == ("failed", 11)
    tried = await api.post(f"{address}/test")
    assert (tried.status_code, tried.json()["status"]) == (202, "pending")
    await pump(resources)
    shown = (await api.get(address)).json()
    assert shown["enabled"] is False
    assert "410" in shown["disabled_reason"]


async def test_only_wanted_kinds_are_sent_and_a_removed_endpoint_gets_nothing(
    api: httpx.AsyncClient, resources: Resources, shop: Shop, receiver: Receiver
) -> None:
    made = await endpoint(api, kind="webhook", url=receiver.url, kinds=["run_failed"])
    await hold(resources, shop)
    assert await pump(resources) == 0
    address = f"/v1/notification-endpoints/{made['id']}"
    assert (await api.patch(address, json={"kinds": []})).json()["kinds"] == []
    await api.post("/v1/notifications/read")
    await hold(resources, shop)
    assert (await api.delete(address)).status_code == 204
    await pump(resources)
    assert receiver.received == []
    assert await row_count(resources, "notification_deliveries") == 0


async def test_mail_needs_a_server(api: httpx.AsyncClient) -> None:
    refused = await api.post(
        "/v1/notification-endpoints", json={"kind": "email", "email": "staff@example.com"}
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "mail_not_configured")


async def test_old_notifications_are_forgotten(
    resources: Resources, shop: Shop, clock: SettableClock
) -> None:
    await hold(resources, shop)
    clock.at += timedelta(days=91)
    async with resources.unit_of_work() as uow:
        await forget_old_notifications(uow)
    assert await row_count(resources, "notifications") == 0
