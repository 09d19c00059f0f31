"""Real listings and orders that a rule is tried on, with the numbers that a sync would use."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, or_, select

from app.channels.kinds import IntegrationType
from app.channels.repository import get_integration
from app.channels.settings import SyncListingsSettings
from app.core.crypto import KeyRing
from app.core.uow import UnitOfWork
from app.integrations.syncing.records import (
    OwnProduct,
    OwnVariant,
    amount,
    listing_part,
    matched,
    own_variant,
    variant_content,
)
from app.integrations.syncing.sold import Sold, sold_units
from app.listings.effective import effective
from app.listings.models import Listing, ListingVariant
from app.listings.repository import listings_of
from app.listings.repository import variants_of as listing_variants_of
from app.orders.models import Order
from app.orders.repository import orders_of
from app.orders.service import view_orders
from app.products.columns import sku_key
from app.products.models import Product, ProductVariant
from app.products.repository import find_skus, levels_of, variants_of
from app.rules.ports import ListingSubject, OrderSubject
from app.rules.prices import VariantFacts, category_names
from app.rules.quantities import StockFacts

_RULE_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {"price": "list_price", "sale_price": "sale_price", "msrp": "msrp", "map": "map"}
)
_CONTENT: Final = ("upc", "gtin", "mpn", "weight", "length", "width", "height")


class SubjectsOfTables:
    """The `RuleSubjects` of this service."""

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
        """Return variants by SKU or listing, or of the channel's first listings."""
        keys = {sku_key(sku) for sku in skus or ()}
        sold = await _sold(uow, account_id, channel_id, recent_periods)
        rows = await _listings(uow, account_id, channel_id, keys, listing_ids, limit)
        variants = await listing_variants_of(uow, [row.id for row in rows])
        products = await _products(
            uow, account_id, {row.product_id for row in rows if row.product_id}, sold
        )
        found: list[ListingSubject] = []
        for row in rows:
            own = products.get(row.product_id) if row.product_id else None
            chosen = None if row.id in set(listing_ids or ()) or not keys else keys
            found += _of_listing(row, variants[row.id], own, chosen)
        missing = keys - {
            sku_key(sku) for subject in found for sku in (subject.facts.sku, *subject.parents)
        }
        return found + await _of_catalogue(uow, account_id, missing, sold)

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
        query = orders_of(account_id, channel_id=channel_id)
        if order_ids is not None:
            query = query.where(Order.id.in_(order_ids))
        query = query.order_by(None).order_by(Order.id.desc()).limit(limit)
        chosen = list(await uow.session.scalars(query if order_ids is None else query.limit(None)))
        return [
            OrderSubject(
                view.external_id,
                {
                    "order": view.order,
                    "billing_address": view.billing_address,
                    "line_items": [line.model_dump() for line in view.line_items],
                },
                view.id,
                view.currency,
                row.amounts or None,
            )
            for row, view in zip(chosen, await view_orders(uow, keyring, chosen), strict=True)
        ]


async def _sold(
    uow: UnitOfWork, account_id: UUID, channel_id: UUID, recent_periods: Collection[int]
) -> Sold:
    row = await get_integration(uow, channel_id, IntegrationType.SYNC_LISTINGS)
    settings = SyncListingsSettings.model_validate(row.settings)
    return await sold_units(uow, account_id, settings, recent_periods)


async def _listings(
    uow: UnitOfWork,
    account_id: UUID,
    channel_id: UUID,
    keys: Collection[str],
    listing_ids: Sequence[UUID] | None,
    limit: int,
) -> list[Listing]:
    query = listings_of(account_id, channel_id=channel_id)
    if not keys and listing_ids is None:
        return list(await uow.session.scalars(query.limit(limit)))
    with_sku = select(ListingVariant.listing_id).where(
        ListingVariant.account_id == account_id, func.lower(ListingVariant.sku).in_(keys)
    )
    return list(
        await uow.session.scalars(
            query.where(
                or_(
                    Listing.id.in_(list(listing_ids or ())),
                    func.lower(Listing.sku).in_(keys),
                    func.lower(Listing.product_sku).in_(keys),
                    Listing.id.in_(with_sku),
                )
            )
        )
    )


async def _products(
    uow: UnitOfWork, account_id: UUID, ids: Collection[UUID], sold: Sold
) -> dict[UUID, OwnProduct]:
    rows = await uow.session.scalars(
        select(Product).where(Product.account_id == account_id, Product.id.in_(sorted(ids)))
    )
    products = {row.id: row for row in rows}
    variants = await variants_of(uow, sorted(products))
    keys = {row.sku_key for row in products.values()}
    keys |= {row.sku_key for found in variants.values() for row in found}
    levels = await levels_of(uow, account_id, keys)
    return {
        row.id: OwnProduct(row, tuple(variants[row.id]), levels, sold) for row in products.values()
    }


