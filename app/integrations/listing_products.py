"""Products of ours, made from imported listings."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.core.uow import UnitOfWork
from app.listings.drafts import ListingDraft, SavedListing
from app.runs.recording import ItemOutcome


async def save_products_of(
    uow: UnitOfWork, account_id: UUID, drafts: Sequence[ListingDraft], saved: Sequence[SavedListing]
) -> dict[int, ItemOutcome]:
    return {}
