"""What listings need from packages beside and above them; wired in `app.main`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from app.core.uow import UnitOfWork


@dataclass(frozen=True)
class SourceVariant:
    """A product's variant; `values` are keyed by our columns, null means as the product."""

    sku: str
    values: Mapping[str, Any]
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SourceProduct:
    """A product to build a listing of.

    `content` is what a listing keeps a copy of, `values` are prices, stock and identifiers.
    """

    product_id: UUID
    sku: str
    content: Mapping[str, Any]
    values: Mapping[str, Any]
    variants: tuple[SourceVariant, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


class BuildSources(Protocol):
    """The catalogue, as far as building has to know it."""

    async def products(
        self, uow: UnitOfWork, account_id: UUID, skus: Collection[str]
    ) -> dict[str, SourceProduct]:
        """Return products by SKU in lower case; a variant's SKU stands for its product."""
        ...


class AfterBuild(Protocol):
    """What happens to listings that were just built."""

    async def built(
        self, uow: UnitOfWork, account_id: UUID, channel_id: UUID, listing_ids: Sequence[UUID]
    ) -> UUID | None:
        """Start a Link Listings run where the channel is set so; return its id."""
        ...
