"""Channels, their setup steps, and the settings and schedules of integrations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app.accounts.service import Scope, ensure_account
from app.channels.schedule import CronSchedule, IntervalSchedule, next_due
from app.core.clock import SettableClock
from app.core.resources import Resources
from app.runs.kinds import RunTrigger
from tests.conftest import client_for, make_key
from tests.shops import open_shop
from worker.due import start_due

STEPS = [
    "integrations",
    "connection",
    "confirm",
    "pricing_quantity",
    "link_listings",
    "sync_listings",
    "get_orders",
    "automate",
    "publish_listings",
    "order_fulfillment",
    "workflows",
    "listing_status",
    "invoicing",
]
DEFAULTS: dict[str, dict[str, Any]] = {
    "import_listings": {
        "pause_new_listings": False,
        "master_sku_field": "sku",
        "scope": "listings_and_products",
    },
    "link_listings": {
        "priority": [{"listing": "sku", "store": "variant.sku"}],
        "link_after_build": False,
    },
    "sync_listings": {
        "fields": ["price", "quantity", "status"],
        "out_of_stock": {"behavior": "do_nothing", "apply": "listing"},
        "adjust_stock_on_refund": False,
        "adjust_stock_on_cancellation": False,
    },
    "publish_listings": {
        "long_title": "fail",
        "long_attributes": "fail",
        "override_name": True,
        "overwrite": False,
        "images": "all",
        "max_variants": 250,
        "category_depth": 3,
    },
    "get_orders": {
        "statuses": [11, 9, 3],
        "created_within_days": 14,
        "import_ffl": False,
        "pii_retention_days": None,
        "lines_without_sku": "hold",
        "multiple_shipping_addresses": True,
        "acknowledge": "manual",
    },
    "sync_orders": {
        "unknown_carrier": "send_empty",
        "partial_shipments": True,
        "final_status_id": None,
    },
}


async def create(api: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await api.post("/v1/channels", json={"name": "Shop", "type": "bigcommerce", **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def steps_of(channel: dict[str, Any]) -> dict[str, str]:
    return {step["key"]: step["status"] for step in channel["setup"]["steps"]}


async def test_a_new_channel_has_its_steps_and_a_template_for_each_integration(
    api: httpx.AsyncClient,
) -> None:
    channel = await create(api, integrations=["get_orders", "sync_orders"])
    assert [step["key"] for step in channel["setup"]["steps"]] == STEPS
    assert channel["integrations"] == ["get_orders", "sync_orders"]
    assert (channel["status"], channel["connection_id"]) == ("setup", None)
    rows = (await api.get(f"/v1/channels/{channel['id']}/integrations")).json()["data"]
    assert {row["type"]: row["settings"] for row in rows} == DEFAULTS
    for row in rows:
        if row["type"] != "link_listings":
            template = (await api.get(f"/v1/templates/{row['template_id']}")).json()
            assert template["integration"] == row["type"]


async def test_only_the_first_three_steps_cannot_be_skipped(api: httpx.AsyncClient) -> None:
    channel = await create(api)
    for step in STEPS:
        answer = await api.post(
            f"/v1/channels/{channel['id']}/setup/{step}", json={"action": "skip"}
        )
        if step in STEPS[:3]:
            assert (answer.status_code, answer.json()["code"]) == (409, "step_required")
        else:
            assert steps_of(answer.json())[step] == "skipped"


async def test_the_first_three_steps_come_in_order(
    api: httpx.AsyncClient, resources: Resources, account_id: UUID
) -> None:
    async def complete(channel_id: str, step: str) -> httpx.Response:
        return await api.post(
            f"/v1/channels/{channel_id}/setup/{step}", json={"action": "complete"}
        )

    bare = await create(api)
    assert (await complete(bare["id"], "connection")).json()["code"] == "connection_missing"
    assert (await complete(bare["id"], "confirm")).json()["code"] == "step_out_of_order"
    shop = await open_shop(resources, account_id)
    for step in STEPS[:3]:
        answer = await complete(str(shop.channel_id), step)
        assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "active"


@pytest.mark.parametrize(
    ("integration", "wrong", "field"),
    [
        ("import_listings", {"speed": 9}, "settings.speed"),
        ("import_listings", {"master_sku_field": "name"}, "settings.master_sku_field"),
        ("get_orders", {"statuses": []}, "settings.statuses"),
        ("get_orders", {"statuses": [11, 11]}, "settings.statuses"),
        ("get_orders", {"pii_retention_days": 45}, "settings.pii_retention_days"),
        ("get_orders", {"created_within_days": 0}, "settings.created_within_days"),
        ("publish_listings", {"max_variants": 601}, "settings.max_variants"),
        ("publish_listings", {"category_depth": 9}, "settings.category_depth"),
        ("sync_listings", {"out_of_stock": {"behavior": "burn"}}, "settings.out_of_stock.behavior"),
        ("link_listings", {"priority": [{"listing": "sku", "store": "sku"}]}, "settings.priority"),
    ],
)
async def test_a_wrong_setting_is_named(
    api: httpx.AsyncClient, integration: str, wrong: dict[str, Any], field: str
) -> None:
    channel = await create(api)
    address = f"/v1/channels/{channel['id']}/integrations/{integration}"
    answer = await api.patch(address, json={"settings": wrong})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert (await api.get(address)).json()["settings"] == DEFAULTS[integration]


async def test_a_wrong_status_is_told_once(api: httpx.AsyncClient) -> None:
    channel = await create(api)
    address = f"/v1/channels/{channel['id']}/integrations/get_orders"
    answer = await api.patch(address, json={"settings": {"statuses": [99]}})
    (error,) = answer.json()["errors"]
    assert error["field"] == "settings.statuses.0"
    assert "14" in error["message"]


async def test_settings_are_patched_key_by_key(api: httpx.AsyncClient) -> None:
    channel = await create(api)
    address = f"/v1/channels/{channel['id']}/integrations/sync_listings"
    patch = {"settings": {"out_of_stock": {"behavior": "hide"}, "adjust_stock_on_refund": True}}
    settings = (await api.patch(address, json=patch)).json()["settings"]
    assert settings["out_of_stock"] == {"behavior": "hide", "apply": "listing"}
    assert settings["adjust_stock_on_refund"] is True
    assert settings["fields"] == ["price", "quantity", "status"]
    events = (await api.get("/v1/audit-events", params={"entity": "integration"})).json()["data"]
    assert events[0]["changes"]["settings"]["to"] == settings


@pytest.mark.parametrize(
    "schedule",
    [
        {"cron": "99 6 * * *", "timezone": "UTC"},
        {"cron": "0 6 * * * *", "timezone": "UTC"},
        {"cron": "0 0 30 2 *", "timezone": "UTC"},
        {"cron": "0 6 * * *", "timezone": "Mars/Base"},
        {"every_minutes": 0},
        {"every_minutes": 5, "cron": "0 6 * * *"},
        {},
    ],
)
async def test_a_wrong_schedule_is_refused(
    api: httpx.AsyncClient, schedule: dict[str, Any]
) -> None:
    channel = await create(api)
    address = f"/v1/channels/{channel['id']}/integrations/get_orders"
    assert (await api.patch(address, json={"schedule": schedule})).status_code == 422


def test_cron_follows_its_time_zone_over_the_change_of_clocks() -> None:
    daily = CronSchedule(cron="0 6 * * *", timezone="Europe/Vienna")
    summer = next_due(daily, datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert summer == datetime(2026, 10, 25, 5, tzinfo=UTC)
    assert next_due(daily, summer) == datetime(2026, 10, 26, 5, tzinfo=UTC)
    assert next_due(daily, datetime(2026, 10, 23, 0, tzinfo=UTC)) == datetime(
        2026, 10, 23, 4, tzinfo=UTC
    )
    every = IntervalSchedule(every_minutes=5)
    assert next_due(every, summer) == summer + timedelta(minutes=5)


async def test_a_due_schedule_starts_one_run_and_skips_while_it_is_active(
    api: httpx.AsyncClient, resources: Resources, account_id: UUID, clock: SettableClock
) -> None:
    shop = await open_shop(resources, account_id)
    address = f"/v1/channels/{shop.channel_id}/integrations/get_orders"
    changed = (await api.patch(address, json={"schedule": {"every_minutes": 10}})).json()
    assert changed["next_due_at"] is not None
    for _ in range(3):
        async with resources.unit_of_work() as uow:
            await start_due(uow)
        clock.at += timedelta(minutes=25)
    runs = (await api.get("/v1/runs")).json()["data"]
    assert [run["trigger"] for run in runs] == [RunTrigger.SCHEDULE]
    assert (await api.patch(address, json={"schedule": None})).json()["next_due_at"] is None


async def test_another_accounts_channel_is_not_found(
    api: httpx.AsyncClient, app: FastAPI, resources: Resources
) -> None:
    channel = await create(api)
    async with resources.unit_of_work() as uow:
        other = await ensure_account(uow, "Somebody else")
    async with client_for(app, await make_key(resources, other, Scope.ADMIN)) as stranger:
        address = f"/v1/channels/{channel['id']}"
        assert (await stranger.get(address)).status_code == 404
        assert (await stranger.patch(address, json={"name": "Mine"})).status_code == 404
        assert (await stranger.delete(address)).status_code == 404
        assert (await stranger.get("/v1/channels")).json()["data"] == []
    assert (await api.get("/v1/channels/not-an-id")).status_code == 404


async def test_a_deleted_channel_is_gone_at_once(api: httpx.AsyncClient) -> None:
    channel = await create(api)
    assert (await api.delete(f"/v1/channels/{channel['id']}")).status_code == 204
    assert (await api.get(f"/v1/channels/{channel['id']}")).status_code == 404
    assert (await api.get("/v1/channels")).json()["data"] == []
