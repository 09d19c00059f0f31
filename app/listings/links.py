"""Which listings are tied to a product of ours."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.core.uow import UnitOfWork
from app.listings.kinds import LinkStatus
from app.listings.models import Listing


async def linked_ids(uow: UnitOfWork, listing_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the listings that are linked."""
    rows = await uow.session.scalars(
        select(Listing.id).where(
            Listing.id.in_(listing_ids), Listing.link_status == LinkStatus.LINKED.value
        )
    )
    return set(rows)
