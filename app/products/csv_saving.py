"""Saving product files, with a report for every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.core.uow import UnitOfWork
from app.products.columns import sku_key
from app.products.csv_reading import CsvProduct, CsvRow, group_rows, read_rows
from app.products.drafts import Outcome, ProductDraft, ProductVariantDraft
from app.products.repository import find_skus
from app.products.saving import save_products

AT_ONCE: Final = 1000


@dataclass(frozen=True)
class RowReport:
    """What became of a row; `code` and `message` say why it failed."""

    row: int
    sku: str | None
    outcome: Outcome
    code: str | None = None
    message: str | None = None


async def save_file(uow: UnitOfWork, account_id: UUID, content: bytes) -> list[RowReport]:
    """Create or update the products of a file, and report on its rows in their order."""
    rows = read_rows(content)
    reports = {
        row.line: RowReport(row.line, row.sku, "failed", row.problem.code, row.problem.message)
        for row in rows
        if row.problem is not None
    }
    products = group_rows(rows)
    parents = [product.sku for product in products if product.row is None]
    known = await find_skus(uow, account_id, parents)
    usable: list[CsvProduct] = []
    for product in products:
        owners = known.get(sku_key(product.sku), ())
        if product.row is not None or any(owner.variant_id is None for owner in owners):
            usable.append(product)
            continue
        for row in product.variants:
            message = f"There is no product {product.sku}; give it a row of its own."
            reports[row.line] = RowReport(row.line, row.sku, "failed", "unknown_parent", message)
    for start in range(0, len(usable), AT_ONCE):
        chunk = usable[start : start + AT_ONCE]
        saved = await save_products(uow, account_id, [_draft(product) for product in chunk])
        for product, result in zip(chunk, saved, strict=True):
            for row in _rows(product):
                reports[row.line] = RowReport(
                    row.line, row.sku, result.outcome, result.code, result.message
                )
    return [reports[row.line] for row in rows]


def _rows(product: CsvProduct) -> Sequence[CsvRow]:
    own = [product.row] if product.row is not None else []
    return [*own, *product.variants]


def _draft(product: CsvProduct) -> ProductDraft:
    body = product.row.product if product.row is not None else None
    return ProductDraft(
        sku=product.sku,
        values=body.model_dump(exclude_unset=True, exclude={"sku", "variants"}) if body else {},
        variants=tuple(
            ProductVariantDraft(
                row.variant.sku, row.variant.model_dump(exclude_unset=True, exclude={"sku"})
            )
            for row in product.variants
            if row.variant is not None
        ),
    )
