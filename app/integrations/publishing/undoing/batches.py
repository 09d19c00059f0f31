"""Reading a batch of what is to be taken back, with the products as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.bigcommerce.resources import products
from app.core.uow import UnitOfWork
from app.integrations.context import RunContext
from app.integrations.publishing.plan import Source
from app.integrations.publishing.undoing.plan import Facts
from app.listings.models import Listing, ListingVariant
from app.listings.publishing import images_of, listings_by_id, publications_of
from app.listings.repository import variants_of
from app.listings.traces import Undoing, stock_sent_since, traces_after, traces_begun
from app.listings.traces_models import PublicationTrace, TraceStatus
from app.orders.repository import skus_ordered_since

BATCH: Final = 250


@dataclass
class Batch:
    """What is taken back together; `resumed` when an earlier slice has begun it."""

    last: UUID
    resumed: bool
    facts: list[Facts]


def choice_of(context: RunContext) -> Undoing:
    """What the run takes back."""
    run = context.run
    return Undoing(run.id, UUID(run.params["undo_of"]), run.channel_id, run.subjects)


async def read_batch(context: RunContext, after: UUID | None) -> Batch | None:
    """Read what an earlier slice has begun, or the next listings; None at the end."""
    async with context.res.unit_of_work() as uow:
        opened = await traces_begun(uow, choice_of(context)) if after is not None else []
        traces = opened or await traces_after(uow, choice_of(context), after, BATCH)
        if not traces:
            return None
        facts = await _facts(uow, context, traces)
    last = after if opened and after is not None else traces[-1].listing_id
    batch = Batch(last, bool(opened), facts)
    await look(context, [row for row in facts if row.trace.status != TraceStatus.UNDONE])
    return batch


async def look(context: RunContext, facts: list[Facts]) -> None:
    """Read products as they are now: one request for all."""
    numbers = sorted({row.trace.external_number for row in facts if row.trace.external_number})
    found = await products.by_ids(context.client, numbers) if numbers else []
    live = {product.id: product for product in found}
    for row in facts:
        row.live = live.get(row.trace.external_number or 0)


async def _facts(
    uow: UnitOfWork, context: RunContext, traces: list[PublicationTrace]
) -> list[Facts]:
    ids = [trace.listing_id for trace in traces]
    listings = {row.id: row for row in await listings_by_id(uow, ids)}
    variants = await variants_of(uow, ids)
    publications, images = await publications_of(uow, ids), await images_of(uow, ids)
    since = min(trace.created_at for trace in traces)
    stock = await stock_sent_since(uow, ids, since)
    skus = {
        trace.listing_id: _skus(listings[trace.listing_id], variants[trace.listing_id])
        for trace in traces
        if trace.creates
    }
    every = {sku for some in skus.values() for sku in some}
    ordered = await skus_ordered_since(uow, context.run.channel_id, every, since)
    found = []
    for trace in traces:
        listing, rows = listings[trace.listing_id], variants[trace.listing_id]
        found.append(
            Facts(
                trace,
                Source(listing, rows, {}),
                publications.get(trace.listing_id),
                images.get(trace.listing_id, {}),
                stock=stock,
                ordered=bool(skus.get(trace.listing_id, set()) & ordered),
            )
        )
    return found


def _skus(listing: Listing, rows: list[ListingVariant]) -> set[str]:
    given = [listing.sku, *(row.sku for row in rows)]
    return {sku.lower() for sku in given if sku}
