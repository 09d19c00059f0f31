"""The catalogue as listings are built of it: through the template for building."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import select

from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.listings.ports import Hindrance, SourceProduct, SourceVariant
from app.mapping.additions import with_additions
from app.mapping.catalogue import catalogue_of
from app.mapping.engine.compile import CompiledTemplate
from app.mapping.engine.context import Context
from app.mapping.errors import TemplateInvalid
from app.mapping.problems import Problem
from app.mapping.records import MappedRecord, evaluate_record
from app.products.models import Product, ProductVariant
from app.products.repository import available, find_skus, variants_of
from app.templates.directory import check_usable
from app.templates.errors import TemplateHasErrors
from app.templates.kinds import TemplateKind
from app.templates.runs import template_in_force

_AMOUNTS: Final = ("price", "sale_price", "msrp", "map", "cost")
_CONTENT: Final = ("upc", "gtin", "mpn", "weight", "length", "width", "height")
_OF_PRODUCT: Final = (
    *("title", "description", "brand", "type"),
    *("categories", "images", "custom_fields", "attributes"),
)
_SKU: Final = "listing.sku"
_UNKNOWN: Final[Mapping[str, Mapping[str, None]]] = {
    group: dict.fromkeys(names)
    for group, names in catalogue_of(TemplateKind.BUILD_LISTINGS).sources.names.items()
}
"""Every field without a value, so that what a product has lost is told from what is not mapped."""
AT_ONCE: Final = 1000
AT_A_STRETCH: Final = 20
"""Products that are mapped before other requests have their turn."""
T = TypeVar("T")


class CatalogueOfTables:
    """The `BuildSources` of this service."""

    async def products(
        self,
        uow: UnitOfWork,
        account_id: UUID,
        skus: Collection[str],
        template_id: UUID | None = None,
    ) -> dict[str, SourceProduct]:
        """Return products by SKU in lower case; a variant's SKU stands for its product."""
        template = await _template(uow, account_id, template_id)
        context = Context(uow.clock.now())
        owners: dict[str, UUID] = {}
        for chunk in _chunks(sorted(skus)):
            found = await find_skus(uow, account_id, chunk)
            owners |= {key: rows[0].product_id for key, rows in found.items()}
        sources: dict[UUID, SourceProduct] = {}
        for ids in _chunks(sorted(set(owners.values()))):
            for number, whole in enumerate(await _whole(uow, account_id, ids)):
                if number % AT_A_STRETCH == 0:
                    await asyncio.sleep(0)
                sources[whole.product.id] = _source(whole, template, context)
        return {key: sources[product_id] for key, product_id in owners.items()}


@dataclass(frozen=True)
class _Whole:
    """A product with its variants, and how many there are by SKU."""

    product: Product
    variants: list[ProductVariant]
    stock: Mapping[str, int]


async def _template(
    uow: UnitOfWork, account_id: UUID, template_id: UUID | None
) -> CompiledTemplate:
    kind = TemplateKind.BUILD_LISTINGS
    if template_id is not None:
        await check_usable(uow, account_id, kind, template_id)
    try:
        template = await template_in_force(uow, account_id, template_id, kind)
    except TemplateInvalid as error:
        raise TemplateHasErrors(str(error)) from error
    assert template is not None  # noqa: S101 - there is always one of this kind
    return template


async def _whole(uow: UnitOfWork, account_id: UUID, ids: Sequence[UUID]) -> list[_Whole]:
    rows = list(await uow.session.scalars(select(Product).where(Product.id.in_(ids))))
    variants = await variants_of(uow, ids)
    keys = [row.sku_key for row in rows]
    keys += [row.sku_key for found in variants.values() for row in found]
    stock: dict[str, int] = {}
    for chunk in _chunks(keys):
        stock |= await available(uow, account_id, chunk)
    return [_Whole(row, variants[row.id], stock) for row in rows]


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Parts that a statement has room for."""
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]


def build_record(
    product: Product, variants: Sequence[ProductVariant], stock: Mapping[str, int]
) -> dict[str, Any]:
    """A product as a record for templates; what is not known of it is null.

    A variant's prices are those that it is sold for; sizes and identifiers are its own, and null
    means as the product.
    """
    return {
        "product": {
            **_UNKNOWN["product"],
            **product.extra,
            **{name: getattr(product, name) for name in (*_OF_PRODUCT, *_AMOUNTS, *_CONTENT)},
            "sku": product.sku,
            "quantity": stock.get(product.sku_key),
        },
        "product_variant": [
            {
                **_UNKNOWN["product_variant"],
                **variant.extra,
                **{name: getattr(variant, name) for name in ("options", "image", *_CONTENT)},
                **{name: _amount(product, variant, name) for name in _AMOUNTS},
                "sku": variant.sku,
                "quantity": stock.get(variant.sku_key),
            }
            for variant in variants
        ],
    }


async def own_product_record(uow: UnitOfWork, account_id: UUID, sku: str) -> dict[str, Any]:
    """Read the record of the product that has this SKU, itself or as a variant's."""
    found = await find_skus(uow, account_id, [sku.strip().lower()])
    owner = next((rows[0] for rows in found.values()), None)
    if owner is None:
        raise NotFound(f"No product and no variant has the SKU “{sku}”.")
    (whole,) = await _whole(uow, account_id, [owner.product_id])
    return build_record(whole.product, whole.variants, whole.stock)


def _amount(product: Product, variant: ProductVariant, name: str) -> Any:
    own = getattr(variant, name)
    return getattr(product, name) if own is None else own


def _source(whole: _Whole, template: CompiledTemplate, context: Context) -> SourceProduct:
    product, stock = whole.product, whole.stock
    record = build_record(product, whole.variants, stock)
    mapped = evaluate_record(template, record, context, record_id=product.sku)
    refused = _refusal(mapped)
    parts = mapped.repeated["listing_variant"]
    return SourceProduct(
        product_id=product.id,
        sku=product.sku,
        content=with_additions(mapped.once["listing"]),
        follows=_follows(product, stock),
        variants=tuple(
            SourceVariant(variant.sku, with_additions(part), _follows(variant, stock))
            for variant, part in zip(whole.variants, parts, strict=True)
            if part.outcome == "mapped"
        ),
        has_variants=bool(whole.variants),
        refused=refused,
        remark=None if refused else _remark(mapped.problems),
    )


def _follows(row: Product | ProductVariant, stock: Mapping[str, int]) -> dict[str, Any]:
    amounts: dict[str, Any] = {name: getattr(row, name) for name in _AMOUNTS}
    return {**amounts, "quantity": stock.get(row.sku_key)}


def _refusal(mapped: MappedRecord) -> Hindrance | None:
    if mapped.outcome == "skipped":
        return Hindrance("skipped_by_rule", mapped.reason)
    if mapped.outcome == "failed":
        return Hindrance("failed_by_rule", mapped.reason)
    return _remark([problem for problem in mapped.problems if problem.field == _SKU])


def _remark(problems: Sequence[Problem]) -> Hindrance | None:
    """The first of the problems."""
    return next((Hindrance(item.code, item.message, item.field) for item in problems), None)
