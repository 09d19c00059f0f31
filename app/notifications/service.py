"""Noting what happened, reading it, and the endpoints that it is carried to."""

from __future__ import annotations

import secrets
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import case, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.audit import changed, record_change
from app.accounts.service import Principal
from app.core.crypto import KeyRing
from app.core.ids import new_id
from app.core.queue import WakeUp
from app.core.settings import Settings
from app.core.uow import UnitOfWork
from app.notifications.addresses import check_url
from app.notifications.errors import MailNotConfigured
from app.notifications.kinds import DeliveryStatus, EndpointKind, NotificationKind, Severity
from app.notifications.models import Notification, NotificationDelivery, NotificationEndpoint
from app.notifications.repository import get_endpoint, get_notification
from app.notifications.schemas import EndpointPatch, EndpointRequest

REMIND_AFTER: Final = timedelta(hours=24)
"""What goes on happening unread is carried outside once a day, not every time."""
DELIVER_JOB: Final = "deliver_notification"
LONGEST: Final = 1000


@dataclass(frozen=True)
class Notice:
    """Something to tell; `{count}` in the sentence stands for how often it happened.

    `key` names what it is about: while one of that key is unread, another is only counted.
    """

    kind: NotificationKind
    severity: Severity
    code: str
    sentence: str
    key: str
    channel_id: UUID | None = None
    entity: str | None = None
    entity_id: str | None = None
    count: int = 1


async def notify(uow: UnitOfWork, account_id: UUID, notice: Notice) -> UUID:
    """Note something in the caller's transaction; endpoints are told after its commit."""
    now, announcement = uow.clock.now(), new_id()
    new = insert(Notification).values(
        id=new_id(),
        account_id=account_id,
        channel_id=notice.channel_id,
        kind=notice.kind.value,
        severity=notice.severity.value,
        code=notice.code[:60],
        sentence=notice.sentence[:LONGEST],
        entity=notice.entity,
        entity_id=notice.entity_id,
        dedupe_key=notice.key[:200],
        count=notice.count,
        created_at=now,
        last_at=now,
        announced_at=now,
        announcement=announcement,
    )
    stale = Notification.announced_at < now - REMIND_AFTER
    row = (
        await uow.session.execute(
            new.on_conflict_do_update(
                index_elements=[Notification.account_id, Notification.dedupe_key],
                index_where=Notification.read_at.is_(None),
                set_={
                    "count": Notification.count + new.excluded.count,
                    "severity": new.excluded.severity,
                    "code": new.excluded.code,
                    "sentence": new.excluded.sentence,
                    "entity": new.excluded.entity,
                    "entity_id": new.excluded.entity_id,
                    "last_at": now,
                    "announced_at": case((stale, literal(now)), else_=Notification.announced_at),
                    "announcement": case(
                        (stale, literal(announcement)), else_=Notification.announcement
                    ),
                },
            ).returning(Notification.id, Notification.announcement)
        )
    ).one()
    if row.announcement == announcement:
        await _announce(uow, account_id, row.id, notice.kind)
    return UUID(str(row.id))


async def _announce(
    uow: UnitOfWork, account_id: UUID, notification_id: UUID, kind: NotificationKind
) -> None:
    rows = await uow.session.execute(
        select(NotificationEndpoint.id, NotificationEndpoint.kinds).where(
            NotificationEndpoint.account_id == account_id, NotificationEndpoint.enabled
        )
    )
    for endpoint_id, kinds in rows:
        if not kinds or kind.value in kinds:
            await _hand_over(uow, endpoint_id, notification_id)


async def _hand_over(uow: UnitOfWork, endpoint_id: UUID, notification_id: UUID) -> UUID:
    delivery = NotificationDelivery(
        id=new_id(),
        endpoint_id=endpoint_id,
        notification_id=notification_id,
        status=DeliveryStatus.PENDING.value,
        next_at=uow.clock.now(),
    )
    uow.session.add(delivery)
    await uow.session.flush()
    uow.ring_after_commit(WakeUp(DELIVER_JOB, {"delivery_id": str(delivery.id)}))
    return delivery.id


