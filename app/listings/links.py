"""Which listings are tied to a product of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.core.uow import UnitOfWork
from app.listings.kinds import LinkStatus
from app.listings.models import Listing
from app.mapping.ownership import EVERYTHING


@dataclass(frozen=True)
class Tie:
    """The product that a listing stands for; `ours` when its content was written here."""

    product_id: UUID
    ours: bool


async def ties_of(uow: UnitOfWork, listing_ids: Sequence[UUID]) -> dict[UUID, Tie]:
    """Return those of the listings that are linked to a product, by id."""
    if not listing_ids:
        return {}
    rows = await uow.session.execute(
        select(Listing.id, Listing.product_id, Listing.own_content).where(
            Listing.id.in_(listing_ids),
            Listing.link_status == LinkStatus.LINKED.value,
            Listing.product_id.is_not(None),
        )
    )
    return {
        row.id: Tie(row.product_id, EVERYTHING in row.own_content)
        for row in rows
        if row.product_id is not None
    }
