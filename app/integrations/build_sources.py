"""The catalogue as listings are built of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
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


class CatalogueOfTables:
    """The `BuildSources` of this service."""

    async def products(
        self, uow: UnitOfWork, account_id: UUID, skus: Collection[str]
    ) -> dict[str, SourceProduct]:
        """Return products by SKU in lower case; a variant's SKU stands for its product."""
        owners = await find_skus(uow, account_id, skus)
        ids = {found[0].product_id for found in owners.values()}
        rows = await uow.session.scalars(select(Product).where(Product.id.in_(sorted(ids))))
        products = {row.id: row for row in rows}
        variants = await variants_of(uow, sorted(products))
        keys = {row.sku_key for row in products.values()}
        keys |= {row.sku_key for found in variants.values() for row in found}
        stock = await available(uow, account_id, keys)
        sources = {row.id: _source(row, variants[row.id], stock) for row in products.values()}
        return {key: sources[found[0].product_id] for key, found in owners.items()}


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
