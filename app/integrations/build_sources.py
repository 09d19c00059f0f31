"""The catalogue as listings are built of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import select

from app.core.uow import UnitOfWork
from app.listings.ports import SourceProduct, SourceVariant
from app.products.models import Product, ProductVariant
from app.products.repository import available, find_skus, variants_of

_CONTENT: Final = ("title", "description", "brand", "categories", "images", "custom_fields")
_VALUES: Final = (
    *("price", "sale_price", "msrp", "map", "cost"),
    *("upc", "gtin", "mpn", "weight", "length", "width", "height"),
)
_TO_EXTRA: Final = ("attributes", "type")
AT_ONCE: Final = 1000
T = TypeVar("T")


class CatalogueOfTables:
    """The `BuildSources` of this service."""

    async def products(
        self, uow: UnitOfWork, account_id: UUID, skus: Collection[str]
    ) -> dict[str, SourceProduct]:
        """Return products by SKU in lower case; a variant's SKU stands for its product."""
        owners: dict[str, UUID] = {}
        for chunk in _chunks(sorted(skus)):
            found = await find_skus(uow, account_id, chunk)
            owners |= {key: rows[0].product_id for key, rows in found.items()}
        sources: dict[UUID, SourceProduct] = {}
        for ids in _chunks(sorted(set(owners.values()))):
            sources |= await _sources(uow, account_id, ids)
        return {key: sources[product_id] for key, product_id in owners.items()}


async def _sources(
    uow: UnitOfWork, account_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, SourceProduct]:
    rows = list(await uow.session.scalars(select(Product).where(Product.id.in_(ids))))
    variants = await variants_of(uow, ids)
    keys = [row.sku_key for row in rows]
    keys += [row.sku_key for found in variants.values() for row in found]
    stock: dict[str, int] = {}
    for chunk in _chunks(keys):
        stock |= await available(uow, account_id, chunk)
    return {row.id: _source(row, variants[row.id], stock) for row in rows}


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Parts that a statement has room for."""
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]


def _source(
    product: Product, variants: list[ProductVariant], stock: dict[str, int]
) -> SourceProduct:
    return SourceProduct(
        product_id=product.id,
        sku=product.sku,
        content={name: getattr(product, name) for name in _CONTENT},
        values={
            **{name: getattr(product, name) for name in _VALUES},
            "quantity": stock.get(product.sku_key),
        },
        variants=tuple(
            SourceVariant(
                variant.sku,
                {
                    **{name: getattr(variant, name) for name in _VALUES},
                    "options": variant.options,
                    "image": variant.image,
                    "quantity": stock.get(variant.sku_key),
                },
                variant.extra,
            )
            for variant in variants
        ),
        extra={**product.extra, **{name: getattr(product, name) for name in _TO_EXTRA}},
    )
