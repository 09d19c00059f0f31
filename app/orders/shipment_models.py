"""Tables of shipments, and who is writing to an order of the store.

What may name a person is kept encrypted: the note, and the body that is sent (a template may put
a name into it).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Numeric, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, IdColumn, UpdatedAt

UNSETTLED = "sync_status IN ('pending', 'sending') OR awaits_reread"
_EMPTY_LIST = text("'[]'::jsonb")


class Shipment(Base):
    """A parcel of an order, sent from one place to one address.

    `sync_status`: `pending`, then `sending` from before the request until its answer is recorded,
    then `synced` or `failed`.
    """

    __tablename__ = "shipments"

    id: Mapped[IdColumn]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    address_external_id: Mapped[int] = mapped_column(BigInteger)
    tracking_number: Mapped[str | None] = mapped_column(String(50))
    carrier: Mapped[str | None] = mapped_column(String(200))
    shipping_method: Mapped[str | None] = mapped_column(String(500))
    tracking_url: Mapped[str | None] = mapped_column(String(500))
    sealed_note: Mapped[str | None] = mapped_column(Text)
    shipping_cost: Mapped[Decimal | None] = mapped_column(Numeric(14, 4))
    shipped_at: Mapped[datetime]

    sync_status: Mapped[str] = mapped_column(String(10))
    external_id: Mapped[int | None] = mapped_column(BigInteger)
    """Of the shipment in the store."""
    code: Mapped[str | None] = mapped_column(String(60))
    message: Mapped[str | None] = mapped_column(String(1000))
    field: Mapped[str | None] = mapped_column(String(200))
    warnings: Mapped[list[Any]] = mapped_column(server_default=_EMPTY_LIST)
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    """How often a request was about to leave for it."""
    plan: Mapped[dict[str, Any] | None]
    """What the present or last request says about address, tracking number and items."""
    sealed_payload: Mapped[str | None] = mapped_column(Text)
    """The whole body of that request."""
    settle_after: Mapped[datetime | None]
    """Until then a request without an answer may still take effect in the store."""
    not_before: Mapped[datetime | None]
    """Nothing is tried earlier, because the store asked for a rest or nothing can be known yet."""
    awaits_reread: Mapped[bool] = mapped_column(server_default=text("false"))
    """Sent, or refused as too much, and the order was not read back since."""
    rung_at: Mapped[datetime | None]
    """When a worker was last woken for it."""
    synced_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]

    @property
    def awaits_count(self) -> bool:
        """Whether it is in the store and the order's figures do not include it yet."""
        return self.awaits_reread and self.sync_status == "synced"

    __table_args__ = (
        Index(None, "account_id", "id"),
        Index(None, "account_id", "sync_status", "id"),
        Index(None, "channel_id", "id"),
        Index(None, "order_id", "id"),
        Index(
            "ix_shipments_unsettled",
            "channel_id",
            "order_id",
            postgresql_where=text(UNSETTLED),
        ),
        Index(
            "uq_shipments_order_id_external_id",
            "order_id",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
    )


class ShipmentItem(Base):
    """A quantity of one order line in a shipment.

    The line's number and SKU are kept beside the reference, because the store may make its lines
    anew and ours then go.
    """

    __tablename__ = "shipment_items"

    id: Mapped[IdColumn]
    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipments.id", ondelete="CASCADE"))
    line_id: Mapped[UUID | None] = mapped_column(ForeignKey("order_lines.id", ondelete="SET NULL"))
    line_external_id: Mapped[int] = mapped_column(BigInteger)
    sku: Mapped[str | None] = mapped_column(Text)
    variant_id: Mapped[int | None] = mapped_column(BigInteger)
    quantity: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index(None, "shipment_id"), Index(None, "line_id"))


class OrderWriter(Base):
    """The worker that writes to an order of the store at present: one at a time.

    `claim` is a fencing token: every step is written by a transaction that finds it here.
    """

    __tablename__ = "order_writers"

    order_id: Mapped[UUID] = mapped_column(
        ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True
    )
    claim: Mapped[UUID]
    worker_key: Mapped[int | None] = mapped_column(BigInteger)
    """Advisory lock that the holder keeps as long as its process lives."""
    lease_until: Mapped[datetime]
