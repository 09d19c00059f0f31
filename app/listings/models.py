"""Tables of listings.

The columns of a listing and its variants say what the store had at the last look, in our own
units (kg, cm). What a caller wants instead of an imported price or quantity stands in `locked`
of the variant, so that a sync can still tell the two apart; see `variants.wanted`.

Content that was written here, by building, by hand or by publishing, is ours: `own_content` names
it, and no import changes it. The rest follows the store.
"""

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


class Sellable:
    """Columns that a listing and each of its variants have in common."""

    sku: Mapped[str | None] = mapped_column(Text)
    price: Mapped[Decimal | None]
    sale_price: Mapped[Decimal | None]
    msrp: Mapped[Decimal | None]
    map: Mapped[Decimal | None]
    cost: Mapped[Decimal | None]
    quantity: Mapped[int | None] = mapped_column(BigInteger)
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
    """Mapped targets without a column of their own."""
    store_facts: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    """What integrations must know of the store's object and no template maps."""

    @declared_attr
    @classmethod
    def account_id(cls) -> Mapped[UUID]:
        """Owner, repeated here for the look-ups by SKU."""
        return mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))

    @declared_attr
    @classmethod
    def channel_id(cls) -> Mapped[UUID]:
        """Channel on which it is sold."""
        return mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))


class Listing(Sellable, Base):
    """A product as it is sold on one channel; without external id it is not in the store yet."""

    __tablename__ = "listings"

    id: Mapped[IdColumn]
    external_id: Mapped[str | None] = mapped_column(String(64))
    external_number: Mapped[int | None] = mapped_column(BigInteger)
    """The external id as a number, for ranges."""
    title: Mapped[str] = mapped_column(Text, server_default="")
    description: Mapped[str] = mapped_column(Text, server_default="")
    brand: Mapped[str] = mapped_column(Text, server_default="")
    categories: Mapped[list[Any]] = mapped_column(server_default=EMPTY_LIST)
    """Paths from the top down."""
    images: Mapped[list[Any]] = mapped_column(server_default=EMPTY_LIST)
    custom_fields: Mapped[list[Any]] = mapped_column(server_default=EMPTY_LIST)
    currency: Mapped[str | None] = mapped_column(String(3))
    health: Mapped[str] = mapped_column(String(12), server_default="not_listed")
    pending: Mapped[str | None] = mapped_column(String(20))
    own_content: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    """Columns whose content was written here, those of variants behind `variant.`; `*` is all."""
    unsent: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether content was changed here since the last publication read it."""
    link_status: Mapped[str] = mapped_column(String(12), server_default="unlinked")
    product_id: Mapped[UUID | None]
    """The linked product; no foreign key, because products are another domain."""
    product_sku: Mapped[str | None] = mapped_column(Text)
    attention: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    """Codes set by linking, publishing and the like."""
    import_attention: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    """Codes set by the last import, replaced by the next."""
    store_modified_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")
    """Counts changes, for compare-and-set."""
    first_seen_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("channel_id", "external_id"),
        Index(None, "channel_id", "external_number"),
        Index(None, "account_id", "id"),
        Index(None, "account_id", "health", "id"),
        Index(None, "account_id", "link_status", "id"),
        Index(None, "channel_id", "id"),
        Index("ix_listings_account_id_lower_sku", "account_id", text("lower(sku)")),
        Index("ix_listings_account_id_lower_product_sku", "account_id", text("lower(product_sku)")),
        Index(None, "product_id"),
    )


class ListingVariant(Sellable, Base):
    """One thing that can be bought; a listing without options has a single one."""

    __tablename__ = "listing_variants"

    id: Mapped[IdColumn]
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"))
    external_id: Mapped[str | None] = mapped_column(String(64))
    external_number: Mapped[int | None] = mapped_column(BigInteger)
    options: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    image: Mapped[str | None] = mapped_column(Text)
    position: Mapped[int] = mapped_column(server_default="0")
    locked: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    """Price or quantity set by hand: column → wanted value, decimals as text."""
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("channel_id", "external_id"),
        Index(None, "listing_id", "position"),
        Index("ix_listing_variants_account_id_lower_sku", "account_id", text("lower(sku)")),
    )
