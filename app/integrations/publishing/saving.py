"""What a listing remembers once its product is in the store, and of a publication that failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select

from app.bigcommerce.models.catalog import Product, Variant
from app.core.uow import UnitOfWork
from app.integrations.publishing.facts import product_facts, variant_facts
from app.integrations.publishing.plan import Remark
from app.listings.kinds import Health, LinkStatus
from app.listings.models import Listing, ListingVariant
from app.listings.publishing import (
    OVERWRITE,
    PENDING_PUBLICATION,
    PRODUCT,
    remember_images,
    set_publication,
)
from app.listings.publishing_models import PublicationStatus
from app.listings.repository import lock_channel_listings, variants_of
from app.mapping.ownership import EVERYTHING
from app.products.columns import sku_key
from app.products.repository import find_skus

ATTENTION_PREFIX: Final = "publish_"
"""Attention codes of publishing start with it; the next publication takes them away."""
_COLUMNS: Final = {
    "price": "price",
    "sale_price": "sale_price",
    "retail_price": "msrp",
    "map_price": "map",
    "cost_price": "cost",
}


@dataclass
class Published:
    """A product as the store has it after a publication, and whose listing it is."""

    listing_id: UUID
    version: int
    product: Product
    images: Mapping[str, int] = field(default_factory=dict)
    variant_images: Mapping[UUID, str] = field(default_factory=dict)
    remarks: Sequence[Remark] = ()
    sent: bool = True
    finishing: bool = False
    """Whether something is still to be sent."""
    memory: Mapping[str, Any] = field(default_factory=dict)
    """What the next publication is to know of this one."""


async def save_published(
    uow: UnitOfWork,
    account_id: UUID,
    channel_id: UUID,
    done: Sequence[Published],
    currency: str | None,
) -> None:
    """Tie listings to their products and note what the store has."""
    if not done:
        return
    await lock_channel_listings(uow, channel_id)
    await _remove_twins(uow, channel_id, done)
    listings = await locked_listings(uow, [item.listing_id for item in done])
    variants = await variants_of(uow, list(listings))
    for item in done:
        listing = listings.get(item.listing_id)
        if listing is None:
            continue
        if item.sent or listing.external_number != item.product.id:
            # What we sent is ours: what comes back of it must not change it.
            listing.own_content = [EVERYTHING]
        note_product(listing, item.product)
        note_variants(variants[listing.id], item.product)
        listing.currency = currency or listing.currency
        acknowledge(listing, item.version)
        _note_attention(listing, item.remarks)
        await _link(uow, account_id, listing)
        listing.version += 1
        listing.updated_at = uow.clock.now()
        await _note_publication(uow, item)
    await uow.session.flush()


async def _note_publication(uow: UnitOfWork, item: Published) -> None:
    await remember_images(uow, item.listing_id, PRODUCT, item.images)
    for variant_id, source in item.variant_images.items():
        await remember_images(uow, item.listing_id, str(variant_id), {source: None})
    status = PublicationStatus.FINISHING if item.finishing else PublicationStatus.DONE
    await set_publication(
        uow,
        [item.listing_id],
        status,
        published_at=uow.clock.now(),
        code=None,
        message=None,
        warnings=[remark.message for remark in item.remarks],
        **({"sent": dict(item.memory)} if item.memory else {}),
    )


async def locked_listings(uow: UnitOfWork, listing_ids: Iterable[UUID]) -> dict[UUID, Listing]:
    """Lock listings in the order in which everybody does."""
    rows = await uow.session.scalars(
        select(Listing)
        .where(Listing.id.in_(sorted(set(listing_ids))))
        .order_by(Listing.channel_id, Listing.external_number, Listing.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


async def _remove_twins(uow: UnitOfWork, channel_id: UUID, done: Sequence[Published]) -> None:
    """An import may have met a new product before we noted whose it is."""
    await uow.session.execute(
        delete(Listing).where(
            Listing.channel_id == channel_id,
            Listing.external_number.in_([item.product.id for item in done]),
            Listing.id.not_in([item.listing_id for item in done]),
        )
    )


def acknowledge(listing: Listing, version: int) -> None:
    """Clear what was pending, unless the listing was changed since it was read.

    An edit made meanwhile is sent by the next publication.
    """
    if listing.version == version:
        listing.unsent = False
        if listing.pending in (*PENDING_PUBLICATION, listing.health):
            listing.pending = None
    elif listing.pending is None:
        listing.pending = OVERWRITE


def note_product(listing: Listing, product: Product) -> None:
    """Write down what the store has of a product."""
    listing.external_id = str(product.id)
    listing.external_number = product.id
    if listing.health != Health.PAUSED:
        listing.health = (Health.LISTED if product.is_visible else Health.HIDDEN).value
    listing.store_modified_at = product.date_modified
    listing.store_facts = {**listing.store_facts, **product_facts(product)}
    listing.quantity = product.inventory_level if product.inventory_tracking != "none" else None
    for name, column in _COLUMNS.items():
        value = getattr(product, name)
        setattr(listing, column, value if name in {"price", "cost_price"} else value or None)


def note_variants(rows: Sequence[ListingVariant], product: Product) -> None:
    """Write down what the store has of variants."""
    for row, variant in matched(rows, product.variants).items():
        row.external_id = str(variant.id)
        row.external_number = variant.id
        row.sku = row.sku or variant.sku or None
        row.store_facts = {**row.store_facts, **variant_facts(variant)}
        tracked = product.inventory_tracking != "none"
        row.quantity = variant.inventory_level if tracked else None
        for name, column in _COLUMNS.items():
            own = getattr(variant, name)
            value = getattr(product, name) if own is None else own
            setattr(row, column, value if name in {"price", "cost_price"} else value or None)


def matched(
    rows: Sequence[ListingVariant], variants: Sequence[Variant]
) -> dict[ListingVariant, Variant]:
    """Our variants with the store's: by id, else by SKU, else by options, else the only ones."""
    by_id = {variant.id: variant for variant in variants}
    by_sku = {variant.sku.casefold(): variant for variant in variants if variant.sku}
    by_options = {
        frozenset(
            (value.option_display_name.casefold(), value.label.casefold())
            for value in variant.option_values
        ): variant
        for variant in variants
    }
    found: dict[ListingVariant, Variant] = {}
    for row in rows:
        options = frozenset(
            (str(name).casefold(), str(label).casefold()) for name, label in row.options.items()
        )
        variant = by_id.get(row.external_number or 0) or by_sku.get((row.sku or "").casefold())
        variant = variant or (by_options.get(options) if options else None)
        if variant is None and len(rows) == len(variants) == 1:
            variant = variants[0]
        if variant is not None and variant.id not in {taken.id for taken in found.values()}:
            found[row] = variant
    return found