def _of_listing(
    listing: Listing,
    variants: list[ListingVariant],
    own: OwnProduct | None,
    keys: Collection[str] | None,
) -> list[ListingSubject]:
    pairs = matched(listing, variants, own) if own is not None else {}
    parent = listing_part(listing, own)
    alone = len(variants) == 1
    parents = tuple(sku for sku in (listing.sku, listing.product_sku) if sku)
    wanted = keys is None or any(sku_key(sku) in keys for sku in parents)
    found: list[ListingSubject] = []
    for row in variants:
        shown = effective(listing, row, only_one=alone)
        sku = str(shown["sku"] or "")
        if not wanted and keys is not None and sku_key(sku) not in keys:
            continue
        theirs = pairs.get(row.id)
        content = variant_content(row, theirs) if theirs is not None else _known(_shown(row, shown))
        locked = row.locked.get("quantity")
        found.append(
            ListingSubject(
                _facts(
                    sku,
                    listing,
                    row,
                    theirs,
                    shown,
                    {"listing": parent, "listing_variant": [content]},
                ),
                _stock(theirs, shown["quantity"], locked),
                listing.id,
                listing.health,
                listing.currency,
                parents,
            )
        )
    return found


def _facts(
    sku: str,
    listing: Listing,
    row: ListingVariant,
    own: OwnVariant | None,
    shown: Mapping[str, Any],
    record: Mapping[str, Any],
) -> VariantFacts:
    prices = {
        column: shown[column] if own is None else amount(own, column)
        for column in ("price", "sale_price", "msrp", "map", "cost")
    }
    return VariantFacts(
        sku=sku,
        list_price=prices["price"],
        sale_price=prices["sale_price"],
        msrp=prices["msrp"],
        map=prices["map"],
        cost=prices["cost"],
        brand=listing.brand,
        categories=category_names(listing.categories),
        locked={
            name: Decimal(str(row.locked[column]))
            for column, name in _RULE_FIELDS.items()
            if row.locked.get(column) is not None
        },
        record=record,
    )


def _shown(row: ListingVariant, shown: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row.extra,
        **shown,
        "list_price": shown["price"],
        "estimated_cost": shown["cost"],
        "option": row.options,
        "image": row.image,
    }


def _stock(own: OwnVariant | None, quantity: int | None, locked: int | None) -> StockFacts:
    if own is not None:
        return StockFacts(own.levels, own.reserved, own.recent_sales, locked=locked)
    levels = {} if quantity is None else {"store": quantity}
    return StockFacts(levels, locked=locked)


async def _of_catalogue(
    uow: UnitOfWork, account_id: UUID, keys: Collection[str], sold: Sold
) -> list[ListingSubject]:
    owners = await find_skus(uow, account_id, keys)
    ids = {found[0].product_id for found in owners.values()}
    products = await _products(uow, account_id, ids, sold)
    found: list[ListingSubject] = []
    for product in products.values():
        choices: list[ProductVariant | None] = [
            row
            for row in product.variants
            if row.sku_key in keys or product.product.sku_key in keys
        ]
        if not product.variants:
            choices = [None]
        found += [_of_product(product, variant) for variant in choices]
    return found


def _of_product(own: OwnProduct, variant: ProductVariant | None) -> ListingSubject:
    product = own.product
    chosen = product if variant is None else variant
    levels = {level.warehouse: level.quantity for level in own.levels.get(chosen.sku_key, ())}
    theirs = own_variant(own, variant, levels, chosen.sku_key)
    listing = Listing(
        sku=product.sku,
        title=product.title,
        description=product.description,
        brand=product.brand,
        categories=product.categories,
        images=product.images,
        custom_fields=product.custom_fields,
        extra=product.extra,
        health="not_listed",
        import_attention=[],
    )
    row = ListingVariant(
        sku=chosen.sku,
        options=variant.options if variant else {},
        image=variant.image if variant else None,
        extra={},
        locked={},
    )
    for name in _CONTENT:
        setattr(listing, name, getattr(product, name))
        setattr(row, name, getattr(chosen, name))
    content = variant_content(row, theirs)
    record = {"listing": listing_part(listing, own), "listing_variant": [content]}
    return ListingSubject(
        _facts(chosen.sku, listing, row, theirs, {}, record),
        _stock(theirs, None, None),
        parents=(product.sku,),
    )


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
