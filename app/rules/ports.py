"""What rules need from packages beside them: real listings and orders to be tried on.

Wired in `app.main` as `app.state.rule_subjects`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from app.core.crypto import KeyRing
from app.core.uow import UnitOfWork
from app.rules.prices import VariantFacts
from app.rules.quantities import StockFacts


@dataclass(frozen=True)
class ListingSubject:
    """A variant with everything that rules look at."""

    facts: VariantFacts
    stock: StockFacts = field(default_factory=StockFacts)
    listing_id: UUID | None = None
    health: str = "not_listed"
    currency: str | None = None
    parents: tuple[str, ...] = ()
    """SKUs of the listing and the product that it is a variant of."""


@dataclass(frozen=True)
class OrderSubject:
    """An order, nested as conditions read it."""

    reference: str
    record: Mapping[str, Any]
    order_id: UUID | None = None
    currency: str | None = None
    amounts: Mapping[str, Any] | None = None
    """The store's own money; None: as the record has it."""


class RuleSubjects(Protocol):
    """Listings and orders of a channel."""

    async def listings(
        self,
        uow: UnitOfWork,
        account_id: UUID,
        channel_id: UUID,
        *,
        skus: Sequence[str] | None = None,
        listing_ids: Sequence[UUID] | None = None,
        recent_periods: Collection[int] = (),
        limit: int = 20,
    ) -> list[ListingSubject]:
        """Return variants by SKU or listing, or the channel's first ones.

        A SKU that is only in the catalogue, not on the channel, is found as well. Recent sales are
        counted for the periods, in minutes, that are asked for.
        """
        ...

    async def orders(
        self,
        uow: UnitOfWork,
        keyring: KeyRing,
        account_id: UUID,
        channel_id: UUID,
        *,
        order_ids: Sequence[UUID] | None = None,
        limit: int = 20,
    ) -> list[OrderSubject]:
        """Return orders by id, or the channel's latest ones."""
        ...
