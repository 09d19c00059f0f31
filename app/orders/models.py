"""Tables of orders.

Everything personal is kept encrypted: of the order, its billing address and its lines in
`Order.sealed_person`, of shipping addresses in `OrderAddress.sealed`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, IdColumn
from app.orders.shipment_models import OrderWriter, Shipment, ShipmentItem

__all__ = ("Order", "OrderAddress", "OrderLine", "OrderWriter", "Shipment", "ShipmentItem")

EMPTY_LIST = text("'[]'::jsonb")
EMPTY_OBJECT = text("'{}'::jsonb")


class Order(Base):
    """An order of the store."""

    __tablename__ = "orders"

    id: Mapped[IdColumn]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    external_id: Mapped[str] = mapped_column(String(64))
    external_number: Mapped[int] = mapped_column(BigInteger)
    status_id: Mapped[int]
    """The store's status."""
    state: Mapped[str] = mapped_column(String(10))
    hold_reasons: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    import_state: Mapped[str] = mapped_column(String(10))
    import_hold_reasons: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    held_by_hand: Mapped[str | None] = mapped_column(Text)
    """Reason of a hold by hand; null when there is none."""
    attention: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    """Codes of what the import found odd about the order, whether it holds it or not."""
    released_reasons: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    """Reasons of the import that were released by hand and do not hold again."""
    cancelled_by_rule: Mapped[str | None] = mapped_column(String(200))
    """Name of the import rule that cancelled the order here; the store knows nothing of it."""
    tags: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    notes: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    alerts: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    """What import rules have told somebody about the order, each once."""
    acknowledged: Mapped[str] = mapped_column(String(6), server_default="no")
    acknowledged_at: Mapped[datetime | None]
    shipped: Mapped[str] = mapped_column(String(6), server_default="no")
    shipped_at: Mapped[datetime | None]
    archived: Mapped[bool] = mapped_column(server_default=text("false"))
    currency: Mapped[str | None] = mapped_column(String(3))
    amounts: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    """The store's own money for the invoice, by the names in `mapping.invoices`."""
    adjustments: Mapped[list[Any]] = mapped_column(server_default=EMPTY_LIST)
    """Signed lines that rules add to the invoice: `rule_id, label, amount, reason`."""
    order_values: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    billing_values: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    sealed_person: Mapped[str | None] = mapped_column(Text)
    """`Person` of `personal.py`, encrypted."""
    personal_data_erased_at: Mapped[datetime | None]
    store_created_at: Mapped[datetime | None]
    store_modified_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("channel_id", "external_id"),
        Index(None, "channel_id", "external_number"),
        Index(None, "account_id", "id"),
        Index(None, "channel_id", "id"),
        Index(None, "account_id", "updated_at"),
        Index(None, "account_id", "external_id"),
        Index(None, "account_id", "state", "id"),
        Index(None, "account_id", "status_id", "id"),
        Index(None, "tags", postgresql_using="gin"),
        Index(
            None,
            "channel_id",
            "shipped_at",
            postgresql_where=text("shipped_at IS NOT NULL AND personal_data_erased_at IS NULL"),
        ),
    )


class OrderLine(Base):
    """One line of an order."""

    __tablename__ = "order_lines"

    id: Mapped[IdColumn]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    external_id: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int]
    sku: Mapped[str | None] = mapped_column(Text)
    type: Mapped[str] = mapped_column(String(40))
    quantity: Mapped[int] = mapped_column(BigInteger)
    quantity_refunded: Mapped[int] = mapped_column(BigInteger)
    quantity_shipped: Mapped[int] = mapped_column(BigInteger)
    """As far as the store knows."""
    quantity_shipped_here: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """By shipments of ours, whether the store knows them or not."""
    settled_at: Mapped[datetime | None]
    """When it last became clear that more of it is no longer to be shipped: it was shipped,
    refunded, or its order ended."""
    address_external_id: Mapped[int | None] = mapped_column(BigInteger)
    parent_external_id: Mapped[int | None] = mapped_column(BigInteger)
    variant_external_id: Mapped[int | None] = mapped_column(BigInteger)
    """The variant of the store's catalogue; null for what is not in it."""
    line_values: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    problems: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)

    __table_args__ = (UniqueConstraint("order_id", "external_id"),)


class OrderAddress(Base):
    """A shipping address of an order."""

    __tablename__ = "order_addresses"

    id: Mapped[IdColumn]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    external_id: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int]
    shipping_policy: Mapped[str | None] = mapped_column(String(100))
    """What a shipping mapping makes of the checkout's shipping text."""
    address_values: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    """Country, state, method and costs: what is needed beyond the personal data's time."""
    sealed: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("order_id", "external_id"),)
