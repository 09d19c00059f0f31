"""What can be done with products and stock through the API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.uow import UnitOfWork
from app.products.columns import AMOUNTS, MEASURES
from app.products.drafts import (
    LevelDraft,
    ProductDraft,
    ProductVariantDraft,
    SavedLevel,
    SavedProduct,
)
from app.products.models import Product, ProductVariant, StockLevel
from app.products.repository import levels_of, variants_of
from app.products.saving import save_products
from app.products.schemas import (
    Counts,
    FailedItem,
    LevelBody,
    LevelView,
    ProductBody,
    ProductVariantView,
    ProductView,
)
from app.products.stock import save_stock

_PLACES = 2
"""Products have no currency of their own; two places is how most money is written."""


async def put_products(
    uow: UnitOfWork, account_id: UUID, items: Sequence[ProductBody | FailedItem]
) -> Counts:
    """Create or update products by SKU; an item that cannot be taken does not stop the others."""
    good = [item for item in items if isinstance(item, ProductBody)]
    saved = await save_products(uow, account_id, [_draft(item) for item in good])
    return _counts(saved, [item for item in items if isinstance(item, FailedItem)])


async def put_stock(
    uow: UnitOfWork, account_id: UUID, items: Sequence[LevelBody | FailedItem]
) -> Counts:
    """Write stock levels; an item that cannot be taken does not stop the others."""
    drafts = [
        LevelDraft(item.sku, item.warehouse, item.quantity)
        for item in items
        if isinstance(item, LevelBody)
    ]
    saved = await save_stock(uow, account_id, drafts)
    return _counts(saved, [item for item in items if isinstance(item, FailedItem)])


def _draft(body: ProductBody) -> ProductDraft:
    return ProductDraft(
        sku=body.sku,
        values=body.model_dump(exclude_unset=True, exclude={"sku", "variants"}),
        variants=tuple(
            ProductVariantDraft(item.sku, item.model_dump(exclude_unset=True, exclude={"sku"}))
            for item in body.variants or ()
        ),
    )


def _counts(saved: Iterable[SavedProduct | SavedLevel], failed: list[FailedItem]) -> Counts:
    counts = {"created": 0, "updated": 0, "unchanged": 0}
    problems = list(failed)
    for item in saved:
        if item.outcome == "failed":
            problems.append(
                FailedItem(sku=item.sku, code=item.code or "failed", message=item.message or "")
            )
        else:
            counts[item.outcome] += 1
    return Counts(**counts, failed=problems)


async def view_products(
    uow: UnitOfWork, account_id: UUID, products: list[Product]
) -> list[ProductView]:
    """Shape products for an answer, with two queries for all variants and stock."""
    variants = await variants_of(uow, [product.id for product in products])
    keys = [product.sku_key for product in products]
    keys += [variant.sku_key for rows in variants.values() for variant in rows]
    levels = await levels_of(uow, account_id, keys)
    return [_product_view(product, variants[product.id], levels) for product in products]


def _product_view(
    product: Product, variants: list[ProductVariant], levels: dict[str, list[StockLevel]]
) -> ProductView:
    content = _fields(product, ProductView.model_fields.keys() - {"variants"}, levels)
    choices = [
        ProductVariantView(**_fields(variant, ProductVariantView.model_fields.keys(), levels))
        for variant in variants
    ]
    if content["quantity"] is None:
        known = [choice.quantity for choice in choices if choice.quantity is not None]
        content["quantity"] = sum(known) if known else None
    return ProductView(**content, variants=choices)


def _fields(
    row: Product | ProductVariant, names: Iterable[str], levels: dict[str, list[StockLevel]]
) -> dict[str, Any]:
    own = levels.get(row.sku_key, [])
    values: dict[str, Any] = {
        # What has no column of its own is in `extra`, under the same name.
        name: getattr(row, name) if hasattr(row, name) else row.extra.get(name)
        for name in names
        if name not in ("quantity", "stock")
    }
    for name in AMOUNTS:
        values[name] = _amount_text(values[name])
    for name in MEASURES:
        values[name] = None if values[name] is None else f"{values[name].normalize():f}"
    values["quantity"] = sum(level.quantity for level in own) if own else None
    values["stock"] = [LevelView.model_validate(level) for level in own]
    return values


def _amount_text(value: Decimal | None) -> str | None:
    if value is None:
        return None
    exponent = value.normalize().as_tuple().exponent
    significant = -exponent if isinstance(exponent, int) else 0
    return f"{value:.{max(_PLACES, significant)}f}"
