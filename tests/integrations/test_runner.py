"""The runner's promises, with an integration of the test's own: no store, a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from app.bigcommerce.errors import (
    BigCommerceError,
    CredentialsRejected,
    MalformedAnswer,
    RateLimited,
    ScopeMissing,
    StoreUnavailable,
    Unreachable,
)
from app.bigcommerce.pacing import Lane
from app.channels.kinds import IntegrationType
from app.core.clock import SettableClock
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.integrations.context import PageResult, PageWork, RunContext
from app.integrations.runner import run_slice
from app.runs.claims import claim_run, free_abandoned, ring_for_neglected
from app.runs.kinds import Entity, Outcome
from app.runs.recording import ItemOutcome, LogLine, PageRecord
from app.runs.service import finish_cancelled
from tests.conftest import row_count
from tests.shops import Shop, open_shop

WORKER = 7
KIND = IntegrationType.IMPORT_LISTINGS
LEASE = timedelta(seconds=10)


@dataclass
class Counting:
    """Counts to `total`, a number a page; `before` runs ahead of reading a page."""

    total: int = 3
    before: Callable[[int], Awaitable[None]] | None = None
    failing: frozenset[int] = frozenset()
    read: list[int] = field(default_factory=list)
    kind: IntegrationType = KIND
    lane: Lane = "bulk"

    async def pages(
        self, context: RunContext, cursor: dict[str, Any]
    ) -> AsyncGenerator[PageWork, None]:
        for number in range(cursor.get("at", 0) + 1, self.total + 1):
            if self.before is not None:
                await self.before(number)
            self.read.append(number)
            yield Counted(self, context, number)


@dataclass
class Counted:
    """One number; saving it writes an audit row, which a dry run must not leave behind."""

    source: Counting
    context: RunContext
    number: int

    async def save(self, uow: UnitOfWork) -> PageResult:
        await uow.session.execute(
            text(
                "INSERT INTO audit_events (id, account_id, actor, action, entity, entity_id,"
                " changes) VALUES (gen_random_uuid(), :account, 'test', 'count', 'number',"
                " :number, '{}')"
            ),
            {"account": self.context.run.account_id, "number": str(self.number)},
        )
        failed = self.number in self.source.failing
        item = ItemOutcome(
            Entity.LISTING,
            str(self.number),
            Outcome.FAILED if failed else Outcome.CREATED,
            code="odd" if failed else None,
            message="It failed." if failed else None,
        )
        last = self.number == self.source.total
        record = PageRecord(
            cursor={"at": self.number},
            items=[item],
            done=1,
            total=self.source.total,
            log=[LogLine(f"Counted {self.number}.")],
        )
        return PageResult(record, last, {"counted": self.number} if last else None)


@pytest.fixture
async def shop(resources: Resources, account_id: UUID) -> Shop:
    return await open_shop(resources, account_id)


async def start(api: httpx.AsyncClient, shop: Shop, **more: Any) -> UUID:
    body = {"channel_id": str(shop.channel_id), "integration": KIND.value, **more}
    answer = await api.post("/v1/runs", json=body)
    assert answer.status_code == 202, answer.text
    return UUID(answer.json()["id"])


async def see(api: httpx.AsyncClient, run_id: UUID) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get(f"/v1/runs/{run_id}")).json()
    return found


async def work(resources: Resources, run_id: UUID, integration: Counting) -> None:
    await run_slice(resources, run_id, WORKER, {KIND: integration})


async def counted(resources: Resources) -> list[int]:
    async with resources.unit_of_work() as uow:
        rows = await uow.session.scalars(
            text("SELECT entity_id::int FROM audit_events WHERE entity = 'number' ORDER BY 1")
        )
        return list(rows)


async def test_a_run_goes_through_its_pages(
    api: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    run_id = await start(api, shop)
    assert (await see(api, run_id))["status"] == "queued"
    await work(resources, run_id, Counting())
    run = await see(api, run_id)
    assert run["status"] == "succeeded"
    assert run["progress"] == {"done": 3, "total": 3, "unit": "listing"}
    assert run["counts"] == {
        "created": 3,
        "updated": 0,
        "unchanged": 0,
        "skipped": 0,
        "failed": 0,
    }
    assert run["finished_at"] is not None
    log = (await api.get(f"/v1/runs/{run_id}/log")).json()["data"]
    assert [line["message"] for line in log] == ["Counted 1.", "Counted 2.", "Counted 3."]
    async with resources.unit_of_work() as uow:
        kept = await uow.session.scalar(
            text("SELECT cursor FROM channel_integrations WHERE type = 'import_listings'")
        )
    assert kept == {"counted": 3}


async def test_a_second_run_of_the_same_kind_is_told_of_the_first(
    api: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    run_id = await start(api, shop)
    body = {"channel_id": str(shop.channel_id), "integration": KIND.value}
    second = await api.post("/v1/runs", json=body)
    assert second.status_code == 409
    assert second.json()["code"] == "run_active"
    assert second.json()["run_id"] == str(run_id)
    await work(resources, run_id, Counting())
    assert (await api.post("/v1/runs", json=body)).status_code == 202


async def test_failed_items_do_not_fail_the_run_and_can_be_retried_alone(
    api: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    run_id = await start(api, shop)
    await work(resources, run_id, Counting(failing=frozenset({2})))
    assert (await see(api, run_id))["status"] == "completed_with_errors"
    failed = (await api.get(f"/v1/runs/{run_id}/items", params={"outcome": "failed"})).json()
    assert [(item["external_id"], item["code"]) for item in failed["data"]] == [("2", "odd")]
    again = await api.post(f"/v1/runs/{run_id}/retry")
    assert again.status_code == 202
    assert again.json()["params"] == {"external_ids": [2]}
    assert again.json()["retry_of"] == str(run_id)
    await work(resources, UUID(again.json()["id"]), Counting())
    nothing = await api.post(f"/v1/runs/{again.json()['id']}/retry")
    assert nothing.json()["code"] == "nothing_to_retry"


async def test_a_dry_run_leaves_nothing_but_its_record(
    api: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    run_id = await start(api, shop, mode="dry_run")
    await work(resources, run_id, Counting())
    assert await counted(resources) == []
    run = await see(api, run_id)
    assert (run["status"], run["counts"]["created"]) == ("succeeded", 3)
    items = (await api.get(f"/v1/runs/{run_id}/items")).json()["data"]
    chosen = [items[0]["id"], items[2]["id"]]
    plan = {"plan_run_id": str(run_id), "item_ids": chosen}
    executed = await api.post("/v1/runs", json=plan)
    assert executed.status_code == 202
    assert executed.json()["mode"] == "execute"
    assert executed.json()["params"] == {"external_ids": [1, 3], "item_ids": chosen}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RateLimited(wait=12.0), "rate_limit"),
        (StoreUnavailable(wait=1.0), "store_unavailable"),
        (Unreachable(sent=True), "store_unavailable"),
        (MalformedAnswer(), "store_unavailable"),
    ],
)
async def test_a_run_waits_and_goes_on_from_its_page(
    api: httpx.AsyncClient,
    resources: Resources,
    shop: Shop,
    clock: SettableClock,
    error: BigCommerceError,
    reason: str,
) -> None:
    run_id = await start(api, shop)
    troubled = True

    async def trouble(number: int) -> None:
        if number == 2 and troubled:
            raise error

    counting = Counting(before=trouble)
    await work(resources, run_id, counting)
    run = await see(api, run_id)
    assert (run["status"], run["waiting_for"]) == ("waiting", reason)
    assert run["resume_at"] is not None
    troubled = False
    await work(resources, run_id, counting)
    assert (await see(api, run_id))["status"] == "waiting", "not before its time"
    clock.at += timedelta(seconds=400)
    await work(resources, run_id, counting)
    assert (await see(api, run_id))["status"] == "succeeded"
    assert await counted(resources) == [1, 2, 3]
    assert counting.read == [1, 2, 3]


async def test_an_answer_that_stays_unreadable_fails_the_run_in_the_end(
    api: httpx.AsyncClient, resources: Resources, shop: Shop, clock: SettableClock
) -> None:
    run_id = await start(api, shop)

    async def trouble(number: int) -> None:
        raise MalformedAnswer

    for _ in range(7):
        await work(resources, run_id, Counting(before=trouble))
        clock.at += timedelta(seconds=400)
    run = await see(api, run_id)
    assert (run["status"], run["code"]) == ("failed", "unexpected_answer")


async def test_a_dead_token_ends_the_run_and_pauses_the_channel(
    api: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    run_id = await start(api, shop)

    async def trouble(number: int) -> None:
        raise CredentialsRejected

    await work(resources, run_id, Counting(before=trouble))
    run = await see(api, run_id)
    assert (run["status"], run["code"]) == ("failed", "credentials_rejected")
    connection = (await api.get(f"/v1/connections/{shop.connection_id}")).json()
    assert connection["status"] == "needs_reauthorization"
    integrations = (await api.get(f"/v1/channels/{shop.channel_id}/integrations")).json()["data"]
    assert {item["pause_reason"] for item in integrations} == {"credentials_rejected"}
    refused = await api.post(
        "/v1/runs", json={"channel_id": str(shop.channel_id), "integration": KIND.value}
    )
    assert refused.status_code == 409


async def test_a_missing_scope_pauses_one_integration(
    api: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    run_id = await start(api, shop)

    async def trouble(number: int) -> None:
        raise ScopeMissing

    await work(resources, run_id, Counting(before=trouble))
    assert (await see(api, run_id))["code"] == "scope_missing"
    integrations = (await api.get(f"/v1/channels/{shop.channel_id}/integrations")).json()["data"]
    paused = {item["type"]: item["pause_reason"] for item in integrations if item["paused"]}
    assert paused == {"import_listings": "scope_missing"}


async def test_a_bug_fails_the_run_with_internal(
    api: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    run_id = await start(api, shop)

    async def trouble(number: int) -> None:
        raise ZeroDivisionError("secret detail")

    await work(resources, run_id, Counting(before=trouble))
    run = await see(api, run_id)
    assert (run["status"], run["code"]) == ("failed", "internal")
    assert "secret detail" not in str(run)


async def test_cancelling_stops_at_the_next_page(
    api: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    run_id = await start(api, shop)

    async def cancel(number: int) -> None:
        if number == 2:
            answer = await api.post(f"/v1/runs/{run_id}/cancel")
            assert answer.status_code == 200

    await work(resources, run_id, Counting(before=cancel))
    run = await see(api, run_id)
    assert (run["status"], run["progress"]["done"]) == ("cancelled", 2)
    late = await api.post(f"/v1/runs/{run_id}/cancel")
    assert late.json()["code"] == "run_finished"


async def test_a_queued_run_is_cancelled_at_once(
    api: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    run_id = await start(api, shop)
    answer = await api.post(f"/v1/runs/{run_id}/cancel")
    assert answer.json()["status"] == "cancelled"
    await work(resources, run_id, Counting())
    assert await counted(resources) == []


async def test_a_worker_that_is_stopped_gives_its_run_back_at_once(
    api: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    run_id = await start(api, shop)
    reached = asyncio.Event()

    async def hang(number: int) -> None:
        if number == 2:
            reached.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(work(resources, run_id, Counting(before=hang)))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await work(resources, run_id, Counting())
    assert (await see(api, run_id))["status"] == "succeeded"
    assert await counted(resources) == [1, 2, 3]


async def test_a_worker_thought_dead_cannot_write_beside_its_successor(
    api: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    run_id = await start(api, shop)
    taken_over = False

    async def lose(number: int) -> None:
        nonlocal taken_over
        if number == 2 and not taken_over:
            taken_over = True
            async with resources.unit_of_work() as uow:
                assert await free_abandoned(uow) == [run_id], "nobody holds worker 7's lock"
            await work(resources, run_id, Counting())

    await work(resources, run_id, Counting(before=lose))
    assert await counted(resources) == [1, 2, 3]
    run = await see(api, run_id)
    assert (run["status"], run["progress"]["done"], run["counts"]["created"]) == ("succeeded", 3, 3)


async def test_a_lease_that_ran_out_is_taken_over(
    api: httpx.AsyncClient, resources: Resources, shop: Shop, clock: SettableClock
) -> None:
    run_id = await start(api, shop)
    async with resources.unit_of_work() as uow:
        assert await claim_run(uow, run_id, WORKER, LEASE) is not None
    async with resources.unit_of_work() as uow:
        assert await claim_run(uow, run_id, WORKER + 1, LEASE) is None
    clock.at += LEASE + timedelta(seconds=1)
    await work(resources, run_id, Counting())
    assert (await see(api, run_id))["status"] == "succeeded"


async def test_a_run_that_nobody_took_is_rung_for_again(
    api: httpx.AsyncClient, resources: Resources, shop: Shop, clock: SettableClock
) -> None:
    await start(api, shop)
    patience = timedelta(seconds=3)
    async with resources.unit_of_work() as uow:
        assert await ring_for_neglected(uow, patience) == 0, "it was rung for just now"
    clock.at += timedelta(seconds=4)
    async with resources.unit_of_work() as uow:
        assert await ring_for_neglected(uow, patience) == 1
    clock.at += timedelta(seconds=4)
    async with resources.unit_of_work() as uow:
        assert await ring_for_neglected(uow, patience) == 0, "the queue may be long"
    clock.at += timedelta(seconds=4)
    async with resources.unit_of_work() as uow:
        assert await ring_for_neglected(uow, patience) == 1


async def test_a_run_whose_worker_died_is_rung_for_as_soon_as_a_new_one(
    api: httpx.AsyncClient, resources: Resources, shop: Shop, clock: SettableClock
) -> None:
    run_id = await start(api, shop)
    patience = timedelta(seconds=3)
    for _ in range(6):
        clock.at += timedelta(minutes=2)
        async with resources.unit_of_work() as uow:
            assert await ring_for_neglected(uow, patience) == 1
    async with resources.unit_of_work() as uow:
        assert await claim_run(uow, run_id, WORKER, LEASE) is not None
    clock.at += LEASE + timedelta(seconds=1)
    async with resources.unit_of_work() as uow:
        assert await free_abandoned(uow) == [run_id]
    clock.at += timedelta(seconds=4)
    async with resources.unit_of_work() as uow:
        assert await ring_for_neglected(uow, patience) == 1, "the ring may have been lost with it"


async def test_pages_get_smaller_while_workers_die_of_them(
    api: httpx.AsyncClient, resources: Resources, shop: Shop, clock: SettableClock
) -> None:
    sizes: list[int] = []

    @dataclass
    class Sizing(Counting):
        async def pages(
            self, context: RunContext, cursor: dict[str, Any]
        ) -> AsyncGenerator[PageWork, None]:
            sizes.append(context.run.page_size)
            async for page in super().pages(context, cursor):
                yield page

    async def die(number: int) -> None:
        if len(sizes) < 4:
            raise asyncio.CancelledError

    run_id = await start(api, shop)
    for _ in range(3):
        with pytest.raises(asyncio.CancelledError):
            await work(resources, run_id, Sizing(before=die))
    await work(resources, run_id, Sizing(before=die))
    assert sizes == [250, 125, 62, 31]
    assert (await see(api, run_id))["status"] == "succeeded"


async def test_a_cancelled_run_of_a_dead_worker_is_finished_by_the_sweep(
    api: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    run_id = await start(api, shop)
    async with resources.unit_of_work() as uow:
        await claim_run(uow, run_id, WORKER, LEASE)
    assert (await api.post(f"/v1/runs/{run_id}/cancel")).json()["status"] == "running"
    async with resources.unit_of_work() as uow:
        await free_abandoned(uow)
        assert await finish_cancelled(uow) == [run_id]
    assert (await see(api, run_id))["status"] == "cancelled"


async def test_a_paused_integration_and_unknown_params_are_refused(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    body = {"channel_id": str(shop.channel_id), "integration": KIND.value}
    wrong = await api.post("/v1/runs", json={**body, "params": {"fast": True}})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "params.fast"
    await api.patch(
        f"/v1/channels/{shop.channel_id}/integrations/{KIND.value}", json={"paused": True}
    )
    refused = await api.post("/v1/runs", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "integration_paused")


async def test_the_log_comes_as_csv_and_ndjson(
    api: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    run_id = await start(api, shop)
    await work(resources, run_id, Counting())
    address = f"/v1/runs/{run_id}/log"
    csv_text = (await api.get(address, headers={"Accept": "text/csv"})).text
    assert csv_text.splitlines()[0] == "id,at,level,code,message"
    assert len(csv_text.splitlines()) == 4
    lines = (await api.get(address, headers={"Accept": "application/x-ndjson"})).text.splitlines()
    assert len(lines) == 3


async def test_events_tell_the_story_and_resume(
    api: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    run_id = await start(api, shop)
    await work(resources, run_id, Counting())
    events = await read_events(api, run_id)
    assert [kind for kind, _ in events] == ["log", "log", "log", "status", "progress", "end"]
    resumed = await read_events(api, run_id, after=events[1][1])
    assert [kind for kind, _ in resumed] == ["log", "status", "progress", "end"]
    assert [kind for kind, _ in await read_events(api, run_id, after=events[-1][1])] == ["end"]


async def read_events(
    api: httpx.AsyncClient, run_id: UUID, after: str | None = None
) -> list[tuple[str, str]]:
    headers = {"Last-Event-ID": after} if after else {}
    answer = await api.get(f"/v1/runs/{run_id}/events", headers=headers)
    found = []
    for block in answer.text.replace("\r\n", "\n").strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in fields:
            found.append((fields["event"], fields["id"]))
    return found


async def test_nothing_of_a_run_is_written_twice_in_a_row_of_crashes(
    api: httpx.AsyncClient, resources: Resources, shop: Shop
) -> None:
    run_id = await start(api, shop)
    total = 12
    for crash_at in range(1, total + 1):

        async def crash(number: int, at: int = crash_at) -> None:
            if number == at:
                raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):
            await work(resources, run_id, Counting(total=total, before=crash))
    await work(resources, run_id, Counting(total=total))
    assert await counted(resources) == list(range(1, total + 1))
    assert await row_count(resources, "run_items") == total
