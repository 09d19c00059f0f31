"""Tables of runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, IdColumn

ACTIVE_STATUSES = "status IN ('queued', 'running', 'waiting')"
_ZERO = text("0")


class Run(Base):
    """One execution of an integration: what to do, how far it got, who holds it."""

    __tablename__ = "runs"

    id: Mapped[IdColumn]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    integration: Mapped[str] = mapped_column(String(20))
    mode: Mapped[str] = mapped_column(String(10))
    trigger: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(24))
    waiting_for: Mapped[str | None] = mapped_column(String(20))
    code: Mapped[str | None] = mapped_column(String(60))
    message: Mapped[str | None] = mapped_column(String(1000))

    params: Mapped[dict[str, Any]]
    snapshot: Mapped[dict[str, Any]]
    """Settings and template as they were when the run was asked for."""
    cursor: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """Where the next page begins; written in the transaction of the page before."""
    scratch: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'::jsonb"), deferred=True
    )
    """What the run looked up once and needs on every page, e.g. names of brands."""
    retry_of: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    plan_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))

    progress_done: Mapped[int] = mapped_column(server_default=_ZERO)
    progress_total: Mapped[int | None]
    progress_unit: Mapped[str] = mapped_column(String(20))
    created: Mapped[int] = mapped_column(server_default=_ZERO)
    updated: Mapped[int] = mapped_column(server_default=_ZERO)
    unchanged: Mapped[int] = mapped_column(server_default=_ZERO)
    skipped: Mapped[int] = mapped_column(server_default=_ZERO)
    failed: Mapped[int] = mapped_column(server_default=_ZERO)
    requests_made: Mapped[int] = mapped_column(server_default=_ZERO)
    requests_estimated: Mapped[int | None]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    """Grows with every change that a listener of the progress stream may want to see."""

    cancel_requested: Mapped[bool] = mapped_column(server_default=text("false"))
    claim: Mapped[UUID | None]
    """Fencing token of the worker that holds the run; every write of a page checks it."""
    worker_key: Mapped[int | None] = mapped_column(BigInteger)
    """Advisory lock that the holder keeps as long as its process lives."""
    lease_until: Mapped[datetime | None]
    resume_at: Mapped[datetime | None]
    rung_at: Mapped[datetime | None]
    """When a worker was last woken for it; the sweeper rings again when nobody came."""
    unheard_rings: Mapped[int] = mapped_column(server_default=_ZERO)
    """Rings of the sweeper since a worker last took it."""
    attempts: Mapped[int] = mapped_column(server_default=_ZERO)
    fruitless: Mapped[int] = mapped_column(server_default=_ZERO)
    """Times that a worker has taken it since the last page that got through."""
    waits: Mapped[int] = mapped_column(server_default=_ZERO)
    """Waits since the last page that got through; they grow longer with it."""

    created_at: Mapped[CreatedAt]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_runs_active",
            "channel_id",
            "integration",
            unique=True,
            postgresql_where=text(ACTIVE_STATUSES),
        ),
        Index(None, "account_id", "id"),
        Index(None, "channel_id", "id"),
        Index("ix_runs_active_resume", "resume_at", postgresql_where=text(ACTIVE_STATUSES)),
        Index(None, "retry_of"),
        Index(None, "plan_run_id"),
    )


class RunItem(Base):
    """What became of one item of a run; unchanged items are counted, not listed."""

    __tablename__ = "run_items"

    id: Mapped[IdColumn]
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    entity: Mapped[str] = mapped_column(String(10))
    external_id: Mapped[str | None] = mapped_column(String(80))
    subject_id: Mapped[UUID | None]
    """Our id of the thing: a listing, an order, a shipment."""
    reference: Mapped[str | None] = mapped_column(String(300))
    """A name by which a person knows it, e.g. its SKU."""
    outcome: Mapped[str] = mapped_column(String(10))
    code: Mapped[str | None] = mapped_column(String(60))
    message: Mapped[str | None] = mapped_column(Text)
    field: Mapped[str | None] = mapped_column(String(200))
    retryable: Mapped[bool] = mapped_column(server_default=text("false"))
    changes: Mapped[list[Any] | None]
    at: Mapped[CreatedAt]

    __table_args__ = (
        Index(None, "run_id", "id"),
        Index(None, "run_id", "outcome", "id"),
    )


class RunLog(Base):
    """One line of a run's log, written for people."""

    __tablename__ = "run_logs"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    at: Mapped[CreatedAt]
    level: Mapped[str] = mapped_column(String(10))
    code: Mapped[str | None] = mapped_column(String(60))
    message: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index(None, "run_id", "id"),)
