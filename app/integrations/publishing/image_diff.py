"""Pictures of a product compared with those it is to have.

The store gives every picture an address of its own. Which source it came from stands in our map;
a listing that was imported has the store's own addresses as sources.
"""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from app.bigcommerce.models.catalog import Product, Variant
from app.integrations.publishing.batches import Candidate
from app.integrations.publishing.images import addresses_of, bare
from app.integrations.publishing.plan import Change, DesiredVariant, change
from app.listings.publishing import PRODUCT


class ImageChanges(Protocol):
    """The part of an update that pictures are written to."""

    candidate: Candidate
    images: list[tuple[int, str]]
    gone_images: dict[str, int]
    variant_images: dict[UUID, tuple[int, str]]
    changes: list[Change]


def image_changes(update: ImageChanges, live: Product) -> None:
    """Add what is missing, and remove what we sent earlier and no longer want."""
    wanted = update.candidate.desired.images
    if wanted is None:
        return
    present = {image.id for image in live.images}
    sent = {
        source: row.external_number
        for (owner, source), row in update.candidate.images.items()
        if owner == PRODUCT and row.external_number in present
    }
    places = {address: image.id for image in live.images for address in addresses_of(image)}
    missing = [url for url in wanted if url not in sent and bare(url) not in places]
    # A picture may also be wanted by the address that the store gave it.
    kept_ids = {places[bare(url)] for url in wanted if bare(url) in places}
    adds = "images" in update.candidate.desired.added
    gone = {
        url: number
        for url, number in sent.items()
        if not adds and url not in wanted and number is not None and number not in kept_ids
    }
    if not missing and not gone:
        return
    update.images = [(place, url) for place, url in enumerate(wanted) if url in missing]
    update.gone_images = gone
    names = {number: url for url, number in sent.items()}
    shown = [names.get(image.id) or image.url_standard for image in live.images]
    kept = [url for url in shown if url not in gone]
    update.changes.append(change("bigcommerce_product.images", shown, [*kept, *missing]))


def variant_image_changes(update: ImageChanges, wanted: DesiredVariant, variant: Variant) -> None:
    """Send a variant's picture unless it was sent before."""
    if not wanted.image or bare(wanted.image) == bare(variant.image_url):
        return
    owner = str(wanted.id)
    if (owner, wanted.image) in update.candidate.images and variant.image_url:
        return
    update.variant_images[wanted.id] = (variant.id, wanted.image)
    place = f"bigcommerce_variant[{wanted.sku}].image_url"
    update.changes.append(change(place, variant.image_url or None, wanted.image))
