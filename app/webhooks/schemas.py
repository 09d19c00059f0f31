"""Bodies of the inbox's routes."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from app.core.schemas import Body, GivenId, Id, Timestamp, View
from app.webhooks.kinds import EventEntity, EventStatus
from app.webhooks.models import WebhookEvent


class Touched(View):
    """A thing of ours that an event led to."""

    entity: str
    id: str | None
    external_id: str
    outcome: str


class EventView(View):
    """A delivery of a store, and what became of it; ids only."""

    id: Id
    channel_id: Id
    connection_id: Id
    store_hash: str
    scope: str
    entity: EventEntity
    external_id: str | None
    facts: dict[str, Any]
    hash: str
    verified_by: str
    status: EventStatus
    duplicate_of: Id | None
    code: str | None
    message: str | None
    attempts: int
    replays: int
    touched: list[Touched]
    store_created_at: Timestamp | None
    received_at: Timestamp
    due_at: Timestamp | None
    processed_at: Timestamp | None


class ReplayRequest(Body):
    """A span of time by receipt: `from` is part of it, `to` is not."""

    start: Timestamp = Field(alias="from")
    end: Timestamp = Field(alias="to")
    channel_id: GivenId | None = None


class Replayed(View):
    """How many events will be processed again."""

    replayed: int


def event_view(event: WebhookEvent) -> EventView:
    """Shape an event for an answer."""
    return EventView.model_validate(
        {
            **{
                name: getattr(event, name)
                for name in EventView.model_fields
                if name not in {"hash", "external_id", "due_at"}
            },
            "hash": event.event_hash,
            "external_id": None if event.external_id is None else str(event.external_id),
            "due_at": event.due_at if event.status == EventStatus.RECEIVED else None,
        }
    )
