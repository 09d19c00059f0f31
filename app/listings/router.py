"""`/v1/listings`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.accounts.auth import Reader, Writer
from app.accounts.idempotency import IdempotentRoute
from app.channels.repository import get_channel
from app.core.deps import Uow
from app.core.pagination import Page, PageRequest, paginate
from app.core.schemas import GivenId
from app.listings import service
from app.listings.kinds import Health
from app.listings.repository import get_listing, listings_of
from app.listings.schemas import ListingPatch, ListingView

router = APIRouter(prefix="/v1/listings", tags=["listings"], route_class=IdempotentRoute)


@router.get("")
async def get_listings(
    uow: Uow,
    caller: Reader,
    page: Annotated[PageRequest, Depends()],
    channel_id: GivenId | None = None,
    sku: Annotated[str | None, Query(max_length=255)] = None,
    health: Health | None = None,
    linked: bool | None = None,
) -> Page[ListingView]:
    """List listings with their variants, oldest first."""
    if channel_id is not None:
        await get_channel(uow, caller.account_id, channel_id)
    query = listings_of(
        caller.account_id, channel_id=channel_id, sku=sku, health=health, linked=linked
    )
    found = await paginate(uow.session, query, page)
    return Page(data=await service.view_listings(uow, found.rows), next_cursor=found.next_cursor)


@router.get("/{listing_id}")
async def get_one_listing(listing_id: GivenId, uow: Uow, caller: Reader) -> ListingView:
    """Return one listing with its variants."""
    listing = await get_listing(uow, caller.account_id, listing_id)
    return (await service.view_listings(uow, [listing]))[0]


@router.patch("/{listing_id}")
async def patch_listing(
    listing_id: GivenId, body: ListingPatch, uow: Uow, caller: Writer
) -> ListingView:
    """Edit a listing's content, and prices, quantities and identifiers of its variants."""
    listing = await service.change_listing(uow, caller, listing_id, body)
    return (await service.view_listings(uow, [listing]))[0]
