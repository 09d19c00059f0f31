"""What listings remember once their publication is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.bigcommerce.models.catalog import Product
from app.core.uow import UnitOfWork
from app.integrations.publishing.facts import product_facts
from app.integrations.publishing.images import bare
from app.integrations.publishing.metafields import known_values
from app.integrations.publishing.saving import (
    ATTENTION_PREFIX,
    locked_listings,
    note_product,
    note_variants,
)
from app.integrations.publishing.undoing.plan import TakeBack
from app.listings.kinds import DELETED_IN_STORE, Health, LinkStatus
from app.listings.models import Listing, ListingVariant
from app.listings.publishing import (
    forget_images,
    forget_publication,
    publications_of,
    remember_images,
    set_memory,
)
from app.listings.repository import lock_channel_listings, variants_of
from app.listings.traces import traces_of
from app.listings.traces_models import PublicationTrace

_NO_PRODUCT: Final = Product(id=0)


async def note_deletions(uow: UnitOfWork, channel_id: UUID, backs: Sequence[TakeBack]) -> None:
    """Listings whose products are deleted are not in the store, and remember nothing of it."""
    if not backs:
        return
    await lock_channel_listings(uow, channel_id)
    ids = [back.facts.trace.listing_id for back in backs]
    listings, variants = await locked_listings(uow, ids), await variants_of(uow, ids)
    for back in backs:
        trace = back.facts.trace
        listing = listings.get(trace.listing_id)
        if listing is None or listing.external_number not in (trace.external_number, None):
            continue
        _unlist(listing, trace)
        for row in variants[listing.id]:
            _unlist_variant(row)
        listing.version += 1
        listing.updated_at = uow.clock.now()
        await forget_publication(uow, listing.id)
    await uow.session.flush()


def _unlist(listing: Listing, trace: PublicationTrace) -> None:
    listing.external_id = listing.external_number = None
    if listing.health != Health.PAUSED:
        listing.health = Health.NOT_LISTED.value
    listing.pending = None
    listing.store_modified_at = None
    listing.store_facts = _without(listing.store_facts, product_facts(_NO_PRODUCT))
    listing.import_attention = [
        code for code in listing.import_attention if code != DELETED_IN_STORE
    ]
    listing.attention = [
        code for code in listing.attention if not code.startswith(ATTENTION_PREFIX)
    ]
    before = trace.before
    listing.link_status = before.get("link_status", LinkStatus.UNLINKED.value)
    if before.get("product_id") is None:
        listing.product_id = listing.product_sku = None


def _unlist_variant(row: ListingVariant) -> None:
    row.external_id = row.external_number = None
    row.store_facts = _without(row.store_facts, _VARIANT_FACTS)


_VARIANT_FACTS: Final = ("inherited", "purchasing_disabled", "base")


def _without(facts: dict[str, Any], names: Sequence[str] | dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in names}


@dataclass(frozen=True)
class Kept:
    """What the store did not let go of: listings, and metafields by id."""

    listings: frozenset[UUID] = frozenset()
    metafields: frozenset[int] = frozenset()


async def note_updates(
    uow: UnitOfWork, channel_id: UUID, backs: Sequence[TakeBack], kept: Kept
) -> None:
    """Listings show their products as the store has them, and remember what is still there."""
    if not backs:
        return
    await lock_channel_listings(uow, channel_id)
    ids = [back.facts.trace.listing_id for back in backs]
    listings, variants = await locked_listings(uow, ids), await variants_of(uow, ids)
    publications = await publications_of(uow, ids)
    traces = await traces_of(uow, backs[0].facts.trace.run_id, ids)
    for back in backs:
        trace, live = back.facts.trace, back.facts.live
        listing = listings.get(trace.listing_id)
        if listing is None or live is None or listing.external_number != live.id:
            continue
        present, removed = {variant.id for variant in live.variants}, _removed(back, live)
        for row in variants[listing.id]:
            if row.external_number in removed:
                _unlist_variant(row)
                await forget_images(uow, listing.id, str(row.id), _sources(back, str(row.id)))
        note_product(listing, live)
        note_variants([r for r in variants[listing.id] if r.external_number in present], live)
        listing.version += 1
        listing.updated_at = uow.clock.now()
        await _note_pictures(uow, back, traces.get(listing.id), live)
        publication = publications.get(listing.id)
        if publication is not None and listing.id not in kept.listings:
            last = publication.run_id == trace.run_id
            sent = trace.before.get("sent", {}) if last else publication.sent
            fields = _metafields(back, publication.metafields, removed, kept.metafields)
            await set_memory(uow, listing.id, sent, fields)
    await uow.session.flush()


def _removed(back: TakeBack, live: Product) -> set[int]:
    """Variants that the publication made and that are no longer there."""
    made = back.facts.trace.after.get("new_variants", {}).get("made", {})
    return {int(number) for number in made} - {variant.id for variant in live.variants}


def _sources(back: TakeBack, owner: str) -> list[str]:
    return [source for who, source in back.facts.images if who == owner]


async def _note_pictures(
    uow: UnitOfWork, back: TakeBack, trace: PublicationTrace | None, live: Product
) -> None:
    """Variants' pictures: their new addresses are the former ones now, for an undo that follows."""
    if trace is None or "variant_images" not in trace.before:
        return
    rows = {str(variant.id): variant for variant in live.variants}
    left = {remark.field for remark in back.left}
    former = dict(trace.before["variant_images"])
    for number, entry in former.items():
        sent = trace.after.get("variant_images", {}).get(number, {})
        row = rows.get(number)
        if row is None or f"bigcommerce_variant[{row.sku}].image_url" in left:
            continue
        now = row.image_url
        if bare(now) == sent.get("url"):
            continue
        former[number] = {**entry, "url": now}
        listing_id = trace.listing_id
        await forget_images(uow, listing_id, entry["owner"], _sources(back, entry["owner"]))
        if entry["source"]:
            await remember_images(uow, listing_id, entry["owner"], {entry["source"]: None})
    trace.before = {**trace.before, "variant_images": former}


def _metafields(
    back: TakeBack, rows: Sequence[Sequence[Any]], removed: set[int], refused: frozenset[int]
) -> list[list[Any]]:
    """What the store keeps of ours, without what was taken back."""
    known = known_values(rows)
    gone = {number for _, number in back.gone_metafields} - refused
    values = {number: value for _, number, value in back.changed_metafields}
    return [
        [*key, value if number in refused else values.get(number, value), number]
        for key, (number, value) in known.items()
        if number not in gone and not (key[0] == "variants" and key[1] in removed)
    ]
