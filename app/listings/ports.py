"""What listings need from packages beside and above them; wired in `app.main`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from app.core.uow import UnitOfWork


@dataclass(frozen=True)
class Hindrance:
    """What a template could not do with a product: `field` is the target, if it was one."""

    code: str
    message: str
    field: str | None = None


@dataclass(frozen=True)
class SourceVariant:
    """A product's variant as a template sees it.

    `content` is keyed by the targets' names without group; what it lacks stays as it is.
    `follows` are prices and stock by our columns; null means as the product.
    """

    sku: str
    """The product's; the listing's may be another."""
    content: Mapping[str, Any]
    follows: Mapping[str, Any]

    @property
    def listing_sku(self) -> str:
        """The SKU that the listing's variant gets."""
        return str(self.content.get("sku") or self.sku)


@dataclass(frozen=True)
class SourceProduct:
    """A product to build a listing of, as a template sees it; see `SourceVariant`."""

    product_id: UUID
    sku: str
    content: Mapping[str, Any]
    follows: Mapping[str, Any]
    variants: tuple[SourceVariant, ...] = ()
    has_variants: bool = False
    """Whether the product has variants, though a rule may have skipped all of them."""
    refused: Hindrance | None = None
    """Why no listing is to be built of it."""
    remark: Hindrance | None = None
    """What the listing will lack."""

    @property
    def listing_sku(self) -> str:
        """The SKU that the listing gets."""
        return str(self.content.get("sku") or self.sku)


class BuildSources(Protocol):
    """The catalogue, as far as building has to know it."""

    async def products(
        self,
        uow: UnitOfWork,
        account_id: UUID,
        skus: Collection[str],
        template_id: UUID | None = None,
    ) -> dict[str, SourceProduct]:
        """Return products by SKU in lower case; a variant's SKU stands for its product.

        Without a template the account's default for building is taken. Raises `NotFound` and
        errors of validation for a template that cannot be used.
        """
        ...


class AfterBuild(Protocol):
    """What happens to listings that were just built."""

    async def built(
        self, uow: UnitOfWork, account_id: UUID, channel_id: UUID, listing_ids: Sequence[UUID]
    ) -> UUID | None:
        """Start a Link Listings run where the channel is set so; return its id."""
        ...
