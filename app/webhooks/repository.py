"""Queries of the inbox."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, delete, func, select, text, update

from app.channels.models import Channel
from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.webhooks.kinds import PENDING, WORKED_ON, EventEntity, EventStatus
from app.webhooks.models import WebhookEvent

KEPT_FOR = timedelta(days=30)
FORGOTTEN_AT_ONCE = 5_000


def events_of(
    account_id: UUID,
    *,
    channel_id: UUID | None = None,
    status: EventStatus | None = None,
    scope: str | None = None,
    external_id: int | None = None,
) -> Select[WebhookEvent]:
    """Select an account's events, newest first."""
    alive = select(Channel.id).where(Channel.account_id == account_id, Channel.deleted_at.is_(None))
    query = select(WebhookEvent).where(
        WebhookEvent.account_id == account_id, WebhookEvent.channel_id.in_(alive)
    )
    if channel_id is not None:
        query = query.where(WebhookEvent.channel_id == channel_id)
    if status is not None:
        query = query.where(WebhookEvent.status == status.value)
    if scope is not None:
        query = query.where(WebhookEvent.scope == scope)
    if external_id is not None:
        query = query.where(WebhookEvent.external_id == external_id)
    return query.order_by(WebhookEvent.id.desc())


async def get_event(uow: UnitOfWork, account_id: UUID, event_id: UUID) -> WebhookEvent:
    """Return an event of the account; raises `NotFound`."""
    row = await uow.session.scalar(events_of(account_id).where(WebhookEvent.id == event_id))
    if row is None:
        raise NotFound("There is no event with that id.")
    return row


async def events_between(
    uow: UnitOfWork, account_id: UUID, channel_id: UUID | None, start: datetime, end: datetime
) -> int:
    """Count events of a span that a replay would cover."""
    query = _replayable(account_id, channel_id, start, end).subquery()
    return int(await uow.session.scalar(select(func.count()).select_from(query)) or 0)


def _replayable(
    account_id: UUID, channel_id: UUID | None, start: datetime, end: datetime
) -> Select[UUID]:
    query = events_of(account_id, channel_id=channel_id).where(
        WebhookEvent.received_at >= start,
        WebhookEvent.received_at < end,
        WebhookEvent.entity.in_([entity.value for entity in WORKED_ON]),
    )
    return query.order_by(None).with_only_columns(WebhookEvent.id)


async def requeue_between(
    uow: UnitOfWork, account_id: UUID, channel_id: UUID | None, start: datetime, end: datetime
) -> set[tuple[UUID, EventEntity]]:
    """Let a span's events that are done be done again; return whose and of which kinds."""
    return await _requeue(uow, _replayable(account_id, channel_id, start, end))


async def requeue(uow: UnitOfWork, event_id: UUID) -> set[tuple[UUID, EventEntity]]:
    """Let one event be done again if it is done."""
    query = select(WebhookEvent.id).where(
        WebhookEvent.id == event_id,
        WebhookEvent.entity.in_([entity.value for entity in WORKED_ON]),
    )
    return await _requeue(uow, query)


async def _requeue(uow: UnitOfWork, ids: Select[UUID]) -> set[tuple[UUID, EventEntity]]:
    rows = await uow.session.execute(
        update(WebhookEvent)
        .where(
            WebhookEvent.id.in_(ids),
            WebhookEvent.status.not_in([status.value for status in PENDING]),
        )
        .values(
            status=EventStatus.RECEIVED.value,
            due_at=uow.clock.now(),
            attempts=0,
            waits=0,
            replays=WebhookEvent.replays + 1,
            duplicate_of=None,
            code=None,
            message=None,
        )
        .returning(WebhookEvent.connection_id, WebhookEvent.entity)
        .execution_options(synchronize_session=False)
    )
    return {(connection_id, EventEntity(entity)) for connection_id, entity in rows}


async def count_pending(uow: UnitOfWork) -> int:
    """Count events that are received and not yet processed."""
    query = select(func.count()).where(
        WebhookEvent.status.in_([status.value for status in PENDING])
    )
    return int(await uow.session.scalar(query) or 0)


async def forget_old_events(uow: UnitOfWork) -> int:
    """Delete events that are older than anybody looks at; some thousands a call."""
    old = (
        select(WebhookEvent.id)
        .where(WebhookEvent.received_at < uow.clock.now() - KEPT_FOR)
        .limit(FORGOTTEN_AT_ONCE)
    )
    rows = await uow.session.scalars(
        delete(WebhookEvent).where(WebhookEvent.id.in_(old)).returning(WebhookEvent.id)
    )
    return len(list(rows))


_LET_GO = text("""
    UPDATE webhook_events w SET status = 'ignored', code = 'disconnected',
        message = 'The store was disconnected before this event was acted on.',
        processed_at = :now
    FROM connections c
    WHERE c.id = w.connection_id AND w.status = 'received'
      AND (c.status = 'uninstalled' OR c.deleted_at IS NOT NULL)
""")


async def let_go_of_events(uow: UnitOfWork) -> None:
    """End events that still wait for a store that is no longer connected."""
    await uow.session.execute(_LET_GO, {"now": uow.clock.now()})