async def _link(uow: UnitOfWork, account_id: UUID, listing: Listing) -> None:
    if listing.product_id is None and listing.sku:
        owners = (await find_skus(uow, account_id, [listing.sku])).get(sku_key(listing.sku), [])
        if len({owner.product_id for owner in owners}) == 1:
            listing.product_id, listing.product_sku = owners[0].product_id, owners[0].sku
    listing.link_status = LinkStatus.LINKED.value


def _note_attention(listing: Listing, remarks: Sequence[Remark]) -> None:
    kept = [code for code in listing.attention if not code.startswith(ATTENTION_PREFIX)]
    ours = {f"{ATTENTION_PREFIX}{remark.code}" for remark in remarks}
    listing.attention = sorted({*kept, *ours})


async def save_failures(
    uow: UnitOfWork, failures: Mapping[UUID, Remark], *, attempted: bool
) -> None:
    """Note on listings why they were not published; `attempted` when something was sent."""
    if not failures:
        return
    for listing_id, listing in (await locked_listings(uow, failures)).items():
        remark = failures[listing_id]
        _note_attention(listing, [remark])
        if attempted:
            values: dict[str, Any] = {"code": remark.code, "message": remark.message}
            await set_publication(uow, [listing_id], PublicationStatus.FAILED, **values)
    await uow.session.flush()


async def note_remarks(uow: UnitOfWork, told: Mapping[UUID, Sequence[Remark]]) -> None:
    """Add what went wrong after a listing's publication was noted."""
    if not told:
        return
    for listing_id, listing in (await locked_listings(uow, told)).items():
        codes = {f"{ATTENTION_PREFIX}{remark.code}" for remark in told[listing_id]}
        listing.attention = sorted({*listing.attention, *codes})
    await uow.session.flush()
