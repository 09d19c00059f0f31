"""When a channel is compared with its store, and what is done about drift."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from app.accounts.service import Scope, ensure_account
from app.channels.drift import PUT_OFF
from app.connections.models import Connection
from app.core.clock import SettableClock
from app.core.resources import Resources
from app.runs.kinds import RunTrigger
from tests.conftest import client_for, make_key
from tests.shops import open_shop
from worker.due import start_due

REPORTING = {"price": "report", "quantity": "report", "status": "report"}


class Comparisons:
    """A channel of an active connection, and a clock that stands still until moved."""

    def __init__(
        self, api: httpx.AsyncClient, resources: Resources, clock: SettableClock, channel_id: UUID
    ) -> None:
        self.api = api
        self.resources = resources
        self.clock = clock
        self.address = f"/v1/channels/{channel_id}"

    async def patch(self, **body: Any) -> dict[str, Any]:
        answer = await self.api.patch(f"{self.address}/drift", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def shown(self) -> dict[str, Any]:
        return dict((await self.api.get(f"{self.address}/drift")).json())

    async def set_sync(self, **body: Any) -> None:
        answer = await self.api.patch(f"{self.address}/integrations/sync_listings", json=body)
        assert answer.status_code == 200, answer.text

    async def later(self, delay: timedelta = timedelta(0)) -> None:
        """Let time pass, then do a round of what is due."""
        self.clock.at += delay
        async with self.resources.unit_of_work() as uow:
            await start_due(uow)

    async def runs(self) -> list[dict[str, Any]]:
        """Newest first."""
        return list((await self.api.get("/v1/runs")).json()["data"])

    async def cancel(self) -> None:
        """End the newest run."""
        (await self.api.post(f"/v1/runs/{(await self.runs())[0]['id']}/cancel")).raise_for_status()


@pytest.fixture
async def shop(
    api: httpx.AsyncClient, resources: Resources, account_id: UUID, clock: SettableClock
) -> Comparisons:
    opened = await open_shop(resources, account_id)
    return Comparisons(api, resources, clock, opened.channel_id)


MINUTE = timedelta(minutes=1)


async def test_nothing_is_compared_unless_asked_for(shop: Comparisons) -> None:
    assert await shop.shown() == {
        "schedule": None,
        "policy": REPORTING,
        "next_due_at": None,
        "last_run_id": None,
    }
    await shop.later(timedelta(days=40))
    assert await shop.runs() == []


async def test_the_policy_is_merged_kind_by_kind(shop: Comparisons) -> None:
    assert (await shop.patch(policy={"price": "adopt"}))["policy"] == {
        **REPORTING,
        "price": "adopt",
    }
    changed = await shop.patch(policy={"quantity": "repair"}, schedule={"every_minutes": 30})
    assert changed["policy"] == {**REPORTING, "price": "adopt", "quantity": "repair"}
    due = changed["next_due_at"]
    shop.clock.at += timedelta(minutes=5)
    changed = await shop.patch(policy={"price": "report"})
    assert changed["policy"] == {**REPORTING, "quantity": "repair"}
    assert (changed["schedule"], changed["next_due_at"]) == ({"every_minutes": 30}, due)
    assert await shop.shown() == changed
    gone = await shop.patch(schedule=None)
    assert (gone["schedule"], gone["next_due_at"]) == (None, None)
    assert gone["policy"] == changed["policy"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"policy": {"price": "ignore"}}, "policy.price"),
        ({"policy": {"price": None}}, "policy.price"),
        ({"policy": {"quantity": "adopt"}}, "policy.quantity"),
        ({"policy": {"content": "repair"}}, "policy.content"),
        ({"schedule": {"cron": "0 25 * * *", "timezone": "UTC"}}, "schedule.CronSchedule.cron"),
        ({"schedule": {"every_minutes": 0}}, "schedule.IntervalSchedule.every_minutes"),
        ({"next_due_at": None}, "next_due_at"),
    ],
)
async def test_what_is_wrong_is_named(shop: Comparisons, body: dict[str, Any], field: str) -> None:
    answer = await shop.api.patch(f"{shop.address}/drift", json=body)
    assert answer.status_code == 422, answer.text
    assert field in {error["field"] for error in answer.json()["errors"]}
    assert (await shop.shown())["policy"] == REPORTING


async def test_changes_are_in_the_audit_trail(shop: Comparisons) -> None:
    await shop.patch(policy={"price": "repair"}, schedule={"every_minutes": 60})
    await shop.patch(policy={"price": "repair"})
    events = (await shop.api.get("/v1/audit-events")).json()["data"]
    (event,) = [event for event in events if event["entity"] == "drift"]
    assert event["action"] == "update"
    assert event["changes"]["policy"] == {
        "from": REPORTING,
        "to": {**REPORTING, "price": "repair"},
    }
    assert event["changes"]["schedule"]["to"] == {"every_minutes": 60}


async def test_a_due_comparison_is_a_run_of_the_sync_with_the_policy(shop: Comparisons) -> None:
    await shop.patch(policy={"status": "adopt"}, schedule={"every_minutes": 60})
    await shop.later(timedelta(minutes=59))
    assert await shop.runs() == []
    await shop.later(MINUTE)
    (run,) = await shop.runs()
    assert (run["integration"], run["trigger"]) == ("sync_listings", RunTrigger.SCHEDULE)
    assert run["params"] == {"drift": {**REPORTING, "status": "adopt"}}
    shown = await shop.shown()
    assert shown["last_run_id"] == run["id"]
    due = (shop.clock.at + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    assert shown["next_due_at"] == due


async def test_an_occurrence_that_finds_a_run_is_put_off_and_not_lost(shop: Comparisons) -> None:
    await shop.patch(schedule={"cron": "0 3 * * *", "timezone": "UTC"})
    body = {"channel_id": shop.address.rpartition("/")[2], "integration": "sync_listings"}
    (await shop.api.post("/v1/runs", json=body)).raise_for_status()
    await shop.later(timedelta(days=1))
    for _ in range(3):
        await shop.later(PUT_OFF)
    assert [run["trigger"] for run in await shop.runs()] == [RunTrigger.MANUAL]
    await shop.cancel()
    await shop.later(PUT_OFF / 2)
    assert len(await shop.runs()) == 1
    await shop.later(PUT_OFF / 2)
    assert [run["trigger"] for run in await shop.runs()] == [RunTrigger.SCHEDULE, RunTrigger.MANUAL]
    assert (await shop.shown())["next_due_at"][11:16] == "03:00"


async def test_a_sync_that_is_due_at_the_same_time_follows(shop: Comparisons) -> None:
    daily = {"cron": "0 3 * * *", "timezone": "UTC"}
    await shop.patch(schedule=daily)
    await shop.set_sync(schedule=daily)
    await shop.later(timedelta(days=1))
    assert ["drift" in run["params"] for run in await shop.runs()] == [True]
    await shop.later(PUT_OFF)
    await shop.cancel()
    await shop.later(PUT_OFF)
    assert ["drift" in run["params"] for run in await shop.runs()] == [False, True]


async def test_a_paused_or_disabled_sync_is_not_compared(shop: Comparisons) -> None:
    await shop.patch(schedule={"every_minutes": 10})
    await shop.set_sync(paused=True)
    await shop.later(timedelta(minutes=30))
    assert await shop.runs() == []
    await shop.set_sync(paused=False)
    await shop.later()
    assert await shop.runs() == []
    await shop.set_sync(enabled=False)
    await shop.later(timedelta(minutes=30))
    assert await shop.runs() == []
    await shop.set_sync(enabled=True)
    await shop.later()
    assert len(await shop.runs()) == 1


async def test_without_a_connection_the_occurrence_is_skipped(shop: Comparisons) -> None:
    await shop.patch(schedule={"every_minutes": 10})
    async with shop.resources.unit_of_work() as uow:
        await uow.session.execute(update(Connection).values(status="needs_reauthorization"))
    await shop.later(timedelta(minutes=10))
    assert await shop.runs() == []
    async with shop.resources.unit_of_work() as uow:
        await uow.session.execute(update(Connection).values(status="active"))
    await shop.later(timedelta(minutes=9))
    assert await shop.runs() == []
    await shop.later(MINUTE)
    assert len(await shop.runs()) == 1


async def test_a_deleted_channel_is_not_compared(shop: Comparisons) -> None:
    await shop.patch(schedule={"every_minutes": 10})
    (await shop.api.delete(shop.address)).raise_for_status()
    await shop.later(timedelta(minutes=10))
    assert await shop.runs() == []
    assert (await shop.api.get(f"{shop.address}/drift")).status_code == 404


async def test_another_accounts_channel_is_not_found(shop: Comparisons, app: FastAPI) -> None:
    async with shop.resources.unit_of_work() as uow:
        other = await ensure_account(uow, "Somebody else")
    async with client_for(app, await make_key(shop.resources, other, Scope.ADMIN)) as stranger:
        assert (await stranger.get(f"{shop.address}/drift")).status_code == 404
        change = await stranger.patch(f"{shop.address}/drift", json={"schedule": None})
        assert change.status_code == 404
    async with client_for(app, await make_key(shop.resources, other, Scope.READ)) as reader:
        change = await reader.patch(f"{shop.address}/drift", json={"schedule": None})
        assert change.status_code == 403
