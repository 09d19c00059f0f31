"""`/v1/listings`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from app.accounts.auth import Reader, Writer
from app.accounts.idempotency import IdempotentRoute
from app.channels.repository import get_channel
from app.core.deps import Uow
from app.core.pagination import Page, PageRequest, paginate
from app.core.schemas import GivenId
from app.listings import service
from app.listings.building import build_listings
from app.listings.kinds import Health
from app.listings.ports import AfterBuild, BuildSources
from app.listings.repository import get_listing, listings_of
from app.listings.schemas import (
    BuildAnswer,
    BuildRequest,
    ListingPatch,
    ListingView,
    NotBuiltView,
    StatusRequest,
)
from app.listings.status_change import change_status

router = APIRouter(prefix="/v1/listings", tags=["listings"], route_class=IdempotentRoute)


def _build_sources(request: Request) -> BuildSources:
    sources: BuildSources = request.app.state.build_sources
    return sources


def _after_build(request: Request) -> AfterBuild:
    after_build: AfterBuild = request.app.state.after_build
    return after_build


Sources = Annotated[BuildSources, Depends(_build_sources)]
Following = Annotated[AfterBuild, Depends(_after_build)]


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


@router.post("/build")
async def post_build(
    body: BuildRequest, uow: Uow, caller: Writer, sources: Sources, following: Following
) -> BuildAnswer:
    """Build listings of products, or build them anew; SKUs fail one by one."""
    built = await build_listings(
        uow, caller, body.channel_id, body.product_skus, sources, body.template_id
    )
    run_id = await following.built(uow, caller.account_id, body.channel_id, built.listing_ids)
    return BuildAnswer(
        created=built.created,
        updated=built.updated,
        unchanged=built.unchanged,
        failed=[NotBuiltView.model_validate(item) for item in built.failed],
        remarks=[NotBuiltView.model_validate(item) for item in built.remarks],
        listing_ids=built.listing_ids,
        link_run_id=run_id,
    )


@router.post("/{listing_id}/status")
async def post_status(
    listing_id: GivenId, body: StatusRequest, uow: Uow, caller: Writer
) -> ListingView:
    """Ask for a status; a run carries it out. Pausing takes effect at once."""
    listing = await change_status(uow, caller, listing_id, body)
    return (await service.view_listings(uow, [listing]))[0]
