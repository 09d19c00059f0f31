"""Tables of mapping templates and mapping sets."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, IdColumn, UpdatedAt


class MappingTemplate(Base):
    """A named way to fill the fields of one integration; its content is in its versions."""

    __tablename__ = "mapping_templates"

    id: Mapped[IdColumn]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    integration: Mapped[str] = mapped_column(String(20))
    version: Mapped[int]
    """The version in force."""
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether new channels of the account start with it."""
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]

    __table_args__ = (
        Index(
            "uq_mapping_templates_account_id_integration_name",
            "account_id",
            "integration",
            text("lower(name)"),
            unique=True,
        ),
        Index(
            "uq_mapping_templates_account_id_integration_default",
            "account_id",
            "integration",
            unique=True,
            postgresql_where=text("is_default"),
        ),
        Index(None, "account_id", "id"),
    )


class MappingTemplateVersion(Base):
    """What a template said at one time; never changed once written."""

    __tablename__ = "mapping_template_versions"

    template_id: Mapped[UUID] = mapped_column(
        ForeignKey("mapping_templates.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True)
    mappings: Mapped[dict[str, Any]]
    actor: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[CreatedAt]


class MappingSet(Base):
    """A table of replacements: exact text from, text to."""

    __tablename__ = "mapping_sets"

    id: Mapped[IdColumn]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    version: Mapped[int]
    """Counts changes of the entries."""
    entry_count: Mapped[int]
    entries: Mapped[list[Any]] = mapped_column(deferred=True)
    """`[{"from", "to"}]` in the order given; loaded only when asked for, since it may be large."""
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]

    __table_args__ = (
        Index("uq_mapping_sets_account_id_name", "account_id", text("lower(name)"), unique=True),
        Index(None, "account_id", "id"),
    )


class MappingSetUse(Base):
    """A set that the present version of a template uses; keeps the set from being deleted."""

    __tablename__ = "mapping_set_uses"

    template_id: Mapped[UUID] = mapped_column(
        ForeignKey("mapping_templates.id", ondelete="CASCADE"), primary_key=True
    )
    mapping_set_id: Mapped[UUID] = mapped_column(
        ForeignKey("mapping_sets.id", ondelete="RESTRICT"), primary_key=True
    )

    __table_args__ = (Index(None, "mapping_set_id"),)
