"""Tables of channels."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, IdColumn, UpdatedAt


class Channel(Base):
    """A place where an account sells."""

    __tablename__ = "channels"

    id: Mapped[IdColumn]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(20))
    setup: Mapped[dict[str, Any]]
    """Step → status, for the steps that are not pending."""
    connection_id: Mapped[UUID | None]
    """Kept by the connections package; no foreign key, because that table points here."""
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    deleted_at: Mapped[datetime | None]
    """Set by DELETE; the worker then takes our webhooks off the store and removes the rows."""

    __table_args__ = (Index(None, "account_id", "id"),)


class ChannelIntegration(Base):
    """One integration of a channel: whether it is on, its settings, template and schedule."""

    __tablename__ = "channel_integrations"

    id: Mapped[IdColumn]
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    type: Mapped[str] = mapped_column(String(20))
    enabled: Mapped[bool]
    paused: Mapped[bool] = mapped_column(server_default=text("false"))
    pause_reason: Mapped[str | None] = mapped_column(String(500))
    settings: Mapped[dict[str, Any]]
    template_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("mapping_templates.id", ondelete="RESTRICT")
    )
    schedule: Mapped[dict[str, Any] | None]
    next_due_at: Mapped[datetime | None]
    cursor: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """How far the integration has come in the store, e.g. the last date of modification."""
    stock_moved_at: Mapped[datetime | None]
    """Since when other channels have sold what a sync has not told this one's store."""
    updated_at: Mapped[UpdatedAt]

    __table_args__ = (
        UniqueConstraint("channel_id", "type"),
        Index(None, "next_due_at", postgresql_where=text("next_due_at IS NOT NULL")),
        Index(None, "stock_moved_at", postgresql_where=text("stock_moved_at IS NOT NULL")),
        Index(None, "template_id"),
    )


class ChannelDrift(Base):
    """When a channel's listings are compared with the store, and what is done about drift.

    A channel without a row has no schedule and only reports.
    """

    __tablename__ = "channel_drift"

    channel_id: Mapped[UUID] = mapped_column(
        ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True
    )
    schedule: Mapped[dict[str, Any] | None]
    policy: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """What is done about each kind of drift; kinds that are not named are reported."""
    next_due_at: Mapped[datetime | None]
    last_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    """The run that the schedule started last."""

    __table_args__ = (
        Index(None, "next_due_at", postgresql_where=text("next_due_at IS NOT NULL")),
        Index(None, "last_run_id"),
    )
