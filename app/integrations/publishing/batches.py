"""Reading a batch of listings and working out what is to become of each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from app.bigcommerce.models.catalog import Product
from app.bigcommerce.resources import products
from app.channels.settings import PublishListingsSettings
from app.integrations.context import RunContext
from app.integrations.publishing.image_checks import ImageChecker
from app.integrations.publishing.images import addresses_of, bare
from app.integrations.publishing.payload import desired_product
from app.integrations.publishing.plan import Change, Desired, NotPublishable, Source
from app.integrations.publishing.sources import Terms, load_sources
from app.listings.kinds import Health
from app.listings.publishing import (
    PENDING_PUBLICATION,
    Choice,
    chosen_after,
    images_of,
    open_publications,
    publications_of,
)
from app.listings.publishing_models import ListingImage, ListingPublication, PublicationStatus
from app.runs.kinds import Outcome, RunMode

BATCH: Final = 250
AT_A_STRETCH: Final = 20


@dataclass
class Candidate:
    """A listing that can be published; `live` is its product in the store, if it has one."""

    source: Source
    desired: Desired
    row: ListingPublication | None = None
    """A publication, by this run or another, of which the end is not known."""
    before: ListingPublication | None = None
    """The last publication, however it ended."""
    live: Product | None = None
    images: Mapping[tuple[str, str], ListingImage] = field(default_factory=dict)
    begun: bool = False
    """Whether an earlier slice of this run wrote it down already."""

    @property
    def planned(self) -> list[Change]:
        """What this run has written down that it changes."""
        return list(self.row.changes) if self.begun and self.row is not None else []

    @property
    def only_finishing(self) -> bool:
        """Whether the product is in the store and only what follows may be missing."""
        return self.row is not None and self.row.status == PublicationStatus.FINISHING

    @property
    def id(self) -> UUID:
        """The listing's id."""
        return self.source.listing.id


@dataclass
class Batch:
    """Listings of one batch; `resumed` when it was begun by an earlier slice."""

    last: UUID
    resumed: bool
    candidates: list[Candidate] = field(default_factory=list)
    refused: list[tuple[Source, NotPublishable]] = field(default_factory=list)


def choice_of(context: RunContext) -> Choice:
    """Which listings the run is about."""
    settings = settings_of(context)
    only = context.run.subjects
    return Choice(
        context.run.channel_id, settings.overwrite, tuple(only) if only is not None else None
    )


def settings_of(context: RunContext) -> PublishListingsSettings:
    """The run's settings."""
    assert isinstance(context.settings, PublishListingsSettings)  # noqa: S101 - of this kind
    return context.settings


async def read_batch(terms: Terms, checker: ImageChecker, after: UUID | None) -> Batch | None:
    """Return what an earlier slice left unfinished, else the next batch; None at the end."""
    context = terms.context
    async with context.res.unit_of_work() as uow:
        opened = (
            await open_publications(uow, context.run.id)
            if context.run.mode is RunMode.EXECUTE
            else {}
        )
        ids = list(opened) or await chosen_after(uow, choice_of(context), after, BATCH)
        if not ids:
            return None
        sources = await load_sources(uow, terms, ids)
        known, images = await publications_of(uow, ids), await images_of(uow, ids)
    batch = Batch(last=after or ids[-1] if opened else ids[-1], resumed=bool(opened))
    for place, source in enumerate(sources):
        if place % AT_A_STRETCH == 0:
            await asyncio.sleep(0)
        before = known.get(source.listing.id)
        row = before if before is not None and _is_open(before, opened) else None
        try:
            desired = _desired(context, source, begun=bool(opened))
        except NotPublishable as refusal:
            batch.refused.append((source, refusal))
            continue
        batch.candidates.append(
            Candidate(
                source, desired, row, before, None, images.get(source.listing.id, {}), bool(opened)
            )
        )
    await _read_live(context, batch)
    await _judge_images(checker, batch)
    return batch


def _is_open(row: ListingPublication, opened: Mapping[UUID, ListingPublication]) -> bool:
    return row.listing_id in opened or row.status == PublicationStatus.SENDING


def _desired(context: RunContext, source: Source, *, begun: bool) -> Desired:
    listing, settings = source.listing, settings_of(context)
    if listing.health == Health.PAUSED:
        raise NotPublishable(
            "listing_paused",
            "The listing is paused; it is published when it no longer is.",
            None,
            Outcome.SKIPPED,
        )
    wanted = settings.overwrite or listing.pending in PENDING_PUBLICATION or listing.unsent or begun
    if source.exists and not wanted:
        raise NotPublishable(
            "already_published",
            "The listing is in the store. Turn on `overwrite` to send its content again.",
            None,
            Outcome.SKIPPED,
        )
    mapped = context.map(source.record, str(listing.id))
    return desired_product(source, mapped, settings)


async def _read_live(context: RunContext, batch: Batch) -> None:
    """Read the products that exist: one request for a batch."""
    numbers = {
        candidate.source.listing.external_number: candidate
        for candidate in batch.candidates
        if candidate.source.exists
    }
    if not numbers:
        return
    for product in await products.by_ids(context.client, sorted(filter(None, numbers))):
        numbers.pop(product.id).live = product
    for candidate in numbers.values():
        batch.candidates.remove(candidate)
        text = "The product is no longer in the store. Mark the listing as not listed first."
        batch.refused.append((candidate.source, NotPublishable("deleted_in_store", text, None)))


async def _judge_images(checker: ImageChecker, batch: Batch) -> None:
    """Leave out pictures that cannot be fetched; those that the store has are not asked for."""
    wanted: list[str] = []
    for candidate in batch.candidates:
        sent = {source for _, source in candidate.images}
        pictures = candidate.live.images if candidate.live is not None else ()
        there = {address for image in pictures for address in addresses_of(image)}
        wanted += [
            url for url in _urls(candidate.desired) if url not in sent and bare(url) not in there
        ]
    bad = await checker.judge(wanted)
    if not bad:
        return
    for candidate in batch.candidates:
        desired = candidate.desired
        for url in dict.fromkeys(_urls(desired)):
            if url in bad:
                desired.remarks.append(bad[url])
        if desired.images is not None:
            desired.images = [url for url in desired.images if url not in bad]
        for variant in desired.variants:
            if variant.image in bad:
                variant.image = None


def _urls(desired: Desired) -> list[str]:
    return [
        *(desired.images or []),
        *(variant.image for variant in desired.variants if variant.image),
    ]
