"""What can be done with events by hand."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from app.accounts.audit import record_change
from app.accounts.service import Principal
from app.channels.repository import get_channel
from app.core.errors import ValidationFailed
from app.core.uow import UnitOfWork
from app.webhooks.doorbell import inbox_wake_up
from app.webhooks.errors import TooManyEvents
from app.webhooks.kinds import WORKED_ON, EventEntity
from app.webhooks.repository import events_between, get_event, requeue, requeue_between
from app.webhooks.schemas import ReplayRequest

MOST_REPLAYED = 20_000


async def replay_event(uow: UnitOfWork, caller: Principal, event_id: UUID) -> int:
    """Let an event be processed again; one that waits anyway is counted and left alone."""
    event = await get_event(uow, caller.account_id, event_id)
    if event.entity not in WORKED_ON:
        return 0
    _ring(uow, await requeue(uow, event.id))
    record_change(uow, caller, "replay", "webhook_event", event.id)
    return 1


async def replay_span(uow: UnitOfWork, caller: Principal, asked: ReplayRequest) -> int:
    """Let all events of a span be processed again.

    Raises `TooManyEvents` above `MOST_REPLAYED`; asked twice, it counts the same events and does
    nothing to those that still wait.
    """
    if asked.end <= asked.start:
        raise ValidationFailed.of("to", "empty_span", "`to` must be later than `from`.")
    if asked.channel_id is not None:
        await get_channel(uow, caller.account_id, asked.channel_id)
    span = (caller.account_id, asked.channel_id, asked.start, asked.end)
    count = await events_between(uow, *span)
    if count > MOST_REPLAYED:
        raise TooManyEvents.of(
            "to",
            "too_many_events",
            f"The span holds {count} events; at most {MOST_REPLAYED} are replayed at once.",
        )
    _ring(uow, await requeue_between(uow, *span))
    changes = {"from": asked.start.isoformat(), "to": asked.end.isoformat(), "events": count}
    entity_id = asked.channel_id or caller.account_id
    record_change(uow, caller, "replay", "webhook_events", entity_id, changes)
    return count


def _ring(uow: UnitOfWork, queues: Iterable[tuple[UUID, EventEntity]]) -> None:
    for connection_id, entity in sorted(queues):
        uow.ring_after_commit(inbox_wake_up(connection_id, entity))
