"""Tables of connections. Columns named `sealed_…` hold what only our key ring can read."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, IdColumn, UpdatedAt


class Connection(Base):
    """A channel's link to one store."""

    __tablename__ = "connections"

    id: Mapped[IdColumn]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    method: Mapped[str] = mapped_column(String(20))
    store_hash: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(30))
    status_reason: Mapped[str | None] = mapped_column(String(500))
    sealed_access_token: Mapped[str | None] = mapped_column(Text)
    client_id: Mapped[str | None] = mapped_column(String(200))
    sealed_client_secret: Mapped[str | None] = mapped_column(Text)
    """Of a store-level API account; an installed app uses the installation's own secret."""
    sealed_webhook_secret: Mapped[str | None] = mapped_column(Text)
    scopes: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    store: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """What the store said of itself, see `information.snapshot`."""
    store_refreshed_at: Mapped[datetime | None]
    ticket_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    link_code_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    pending_until: Mapped[datetime | None]
    """When the ticket and the link code of a pending connection stop working."""
    hook_problems: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    hooks_checked_at: Mapped[datetime | None]
    hooks_repaired_at: Mapped[datetime | None]
    """When something about hooks that were there before had last to be set right."""
    hook_repairs: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    """What was done then: `action, scope, hook_id`."""
    connected_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_connections_channel_id",
            "channel_id",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "uq_connections_store_hash_live",
            "store_hash",
            unique=True,
            postgresql_where=text("status IN ('active', 'needs_reauthorization')"),
        ),
        Index(None, "channel_id"),
        Index(None, "store_hash"),
        Index(None, "account_id", "id"),
        Index(
            "ix_connections_hooks_checked_at",
            "hooks_checked_at",
            postgresql_where=text("status = 'active'"),
        ),
    )

    def __repr__(self) -> str:
        return f"Connection({self.id}, {self.store_hash}, {self.status})"


class ConnectionUser(Base):
    """A person who may open the app in a store's control panel."""

    __tablename__ = "connection_users"

    id: Mapped[IdColumn]
    connection_id: Mapped[UUID] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(BigInteger)
    """BigCommerce's id of the person; e-mail addresses change, ids do not."""
    sealed_email: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(10))
    added_at: Mapped[CreatedAt]
    seen_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("connection_id", "user_id"),)


class UnclaimedInstall(Base):
    """An app installed in a store of which nobody has yet said which account it belongs to."""

    __tablename__ = "unclaimed_installs"

    store_hash: Mapped[str] = mapped_column(String(40), primary_key=True)
    sealed_access_token: Mapped[str] = mapped_column(Text)
    sealed_people: Mapped[str] = mapped_column(Text)
    """JSON: `[{"id", "email", "role"}]`."""
    scopes: Mapped[list[str]]
    store_name: Mapped[str] = mapped_column(String(200), server_default="")
    failed_codes: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class InstallCode(Base):
    """An OAuth code that came to our callback, so that a reload is not a second exchange."""

    __tablename__ = "install_codes"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    started_at: Mapped[datetime]
    store_hash: Mapped[str | None] = mapped_column(String(40))
    """Set when the exchange succeeded."""
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    """Who installed, for the page that a reload shows."""
    note: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (Index(None, "started_at"),)


class UsedJti(Base):
    """A signed payload that was used, to refuse it the second time."""

    __tablename__ = "used_jtis"

    jti: Mapped[str] = mapped_column(String(100), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    used_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    __table_args__ = (Index(None, "expires_at"),)


class PanelCode(Base):
    """A one-time code in a page of the control panel, exchanged once for a bearer token."""

    __tablename__ = "panel_codes"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    store_hash: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime]

    __table_args__ = (Index(None, "expires_at"),)


class StateList(Base):
    """The states of a country as BigCommerce lists them for every store."""

    __tablename__ = "state_lists"

    country_iso2: Mapped[str] = mapped_column(String(2), primary_key=True)
    states: Mapped[dict[str, Any] | None]
    """Abbreviations by name; empty where BigCommerce lists none, null until a store told them."""
    tried_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
