"""Tables of notifications. Where they are sent, and what signs them, is kept encrypted."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, IdColumn, UpdatedAt


class Notification(Base):
    """Something that an account's people should know.

    While it is unread, the same again is counted here instead of being noted anew.
    """

    __tablename__ = "notifications"

    id: Mapped[IdColumn]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(30))
    severity: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(60))
    sentence: Mapped[str] = mapped_column(String(1000))
    """`{count}` stands for how often it happened."""
    entity: Mapped[str | None] = mapped_column(String(40))
    entity_id: Mapped[str | None] = mapped_column(String(80))
    dedupe_key: Mapped[str] = mapped_column(String(200))
    count: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[CreatedAt]
    last_at: Mapped[CreatedAt]
    announced_at: Mapped[CreatedAt]
    announcement: Mapped[UUID]
    """Changes whenever it is handed to the endpoints; `announced_at` is when it last was."""
    read_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_notifications_unread",
            "account_id",
            "dedupe_key",
            unique=True,
            postgresql_where=text("read_at IS NULL"),
        ),
        Index(None, "account_id", "id"),
        Index(None, "channel_id"),
        Index(None, "last_at"),
    )


class NotificationEndpoint(Base):
    """An address outside that an account's notifications are carried to."""

    __tablename__ = "notification_endpoints"

    id: Mapped[IdColumn]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    sealed_target: Mapped[str] = mapped_column(Text)
    sealed_secret: Mapped[str | None] = mapped_column(Text)
    """Of a webhook, as `whsec_…`."""
    kinds: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    """Kinds of notification that it wants; none named means all."""
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    disabled_reason: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]

    __table_args__ = (Index(None, "account_id", "id"),)


class NotificationDelivery(Base):
    """One notification on its way to one endpoint, tried until it arrives or is given up."""

    __tablename__ = "notification_deliveries"

    id: Mapped[IdColumn]
    endpoint_id: Mapped[UUID] = mapped_column(
        ForeignKey("notification_endpoints.id", ondelete="CASCADE")
    )
    notification_id: Mapped[UUID] = mapped_column(
        ForeignKey("notifications.id", ondelete="CASCADE")
    )
    status: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    next_at: Mapped[datetime]
    """When it is due; while a worker is at it, when another one may take over."""
    answer: Mapped[int | None]
    """Status of the last HTTP answer."""
    problem: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[CreatedAt]
    delivered_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "endpoint_id", "id"),
        Index(None, "notification_id"),
        Index(None, "next_at", postgresql_where=text("status = 'pending'")),
    )
