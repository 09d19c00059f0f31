"""`/v1/listings/{id}/explain` and `/v1/listings/{id}/writes`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from app.accounts.auth import Reader
from app.accounts.idempotency import IdempotentRoute
from app.core.deps import Uow
from app.core.pagination import Page, PageRequest, paginate
from app.core.schemas import GivenId
from app.listings.repository import get_listing
from app.listings.writes import history_of
from app.listings.writes_ports import Explainer
from app.listings.writes_schemas import ExplanationView, WriteView, write_view

router = APIRouter(prefix="/v1/listings", tags=["listings"], route_class=IdempotentRoute)


def _explainer(request: Request) -> Explainer:
    explainer: Explainer = request.app.state.explainer
    return explainer


@router.get("/{listing_id}/explain")
async def get_explanation(
    listing_id: GivenId,
    uow: Uow,
    caller: Reader,
    explainer: Annotated[Explainer, Depends(_explainer)],
    field: Annotated[str, Query(max_length=200)],
    variant_id: GivenId | None = None,
) -> ExplanationView:
    """Explain why a field has its value: product, rules, template, what was sent, what came back.

    `variant_id` may be left out for a listing with a single variant.
    """
    listing = await get_listing(uow, caller.account_id, listing_id)
    return await explainer.explain(uow, listing, field, variant_id)


@router.get("/{listing_id}/writes")
async def get_writes(
    listing_id: GivenId,
    uow: Uow,
    caller: Reader,
    page: Annotated[PageRequest, Depends()],
    field: Annotated[str | None, Query(max_length=200)] = None,
    variant_id: GivenId | None = None,
) -> Page[WriteView]:
    """List what was written of a listing to its store, newest first."""
    listing = await get_listing(uow, caller.account_id, listing_id)
    query = history_of(listing.id, field=field, variant_id=variant_id)
    found = await paginate(uow.session, query, page)
    return Page(data=[write_view(row) for row in found.rows], next_cursor=found.next_cursor)