async def mark_read(uow: UnitOfWork, caller: Principal, notification_id: UUID) -> Notification:
    """Note that somebody has read it; a second time changes nothing."""
    row = await get_notification(uow, caller.account_id, notification_id, lock=True)
    if row.read_at is None:
        row.read_at = uow.clock.now()
        await uow.session.flush()
    return row


async def mark_all_read(uow: UnitOfWork, caller: Principal) -> int:
    """Mark every notification of the account as read; returns how many were not."""
    rows = await uow.session.scalars(
        update(Notification)
        .where(Notification.account_id == caller.account_id, Notification.read_at.is_(None))
        .values(read_at=uow.clock.now())
        .returning(Notification.id)
        .execution_options(synchronize_session=False)
    )
    return len(list(rows))


async def add_endpoint(
    uow: UnitOfWork, keyring: KeyRing, settings: Settings, caller: Principal, body: EndpointRequest
) -> tuple[NotificationEndpoint, str | None]:
    """Add an endpoint; returns it with the secret that signs what a webhook is sent.

    Raises `AddressNotAllowed` and `MailNotConfigured`.
    """
    secret = None
    if body.kind is EndpointKind.WEBHOOK:
        check_url(body.url or "", private=settings.notify_private_addresses)
        secret = f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"
    elif not settings.smtp_url.get_secret_value():
        raise MailNotConfigured("Set QUAYSIDE_SMTP_URL and QUAYSIDE_SMTP_FROM to send mail.")
    endpoint = NotificationEndpoint(
        id=new_id(),
        account_id=caller.account_id,
        kind=body.kind.value,
        sealed_target=keyring.encrypt(body.url or body.email or ""),
        sealed_secret=keyring.encrypt(secret) if secret else None,
        kinds=[kind.value for kind in body.kinds],
    )
    uow.session.add(endpoint)
    record_change(
        uow, caller, "create", "notification_endpoint", endpoint.id, {"kind": body.kind.value}
    )
    await uow.session.flush()
    await uow.session.refresh(endpoint)
    return endpoint, secret


async def change_endpoint(
    uow: UnitOfWork, caller: Principal, endpoint_id: UUID, body: EndpointPatch
) -> NotificationEndpoint:
    """Switch an endpoint on or off, or choose its kinds anew."""
    row = await get_endpoint(uow, caller.account_id, endpoint_id, lock=True)
    before = {"enabled": row.enabled, "kinds": row.kinds}
    if body.enabled is not None:
        row.enabled = body.enabled
        row.disabled_reason = None if body.enabled else "switched off by hand"
    if body.kinds is not None:
        row.kinds = [kind.value for kind in body.kinds]
    changes = changed(before, {"enabled": row.enabled, "kinds": row.kinds})
    if changes:
        record_change(uow, caller, "update", "notification_endpoint", row.id, changes)
    await uow.session.flush()
    await uow.session.refresh(row)
    return row


async def remove_endpoint(uow: UnitOfWork, caller: Principal, endpoint_id: UUID) -> None:
    """Delete an endpoint and whatever is on its way to it."""
    row = await get_endpoint(uow, caller.account_id, endpoint_id, lock=True)
    await uow.session.delete(row)
    record_change(uow, caller, "delete", "notification_endpoint", endpoint_id)


async def try_endpoint(uow: UnitOfWork, caller: Principal, endpoint_id: UUID) -> UUID:
    """Send an endpoint a notification to try it; returns the delivery's id."""
    row = await get_endpoint(uow, caller.account_id, endpoint_id)
    now = uow.clock.now()
    sample = Notification(
        id=new_id(),
        account_id=caller.account_id,
        kind=NotificationKind.TEST.value,
        severity=Severity.INFO.value,
        code="test",
        sentence="This is a test: notifications of Quayside reach you here.",
        dedupe_key=f"test:{new_id()}",
        last_at=now,
        announced_at=now,
        announcement=new_id(),
        read_at=now,
    )
    uow.session.add(sample)
    await uow.session.flush()
    return await _hand_over(uow, row.id, sample.id)
