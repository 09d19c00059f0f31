"""What is to be saved of a product, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

Outcome = Literal["created", "updated", "unchanged", "failed"]


@dataclass(frozen=True)
class ProductVariantDraft:
    """A variant by its SKU.

    In all `values` keys are our columns' names or the mapping's target keys without their group.
    An absent key leaves the stored value alone; None, "" and [] clear it. `quantity` is the stock
    of the default warehouse.
    """

    sku: str
    values: dict[str, Any]


@dataclass(frozen=True)
class ProductDraft:
    """A product by its SKU; variants that are not mentioned stay as they are."""

    sku: str
    values: dict[str, Any]
    variants: tuple[ProductVariantDraft, ...] = ()


@dataclass(frozen=True)
class SavedProduct:
    """What became of a draft; `code` and `message` say why it failed."""

    product_id: UUID | None
    sku: str
    outcome: Outcome
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class LevelDraft:
    """The quantity of a SKU in a warehouse; None takes the level away."""

    sku: str
    warehouse: str
    quantity: int | None


@dataclass(frozen=True)
class SavedLevel:
    """What became of a level."""

    sku: str
    warehouse: str
    outcome: Outcome
    code: str | None = None
    message: str | None = None
