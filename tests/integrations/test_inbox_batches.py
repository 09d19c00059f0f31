"""One object that cannot be coped with fails alone; the others never notice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from app.bigcommerce.errors import Invalid, StoreUnavailable
from app.core.clock import SettableClock
from app.core.resources import Resources
from app.integrations.inbox.batches import LEASE, MOST_ATTEMPTS, Group, grouped, work_on
from app.webhooks.claims import Claim, EventsLost, Finish, claim_events, finish_events, put_back
from app.webhooks.kinds import EventEntity, EventStatus
from tests.shops import Shop, open_shop
from tests.webhooks.deliveries import deliver, event


@pytest.fixture
async def shop(resources: Resources, account_id: UUID, anonymous: httpx.AsyncClient) -> Shop:
    """A shop with two events for each of ten orders."""
    shop = await open_shop(resources, account_id)
    for number in range(1, 11):
        for scope in ("store/order/created", "store/order/updated"):
            assert (await deliver(anonymous, event(scope, {"id": number}))).status_code == 200
    return shop


async def take(resources: Resources, shop: Shop, most: int = 100) -> Claim | None:
    async with resources.unit_of_work() as uow:
        return await claim_events(
            uow, shop.connection_id, EventEntity.ORDER, worker_key=7, lease=LEASE, most=most
        )


async def statuses(resources: Resources) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    async with resources.unit_of_work() as uow:
        rows = await uow.session.execute(text("SELECT external_id, status FROM webhook_events"))
        for number, status in rows:
            found.setdefault(number, set()).add(status)
    return found


class Worker:
    """Finishes groups, except those with an order that it cannot cope with."""

    def __init__(self, resources: Resources, claim: Claim, error: Exception | None) -> None:
        self.resources, self.claim, self.error = resources, claim, error
        self.calls: list[list[int]] = []

    async def __call__(self, group: Group) -> None:
        self.calls.append(list(group))
        if 7 in group and self.error is not None:
            raise self.error
        done = [event for events in group.values() for event in events]
        async with self.resources.unit_of_work() as uow:
            finishes = [Finish(event.id, EventStatus.PROCESSED) for event in done]
            await finish_events(uow, self.claim, finishes, LEASE)


async def test_a_poisoned_order_is_given_up_alone(
    resources: Resources, shop: Shop, clock: SettableClock
) -> None:
    tries = 0
    while (claim := await take(resources, shop)) is not None:
        tries += 1
        work = Worker(resources, claim, Invalid(detail="odd") if tries % 2 else KeyError("x"))
        await work_on(resources, claim, grouped(claim), work)
        found = await statuses(resources)
        assert all(found[number] == {"processed"} for number in found if number != 7)
        clock.at += timedelta(minutes=5)
    assert tries == MOST_ATTEMPTS
    assert (await statuses(resources))[7] == {"failed"}
    async with resources.unit_of_work() as uow:
        rows = await uow.session.execute(
            text("SELECT DISTINCT code, message FROM webhook_events WHERE status = 'failed'")
        )
        (row,) = rows.all()
    assert row.code == "store_refused"
    assert row.message


async def test_what_concerns_the_store_is_not_blamed_on_an_order(
    resources: Resources, shop: Shop
) -> None:
    claim = await take(resources, shop)
    assert claim is not None
    work = Worker(resources, claim, StoreUnavailable(wait=3))
    with pytest.raises(StoreUnavailable):
        await work_on(resources, claim, grouped(claim), work)
    assert len(work.calls) == 1


async def test_only_one_worker_has_events_of_a_connection(
    resources: Resources, shop: Shop, clock: SettableClock
) -> None:
    first = await take(resources, shop, most=4)
    assert first is not None
    assert len(first.events) == 4
    assert await take(resources, shop) is None
    clock.at += LEASE + timedelta(seconds=1)
    second = await take(resources, shop)
    assert second is not None
    assert len(second.events) == 16


async def test_a_worker_that_was_thought_dead_writes_nothing(
    resources: Resources, shop: Shop
) -> None:
    claim = await take(resources, shop)
    assert claim is not None
    async with resources.unit_of_work() as uow:
        await put_back(uow, claim)
    again = await take(resources, shop)
    assert again is not None
    finishes: list[Any] = [Finish(item.id, EventStatus.PROCESSED) for item in claim.events]
    with pytest.raises(EventsLost):
        async with resources.unit_of_work() as uow:
            await finish_events(uow, claim, finishes)
    assert {status for found in (await statuses(resources)).values() for status in found} == {
        "processing"
    }
