"""Queries of products and stock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, Table, delete, func, null, select, text, tuple_, union_all
from sqlalchemy.dialects.postgresql import insert

from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.products.columns import sku_key
from app.products.models import Product, ProductVariant, StockLevel

PRODUCTS: Final[Table] = Product.metadata.tables["products"]
VARIANTS: Final[Table] = Product.metadata.tables["product_variants"]
LEVELS: Final[Table] = Product.metadata.tables["stock_levels"]

Stored = Mapping[str, Any]
LevelKey = tuple[str, str]


@dataclass(frozen=True)
class SkuOwner:
    """Whose SKU it is; `variant_id` is null for a product's own."""

    product_id: UUID
    variant_id: UUID | None
    sku: str


async def lock_catalogue(uow: UnitOfWork, account_id: UUID) -> None:
    """Wait until no other transaction writes the account's catalogue; held until the commit.

    A SKU is unique over two tables, which no index can promise.
    """
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"products:{account_id}"},
    )


async def find_skus(
    uow: UnitOfWork, account_id: UUID, skus: Collection[str]
) -> dict[str, list[SkuOwner]]:
    """Return whose SKUs these are, by SKU in lower case, a product before a variant.

    A SKU has two owners when a product shares it with one of its own variants.
    """
    keys = sorted({sku_key(sku) for sku in skus})
    if not keys:
        return {}
    own = select(PRODUCTS.c.sku_key, PRODUCTS.c.id, null().label("variant_id"), PRODUCTS.c.sku)
    of_variants = select(VARIANTS.c.sku_key, VARIANTS.c.product_id, VARIANTS.c.id, VARIANTS.c.sku)
    rows = await uow.session.execute(
        union_all(
            own.where(PRODUCTS.c.account_id == account_id, PRODUCTS.c.sku_key.in_(keys)),
            of_variants.where(VARIANTS.c.account_id == account_id, VARIANTS.c.sku_key.in_(keys)),
        )
    )
    found: dict[str, list[SkuOwner]] = {}
    for key, product_id, variant_id, sku in sorted(rows, key=lambda row: row[2] is not None):
        found.setdefault(key, []).append(SkuOwner(product_id, variant_id, sku))
    return found


async def stored_products(
    uow: UnitOfWork, account_id: UUID, keys: Sequence[str]
) -> dict[str, Stored]:
    """Return product rows by SKU key."""
    rows = await uow.session.execute(
        select(PRODUCTS).where(PRODUCTS.c.account_id == account_id, PRODUCTS.c.sku_key.in_(keys))
    )
    return {row["sku_key"]: dict(row) for row in rows.mappings()}


async def stored_variants(
    uow: UnitOfWork, product_ids: Sequence[UUID]
) -> dict[UUID, dict[str, Stored]]:
    """Return variant rows by product and SKU key."""
    found: dict[UUID, dict[str, Stored]] = {}
    if product_ids:
        rows = await uow.session.execute(
            select(VARIANTS).where(VARIANTS.c.product_id.in_(product_ids))
        )
        for row in rows.mappings():
            found.setdefault(row["product_id"], {})[row["sku_key"]] = dict(row)
    return found


async def upsert(
    uow: UnitOfWork, table: Table, rows: list[dict[str, Any]], key: tuple[str, ...]
) -> None:
    """Write whole rows, keyed by a unique constraint."""
    if not rows:
        return
    statement = insert(table)
    fixed = {*key, "id", "account_id"}
    await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=list(key),
            set_={name: statement.excluded[name] for name in rows[0] if name not in fixed},
        ),
        rows,
    )


async def stored_levels(
    uow: UnitOfWork, account_id: UUID, keys: Collection[str]
) -> dict[LevelKey, int]:
    """Return quantities by SKU key and warehouse."""
    if not keys:
        return {}
    rows = await uow.session.execute(
        select(LEVELS.c.sku_key, LEVELS.c.warehouse, LEVELS.c.quantity).where(
            LEVELS.c.account_id == account_id, LEVELS.c.sku_key.in_(sorted(set(keys)))
        )
    )
    return {(row.sku_key, row.warehouse): row.quantity for row in rows}


async def delete_levels(uow: UnitOfWork, account_id: UUID, keys: Sequence[LevelKey]) -> None:
    """Take levels away."""
    if keys:
        await uow.session.execute(
            delete(LEVELS).where(
                LEVELS.c.account_id == account_id,
                tuple_(LEVELS.c.sku_key, LEVELS.c.warehouse).in_(keys),
            )
        )


async def available(
    uow: UnitOfWork,
    account_id: UUID,
    skus: Iterable[str],
    *,
    warehouses: Collection[str] | None = None,
) -> dict[str, int]:
    """Return stock summed over warehouses (all by default), by SKU in lower case.

    A SKU without any level is missing in the answer: nothing is known about it.
    """
    query = select(LEVELS.c.sku_key, func.sum(LEVELS.c.quantity)).where(
        LEVELS.c.account_id == account_id,
        LEVELS.c.sku_key.in_(sorted({sku_key(sku) for sku in skus})),
    )
    if warehouses is not None:
        query = query.where(LEVELS.c.warehouse.in_(sorted(warehouses)))
    rows = await uow.session.execute(query.group_by(LEVELS.c.sku_key))
    return {key: int(total) for key, total in rows}


def products_of(account_id: UUID, *, sku: str | None = None) -> Select[Product]:
    """Select an account's products, oldest first; `sku` is that of a product or a variant."""
    query = select(Product).where(Product.account_id == account_id)
    if sku is not None:
        key = sku_key(sku)
        # A union, so that each half has its index.
        own = select(PRODUCTS.c.id).where(
            PRODUCTS.c.account_id == account_id, PRODUCTS.c.sku_key == key
        )
        of_variants = select(VARIANTS.c.product_id).where(
            VARIANTS.c.account_id == account_id, VARIANTS.c.sku_key == key
        )
        query = query.where(Product.id.in_(union_all(own, of_variants)))
    return query.order_by(Product.id)


async def get_product(uow: UnitOfWork, account_id: UUID, product_id: UUID) -> Product:
    """Return a product of the account; raises `NotFound`."""
    found = await uow.session.scalar(products_of(account_id).where(Product.id == product_id))
    if found is None:
        raise NotFound("There is no product with that id.")
    return found


async def variants_of(
    uow: UnitOfWork, product_ids: Sequence[UUID]
) -> dict[UUID, list[ProductVariant]]:
    """Return the variants of products in their order, with one query."""
    found: dict[UUID, list[ProductVariant]] = {product_id: [] for product_id in product_ids}
    if product_ids:
        rows = await uow.session.scalars(
            select(ProductVariant)
            .where(ProductVariant.product_id.in_(product_ids))
            .order_by(ProductVariant.product_id, ProductVariant.position, ProductVariant.id)
        )
        for row in rows:
            found[row.product_id].append(row)
    return found


async def levels_of(
    uow: UnitOfWork, account_id: UUID, keys: Collection[str]
) -> dict[str, list[StockLevel]]:
    """Return the levels of SKUs by SKU key, each list by warehouse, with one query."""
    found: dict[str, list[StockLevel]] = {}
    if keys:
        rows = await uow.session.scalars(
            select(StockLevel)
            .where(StockLevel.account_id == account_id, StockLevel.sku_key.in_(sorted(set(keys))))
            .order_by(StockLevel.sku_key, StockLevel.warehouse)
        )
        for row in rows:
            found.setdefault(row.sku_key, []).append(row)
    return found
