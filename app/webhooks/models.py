"""Tables of the inbox. No personal data: of an event's body only ids are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, IdColumn

SCOPE_LENGTH = 100
_ZERO = text("0")


class WebhookEvent(Base):
    """One delivery of a store, and what became of it.

    Account and channel are copies of the connection's, for lists; one foreign key is enough to
    make the row go with its channel, and each costs a look-up per insert.
    """

    __tablename__ = "webhook_events"

    id: Mapped[IdColumn]
    connection_id: Mapped[UUID] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    account_id: Mapped[UUID]
    channel_id: Mapped[UUID]
    store_hash: Mapped[str] = mapped_column(String(40))
    scope: Mapped[str] = mapped_column(String(SCOPE_LENGTH))
    entity: Mapped[str] = mapped_column(String(10))
    external_id: Mapped[int | None] = mapped_column(BigInteger)
    """The store's id of the order or product that is to be read again."""
    facts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """Other ids of the body, e.g. `variant_id`; for people, nothing is decided by them."""
    event_hash: Mapped[str] = mapped_column(String(64))
    verified_by: Mapped[str] = mapped_column(String(10))
    store_created_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(10))
    duplicate_of: Mapped[UUID | None]
    """An earlier event of the same scope and hash; no foreign key, it may be forgotten sooner."""
    due_at: Mapped[datetime]
    """Not before this moment; later than the receipt after a failure that passes."""
    claim: Mapped[UUID | None]
    worker_key: Mapped[int | None] = mapped_column(BigInteger)
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=_ZERO)
    """Tries that failed because of this very event."""
    waits: Mapped[int] = mapped_column(server_default=_ZERO)
    """Times it had to wait for the store."""
    replays: Mapped[int] = mapped_column(server_default=_ZERO)
    touched: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    """`[{"entity", "id", "external_id", "outcome"}]`, ours."""
    code: Mapped[str | None] = mapped_column(String(60))
    message: Mapped[str | None] = mapped_column(String(1000))
    processed_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "account_id", "id"),
        Index(None, "account_id", "status", "id"),
        Index(None, "account_id", "scope", "id"),
        Index(None, "channel_id", "id"),
        Index(None, "connection_id", "event_hash"),
        Index(None, "connection_id", "external_id"),
        Index(None, "received_at"),
        Index(
            "ix_webhook_events_waiting",
            "connection_id",
            "entity",
            "due_at",
            postgresql_where=text("status = 'received'"),
        ),
        Index(
            "ix_webhook_events_claimed",
            "connection_id",
            "entity",
            "lease_until",
            postgresql_where=text("status = 'processing'"),
        ),
    )


class OrderPoll(Base):
    """How far a connection's orders were compared with the store, to find events that never came.

    `window` and `cursor` are those of a comparison that is not finished.
    """

    __tablename__ = "order_polls"

    connection_id: Mapped[UUID] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True
    )
    compared_from: Mapped[datetime]
    """Changes of the store before this moment have been compared."""
    began_at: Mapped[datetime | None]
    cursor: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    due_at: Mapped[datetime]
    claim: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    swept_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """When the last look through the whole window of creation began."""
    sweeping: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the present comparison is such a look."""
    waits: Mapped[int] = mapped_column(server_default=_ZERO)
    missed: Mapped[int] = mapped_column(server_default=_ZERO)
    """Changes found so far that no event had told of."""
    last_missed_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "due_at"),)
