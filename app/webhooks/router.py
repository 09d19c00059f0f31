"""`/v1/webhook-events`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.accounts.auth import Reader, Writer
from app.accounts.idempotency import IdempotentRoute
from app.channels.repository import get_channel
from app.core.deps import Uow
from app.core.pagination import Page, PageRequest, paginate
from app.core.schemas import GivenId
from app.webhooks import service
from app.webhooks.kinds import EventStatus
from app.webhooks.models import SCOPE_LENGTH
from app.webhooks.reading import LARGEST_ID
from app.webhooks.repository import events_of, get_event
from app.webhooks.schemas import EventView, Replayed, ReplayRequest, event_view

router = APIRouter(prefix="/v1/webhook-events", tags=["webhooks"], route_class=IdempotentRoute)


@router.get("")
async def get_events(
    uow: Uow,
    caller: Reader,
    page: Annotated[PageRequest, Depends()],
    channel_id: GivenId | None = None,
    status: EventStatus | None = None,
    scope: Annotated[str | None, Query(max_length=SCOPE_LENGTH)] = None,
    external_id: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> Page[EventView]:
    """List events, newest first."""
    if channel_id is not None:
        await get_channel(uow, caller.account_id, channel_id)
    query = events_of(
        caller.account_id,
        channel_id=channel_id,
        status=status,
        scope=scope,
        external_id=external_id,
    )
    found = await paginate(uow.session, query, page)
    return Page(data=[event_view(row) for row in found.rows], next_cursor=found.next_cursor)


@router.get("/{event_id}")
async def get_one_event(event_id: GivenId, uow: Uow, caller: Reader) -> EventView:
    """Return one event with what it touched."""
    return event_view(await get_event(uow, caller.account_id, event_id))


@router.post("/replay", status_code=202, responses={400: {"description": "The body is not JSON"}})
async def post_replay(body: ReplayRequest, uow: Uow, caller: Writer) -> Replayed:
    """Process the events of a span again."""
    return Replayed(replayed=await service.replay_span(uow, caller, body))


@router.post("/{event_id}/replay", status_code=202)
async def post_one_replay(event_id: GivenId, uow: Uow, caller: Writer) -> Replayed:
    """Process one event again."""
    return Replayed(replayed=await service.replay_event(uow, caller, event_id))
