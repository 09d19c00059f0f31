"""Tables of accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, IdColumn


class Account(Base):
    """Whoever owns channels: one tenant."""

    __tablename__ = "accounts"

    id: Mapped[IdColumn]
    name: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[CreatedAt]


class ApiKey(Base):
    """A key of an account. Only its SHA-256 is stored; it is shown once."""

    __tablename__ = "api_keys"

    id: Mapped[IdColumn]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    hint: Mapped[str] = mapped_column(String(12))
    scope: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[CreatedAt]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "account_id"),)


class IdempotencyKey(Base):
    """The answer that a POST with an `Idempotency-Key` was given."""

    __tablename__ = "idempotency_keys"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    sealed_body: Mapped[str | None] = mapped_column(Text)
    media_type: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[CreatedAt]

    __table_args__ = (Index(None, "created_at"),)


class AuditEvent(Base):
    """One change of configuration: who changed what, from what, to what."""

    __tablename__ = "audit_events"

    id: Mapped[IdColumn]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    actor: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(60))
    entity: Mapped[str] = mapped_column(String(40))
    entity_id: Mapped[str] = mapped_column(String(80))
    changes: Mapped[dict[str, Any]]
    at: Mapped[CreatedAt]

    __table_args__ = (
        Index(None, "account_id", "id"),
        Index(None, "account_id", "entity", "entity_id"),
    )
