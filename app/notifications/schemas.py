"""Bodies of the notification routes."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.core.crypto import KeyRing
from app.core.schemas import Body, Id, Timestamp, View
from app.notifications.kinds import DeliveryStatus, EndpointKind, NotificationKind, Severity
from app.notifications.models import Notification, NotificationEndpoint

_MAIL: Final = re.compile(r"[^@\s<>,;\"()\[\]\\:]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z0-9-]{2,63}")


def _mail_address(value: str) -> str:
    if not _MAIL.fullmatch(value):
        raise ValueError("use one mail address")
    return value


Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=2000)]
Mail = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(_mail_address)
]
Kinds = Annotated[list[NotificationKind], Field(max_length=20)]


class NotificationView(View):
    """Something that happened; `count` says how often since it was last read."""

    id: Id
    channel_id: Id | None
    kind: NotificationKind
    severity: Severity
    code: str
    message: str
    entity: str | None
    entity_id: str | None
    count: int
    created_at: Timestamp
    last_at: Timestamp
    read_at: Timestamp | None


class ReadAnswer(View):
    """How many notifications were marked as read."""

    read: int


class EndpointRequest(Body):
    """A webhook with its URL, or a mail address; without kinds it is sent everything."""

    kind: EndpointKind
    url: Url | None = None
    email: Mail | None = None
    kinds: Kinds = []  # noqa: RUF012 - pydantic copies it

    @model_validator(mode="after")
    def _target_of_its_kind(self) -> EndpointRequest:
        wanted, other = (
            (self.url, self.email) if self.kind is EndpointKind.WEBHOOK else (self.email, self.url)
        )
        if wanted is None or other is not None:
            raise ValueError("a webhook needs `url` alone, mail needs `email` alone")
        return self


class EndpointPatch(Body):
    """Changes of an endpoint; absent fields stay."""

    enabled: bool | None = None
    kinds: Kinds | None = None


class EndpointView(View):
    """Where notifications are sent."""

    id: Id
    kind: EndpointKind
    url: str | None
    email: str | None
    kinds: list[NotificationKind]
    enabled: bool
    disabled_reason: str | None
    created_at: Timestamp
    updated_at: Timestamp


class NewEndpointView(EndpointView):
    """A new endpoint; a webhook's secret is in this answer and nowhere else."""

    secret: str | None


class DeliveryView(View):
    """One notification on its way to one endpoint."""

    id: Id
    endpoint_id: Id
    notification_id: Id
    status: DeliveryStatus
    attempts: int
    next_at: Timestamp
    answer: int | None
    problem: str | None
    created_at: Timestamp
    delivered_at: Timestamp | None


def notification_view(row: Notification) -> NotificationView:
    """Shape a notification for an answer or for a delivery."""
    return NotificationView(
        id=row.id,
        channel_id=row.channel_id,
        kind=NotificationKind(row.kind),
        severity=Severity(row.severity),
        code=row.code,
        message=row.sentence.replace("{count}", str(row.count)),
        entity=row.entity,
        entity_id=row.entity_id,
        count=row.count,
        created_at=row.created_at,
        last_at=row.last_at,
        read_at=row.read_at,
    )


def endpoint_view(keyring: KeyRing, row: NotificationEndpoint) -> EndpointView:
    """Shape an endpoint for an answer."""
    target = keyring.decrypt(row.sealed_target)
    is_webhook = row.kind == EndpointKind.WEBHOOK
    return EndpointView(
        id=row.id,
        kind=EndpointKind(row.kind),
        url=target if is_webhook else None,
        email=None if is_webhook else target,
        kinds=[NotificationKind(kind) for kind in row.kinds],
        enabled=row.enabled,
        disabled_reason=row.disabled_reason,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
