"""Personal data goes when its time is over, whatever else is switched off."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.clock import SettableClock
from app.core.resources import Resources
from app.integrations.ordering.order_erasure import erase_due_personal_data
from app.orders.drafts import AddressDraft, OrderDraft
from app.orders.importing import save_orders
from tests.shops import Shop, open_shop


@pytest.fixture
async def shop(resources: Resources, account_id: UUID, clock: SettableClock) -> Shop:
    """A shop with a shipped and an open order of one person."""
    shop = await open_shop(resources, account_id)
    person = {"first_name": "Marisol", "city": "Austin"}
    drafts = [
        OrderDraft(
            external_id=number,
            status_id=status,
            values={"customer_message": "for Marisol"},
            billing=person,
            addresses=(AddressDraft(1, person),),
            lines=(),
            created_at=clock.at,
            modified_at=clock.at,
        )
        for number, status in ((1, 2), (2, 11))
    ]
    async with resources.unit_of_work() as uow:
        await save_orders(
            uow,
            resources.keyring,
            account_id=account_id,
            channel_id=shop.channel_id,
            drafts=drafts,
        )
    return shop


async def keep_for(resources: Resources, days: str) -> None:
    async with resources.unit_of_work() as uow:
        await uow.session.execute(
            text(
                "UPDATE channel_integrations SET enabled = false, settings ="
                " settings || jsonb_build_object('pii_retention_days', CAST(:days AS jsonb))"
                " WHERE type = 'get_orders'"
            ),
            {"days": days},
        )


async def erase(resources: Resources) -> int:
    async with resources.unit_of_work() as uow:
        return await erase_due_personal_data(uow)


async def test_nothing_is_erased_without_a_time(
    resources: Resources, shop: Shop, clock: SettableClock
) -> None:
    clock.at += timedelta(days=4000)
    assert await erase(resources) == 0


async def test_shipped_orders_are_erased_once_with_evidence(
    resources: Resources, shop: Shop, clock: SettableClock
) -> None:
    await keep_for(resources, "30")
    clock.at += timedelta(days=29)
    assert await erase(resources) == 0
    clock.at += timedelta(days=2)
    assert await erase(resources) == 1
    assert await erase(resources) == 0
    async with resources.unit_of_work() as uow:
        rows = await uow.session.execute(
            text(
                "SELECT external_number, sealed_person IS NULL AS gone, personal_data_erased_at"
                " FROM orders ORDER BY external_number"
            )
        )
        shipped, waiting = rows.all()
        (evidence,) = await uow.session.scalars(
            text("SELECT changes FROM audit_events WHERE action = 'erase_personal_data'")
        )
    assert shipped.gone
    assert shipped.personal_data_erased_at == clock.at
    assert not waiting.gone
    assert (evidence["orders"], evidence["days"]) == (1, 30)
