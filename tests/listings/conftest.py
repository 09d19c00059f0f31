"""A channel to sell on, and drafts as an import makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.channels.models import Channel
from app.core.ids import new_id
from app.core.resources import Resources
from app.listings.drafts import ListingDraft, SavedListing, VariantDraft
from app.listings.importing import save_page


async def add_channel(resources: Resources, account_id: UUID) -> UUID:
    """Create a channel row."""
    async with resources.unit_of_work() as uow:
        channel = Channel(
            id=new_id(), account_id=account_id, name="Shop", type="bigcommerce", setup={}
        )
        uow.session.add(channel)
        return channel.id


@dataclass(frozen=True)
class Shop:
    """A channel, and short ways to import into it."""

    resources: Resources
    account_id: UUID
    channel_id: UUID

    async def save(
        self, *drafts: ListingDraft, pause_new: bool = False, write: bool = True
    ) -> list[SavedListing]:
        """Save one page in its own transaction."""
        async with self.resources.unit_of_work() as uow:
            return await save_page(
                uow,
                account_id=self.account_id,
                channel_id=self.channel_id,
                drafts=drafts,
                pause_new=pause_new,
                write=write,
            )


@pytest.fixture
async def shop(resources: Resources, account_id: UUID) -> Shop:
    """A channel of the account."""
    return Shop(resources, account_id, await add_channel(resources, account_id))


def variant(external_id: int, sku: str = "", **values: Any) -> VariantDraft:
    """A variant draft with a few values."""
    content = {
        "sku": sku or f"V-{external_id}",
        "list_price": Decimal("21.99"),
        "quantity": 5,
        "options": {"Color": "Blue"},
    }
    return VariantDraft(external_id, {**content, **values})


def draft(
    external_id: int,
    *,
    variants: Sequence[VariantDraft] | None = None,
    health: str = "listed",
    attention: tuple[str, ...] = (),
    **values: Any,
) -> ListingDraft:
    """A listing draft with a few values and, unless told otherwise, one variant."""
    content = {
        "title": f"Toy {external_id}",
        "master_sku": f"TOY-{external_id}",
        "description": "Fun",
        "list_price": Decimal("19.99"),
        "weight": Decimal("2.50"),
        "images": ["https://img.example/1.jpg"],
        "category_path": [["Toys", "Educational"]],
        "brand": "Acme",
    }
    chosen = [variant(external_id * 10)] if variants is None else variants
    return ListingDraft(
        external_id=external_id,
        values={**content, **values},
        variants=tuple(chosen),
        store_facts={"currency": "USD", "inventory_tracking": "variant"},
        modified_at=datetime(2026, 1, 1, tzinfo=UTC),
        health=health,
        attention=attention,
    )
