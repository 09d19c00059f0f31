"""Queries of notifications."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, delete, select, update

from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.notifications.kinds import DeliveryStatus, NotificationKind
from app.notifications.models import Notification, NotificationDelivery, NotificationEndpoint

KEPT_FOR: Final = timedelta(days=90)


def notifications_of(
    account_id: UUID,
    *,
    unread: bool | None = None,
    kind: NotificationKind | None = None,
    channel_id: UUID | None = None,
) -> Select[Notification]:
    """Select an account's notifications, newest first."""
    query = select(Notification).where(Notification.account_id == account_id)
    if unread is not None:
        missing = Notification.read_at.is_(None)
        query = query.where(missing if unread else ~missing)
    if kind is not None:
        query = query.where(Notification.kind == kind.value)
    if channel_id is not None:
        query = query.where(Notification.channel_id == channel_id)
    return query.order_by(Notification.id.desc())


async def get_notification(
    uow: UnitOfWork, account_id: UUID, notification_id: UUID, *, lock: bool = False
) -> Notification:
    """Return a notification of the account; raises `NotFound`."""
    query = select(Notification).where(
        Notification.account_id == account_id, Notification.id == notification_id
    )
    row = await uow.session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound("There is no notification with that id.")
    return row


def endpoints_of(account_id: UUID) -> Select[NotificationEndpoint]:
    """Select an account's endpoints, oldest first."""
    return (
        select(NotificationEndpoint)
        .where(NotificationEndpoint.account_id == account_id)
        .order_by(NotificationEndpoint.id)
    )


async def get_endpoint(
    uow: UnitOfWork, account_id: UUID, endpoint_id: UUID, *, lock: bool = False
) -> NotificationEndpoint:
    """Return an endpoint of the account; raises `NotFound`."""
    query = endpoints_of(account_id).where(NotificationEndpoint.id == endpoint_id)
    row = await uow.session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound("There is no notification endpoint with that id.")
    return row


def deliveries_of(endpoint_id: UUID) -> Select[NotificationDelivery]:
    """Select what was or is on its way to an endpoint, newest first."""
    return (
        select(NotificationDelivery)
        .where(NotificationDelivery.endpoint_id == endpoint_id)
        .order_by(NotificationDelivery.id.desc())
    )


async def claim_delivery(
    uow: UnitOfWork, delivery_id: UUID, until: datetime
) -> NotificationDelivery | None:
    """Take a delivery that is due; None when it is not. It is due again at `until` if we die."""
    row: NotificationDelivery | None = await uow.session.scalar(
        update(NotificationDelivery)
        .where(
            NotificationDelivery.id == delivery_id,
            NotificationDelivery.status == DeliveryStatus.PENDING.value,
            NotificationDelivery.next_at <= uow.clock.now(),
        )
        .values(next_at=until, attempts=NotificationDelivery.attempts + 1)
        .returning(NotificationDelivery)
        .execution_options(synchronize_session=False)
    )
    return row


async def due_deliveries(uow: UnitOfWork, before: datetime, limit: int) -> list[UUID]:
    """Return deliveries that have been due since a moment."""
    rows = await uow.session.scalars(
        select(NotificationDelivery.id)
        .where(
            NotificationDelivery.status == DeliveryStatus.PENDING.value,
            NotificationDelivery.next_at <= before,
        )
        .order_by(NotificationDelivery.next_at)
        .limit(limit)
    )
    return list(rows)


async def forget_old_notifications(uow: UnitOfWork) -> None:
    """Delete notifications, and with them their deliveries, that nobody needs any more."""
    await uow.session.execute(
        delete(Notification).where(Notification.last_at < uow.clock.now() - KEPT_FOR)
    )
