"""A channel with orders, and drafts as Get Orders makes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.channels.models import Channel
from app.core.ids import new_id
from app.core.resources import Resources
from app.orders.drafts import AddressDraft, LineDraft, OrderDraft, SavedOrder
from app.orders.importing import save_orders
from app.orders.models import Order

MODIFIED = datetime(2026, 5, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Till:
    """A channel, and short ways to bring orders in."""

    resources: Resources
    account_id: UUID
    channel_id: UUID

    async def save(self, *drafts: OrderDraft, write: bool = True) -> list[SavedOrder]:
        """Save one page in its own transaction."""
        async with self.resources.unit_of_work() as uow:
            return await save_orders(
                uow,
                self.resources.keyring,
                account_id=self.account_id,
                channel_id=self.channel_id,
                drafts=drafts,
                write=write,
            )

    async def row(self, external_id: int) -> Order:
        """Return an order's row."""
        async with self.resources.unit_of_work() as uow:
            found = await uow.session.scalar(
                select(Order).where(Order.external_number == external_id)
            )
            assert found is not None
            return found


@pytest.fixture
async def till(resources: Resources, account_id: UUID) -> Till:
    """A channel of the account."""
    async with resources.unit_of_work() as uow:
        channel = Channel(
            id=new_id(), account_id=account_id, name="Shop", type="bigcommerce", setup={}
        )
        uow.session.add(channel)
    return Till(resources, account_id, channel.id)


def line(external_id: int, *, address: int | None = 20, **values: Any) -> LineDraft:
    """A line draft with a few values."""
    content: dict[str, Any] = {
        "id": str(external_id),
        "sku": f"SKU-{external_id}",
        "name": "Blue Widget",
        "quantity": 2,
        "quantity_refunded": 0,
        "quantity_shipped": 0,
        "price_inc_tax": Decimal("21.6000"),
        "wrapping_message": "Happy birthday, Ada!",
    }
    return LineDraft(external_id, address, {**content, **values}, type="physical")


def address(external_id: int = 20, **values: Any) -> AddressDraft:
    """A shipping address draft."""
    content = {
        "first_name": "Ada",
        "street_address_1": "5 Quay Street",
        "zip": "94105",
        "state": "California",
        "state_code": "CA",
        "country_iso_2": "US",
        "shipping_method": "Standard",
        "cost_inc_tax": Decimal("5.4"),
    }
    return AddressDraft(external_id, {**content, **values})


def order(external_id: int = 100, **changes: Any) -> OrderDraft:
    """An order draft; keyword arguments replace its fields."""
    draft = OrderDraft(
        external_id=external_id,
        status_id=11,
        values={
            "order_id": str(external_id),
            "total_inc_tax": Decimal("102.6000"),
            "currency_code": "USD",
            "items_total": 3,
            "exchange_rate": Decimal("1.0000000000"),
            "date_created": MODIFIED,
            "customer_message": "Ring twice",
        },
        billing={
            "first_name": "Ada",
            "email": "ada@example.com",
            "street_address_1": "1 Dock Road",
            "country": "United States",
            "state_code": "CA",
        },
        addresses=(address(),),
        lines=(line(1), line(2)),
        created_at=MODIFIED,
        modified_at=MODIFIED,
    )
    return replace(draft, **changes)
