"""Tables of products."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.core.db import Base, CreatedAt, IdColumn

EMPTY_LIST = text("'[]'::jsonb")
EMPTY_OBJECT = text("'{}'::jsonb")


class Priced:
    """Columns that a product and its variants share; null in a variant means as the product."""

    sku: Mapped[str] = mapped_column(Text)
    sku_key: Mapped[str] = mapped_column(Text)
    """The SKU in lower case: SKUs that differ in case only are the same."""
    price: Mapped[Decimal | None]
    sale_price: Mapped[Decimal | None]
    cost: Mapped[Decimal | None]
    msrp: Mapped[Decimal | None]
    map: Mapped[Decimal | None]
    upc: Mapped[str | None] = mapped_column(Text)
    gtin: Mapped[str | None] = mapped_column(Text)
    mpn: Mapped[str | None] = mapped_column(Text)
    weight: Mapped[Decimal | None]
    """Kilograms."""
    length: Mapped[Decimal | None]
    """Centimetres, as width and height."""
    width: Mapped[Decimal | None]
    height: Mapped[Decimal | None]
    extra: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    """Mapped values without a column of their own."""

    @declared_attr
    @classmethod
    def account_id(cls) -> Mapped[UUID]:
        """Owner."""
        return mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))


class Product(Priced, Base):
    """Something that the account sells; its variants are what can be bought, if it has any."""

    __tablename__ = "products"

    id: Mapped[IdColumn]
    title: Mapped[str] = mapped_column(Text, server_default="")
    description: Mapped[str] = mapped_column(Text, server_default="")
    brand: Mapped[str] = mapped_column(Text, server_default="")
    type: Mapped[str] = mapped_column(Text, server_default="physical")
    categories: Mapped[list[Any]] = mapped_column(server_default=EMPTY_LIST)
    """Paths from the top down."""
    images: Mapped[list[Any]] = mapped_column(server_default=EMPTY_LIST)
    custom_fields: Mapped[list[Any]] = mapped_column(server_default=EMPTY_LIST)
    attributes: Mapped[list[Any]] = mapped_column(server_default=EMPTY_LIST)
    own_content: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    """Columns that the seller wrote, those of variants behind `variant.`; `*` is all."""
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("account_id", "sku_key"),
        Index(None, "account_id", "id"),
    )


class ProductVariant(Priced, Base):
    """One choice of a product."""

    __tablename__ = "product_variants"

    id: Mapped[IdColumn]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    position: Mapped[int]
    options: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    image: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("account_id", "sku_key"),
        Index(None, "product_id", "position"),
    )


class StockLevel(Base):
    """How many of a SKU are in a warehouse."""

    __tablename__ = "stock_levels"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    sku_key: Mapped[str] = mapped_column(Text, primary_key=True)
    warehouse: Mapped[str] = mapped_column(String(100), primary_key=True)
    quantity: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """When somebody last said so, even if the number was the same."""
    origin_channel_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("channels.id", ondelete="SET NULL"), index=True
    )
    """The channel whose store said so, when an import wrote it: such a number lacks what that
    store had sold by then, shipped or not."""


class AggregateField(Base):
    """A price or quantity of the account's own, combined from what several sources say."""

    __tablename__ = "aggregate_fields"

    id: Mapped[IdColumn]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(10))
    """`price` or `quantity`."""
    function: Mapped[str] = mapped_column(String(10))
    sources: Mapped[list[str] | None]
    """Names of the sources that count; null means all."""
    ignore_out_of_stock: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index(
            "uq_aggregate_fields_account_id_lower_name",
            "account_id",
            text("lower(name)"),
            unique=True,
        ),
        Index(None, "account_id", "id"),
    )


class SourceValue(Base):
    """What one source says of a SKU for an aggregate field."""

    __tablename__ = "aggregate_values"

    field_id: Mapped[UUID] = mapped_column(
        ForeignKey("aggregate_fields.id", ondelete="CASCADE"), primary_key=True
    )
    sku_key: Mapped[str] = mapped_column(Text, primary_key=True)
    source: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[Decimal]
    in_stock: Mapped[int | None] = mapped_column(BigInteger)
    """How many the source has; null when it did not say."""
