"""What an import hands over, and what it is told in return."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from app.listings.kinds import LinkStatus

Outcome = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True)
class VariantDraft:
    """A variant of the store, mapped.

    `values` has the mapping's target keys without their group. An absent key leaves the stored
    value alone; None, "" and [] clear it.
    """

    external_id: int
    values: dict[str, Any]
    store_facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ListingDraft:
    """A product of the store, mapped; `variants` are all that it has.

    `store_facts["currency"]` is the currency of its prices.
    """

    external_id: int
    values: dict[str, Any]
    variants: tuple[VariantDraft, ...]
    store_facts: dict[str, Any]
    modified_at: datetime | None
    health: str
    attention: tuple[str, ...] = ()


class Change(NamedTuple):
    """One field that an import changes; `field` carries the variant's external id in brackets."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class SavedListing:
    """What became of a draft."""

    listing_id: UUID
    external_id: int
    outcome: Outcome
    sku: str | None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Link:
    """What linking found out about a listing."""

    listing_id: UUID
    status: LinkStatus
    product_id: UUID | None = None
    product_sku: str | None = None
