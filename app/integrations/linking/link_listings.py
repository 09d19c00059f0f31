"""Link Listings: listings that were built here find their products in the store.

1. The store's catalogue is read once, in pages of 250 products with their variants; what shares an
   identifier with a listing of ours is kept as the run's index (40 requests for 10,000 products).
2. Listings that were imported without a product are tied to products of ours by SKU.
3. Each built listing is looked up in the index and tied to its product, whose status, prices and
   stock are from then on the last known ones. Nothing is guessed and nothing written to the store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from app.bigcommerce.pacing import Lane
from app.bigcommerce.pages import Cursor
from app.bigcommerce.resources import products
from app.channels.kinds import IntegrationType
from app.channels.settings import LinkListingsSettings
from app.core.uow import UnitOfWork
from app.integrations.context import PageResult, PageWork, RunContext
from app.integrations.linking.link_built import BuiltPage
from app.integrations.linking.link_cursor import LinkCursor
from app.integrations.linking.link_imported import ImportedPage
from app.integrations.linking.link_index import begin_index, keep, kept
from app.integrations.linking.link_matching import Index, Match, OwnListing, OwnVariant, Wanted
from app.integrations.linking.link_plans import LinkPlan, load_plan
from app.integrations.linking.link_store import store_product
from app.listings.linking import Unlinked, count_without_product, unlinked_listings
from app.runs.recording import LogLine, PageRecord

AT_ONCE = 250
NOT_NEEDED = "description"


@dataclass(frozen=True)
class Read:
    """A step of reading the store; there is nothing to save but how far it came."""

    record: PageRecord

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Keep the cursor."""
        return PageResult(self.record)


class LinkListings:
    """The integration."""

    kind = IntegrationType.LINK_LISTINGS
    lane: Lane = "bulk"

    async def pages(
        self, context: RunContext, cursor: dict[str, Any]
    ) -> AsyncGenerator[PageWork, None]:
        """Go on from a cursor."""
        run = context.run
        at = msgspec.convert(cursor, LinkCursor) if cursor else LinkCursor()
        plan = await load_plan(context.res, run)
        listings, chosen, total = await _subjects(context)
        if at.phase == "index" and not at.begun:
            await begin_index(context.res, run.id)
            at = LinkCursor("index" if chosen else "imported", True)
            message = f"{len(chosen)} listings to look for in the store."
            yield Read(PageRecord(at.to_json(), total=total, log=[LogLine(message)]))
        if at.phase == "index":
            async for step, following in _index(context, listings, at):
                at = following
                yield step
        while at.phase == "imported":
            ours = await ImportedPage.read(context, plan, at)
            yield ours
            at = ours.following
        async for page in _built(context, listings, chosen, at, plan):
            yield page


async def _subjects(context: RunContext) -> tuple[list[Unlinked], set[UUID], int]:
    """Return all listings that are not in the store, those that the run is about, and its size.

    The others are looked up as well: a product that fits two listings belongs to neither, even
    when the run is about one of them only.
    """
    only = context.run.subjects
    async with context.res.unit_of_work() as uow:
        listings = await unlinked_listings(uow, context.run.channel_id)
        imported = await count_without_product(uow, context.run.channel_id, only)
    chosen = {listing.id for listing in listings if only is None or listing.id in set(only)}
    return listings, chosen, len(chosen) + imported


async def _index(
    context: RunContext, listings: Sequence[Unlinked], at: LinkCursor
) -> AsyncGenerator[tuple[Read, LinkCursor], None]:
    """Read the store; what is found is kept before the cursor moves past it."""
    wanted = Wanted.of(_settings(context).priority, [_own(listing) for listing in listings])
    filters = {"exclude_fields": NOT_NEEDED}
    async for page in products.pages(context.client, at.walk, include="variants", filters=filters):
        found = [store_product(product) for product in page.items]
        await keep(context.res, context.run.id, [item for item in found if wanted.mentions(item)])
        at = LinkCursor("index", True, page.cursor)
        record = PageRecord(at.to_json(), requests_estimated=_estimate(page.cursor))
        if page.last:
            at = LinkCursor("imported", True)
            message = f"{page.cursor.read} products of the store read."
            record = PageRecord(
                at.to_json(), requests_estimated=_estimate(page.cursor), log=[LogLine(message)]
            )
        yield Read(record), at


def _estimate(cursor: Cursor) -> int | None:
    return None if cursor.total is None else max(-(-cursor.total // cursor.size), 1)


async def _built(
    context: RunContext,
    listings: Sequence[Unlinked],
    chosen: Collection[UUID],
    at: LinkCursor,
    plan: LinkPlan | None,
) -> AsyncGenerator[BuiltPage, None]:
    """Match every listing, so that products found twice are known, then save page by page."""
    async with context.res.unit_of_work() as uow:
        index = Index(_settings(context).priority, await kept(uow, context.run.id))
    matches: dict[UUID, Match] = {listing.id: index.match(_own(listing)) for listing in listings}
    claims = Counter(match.product.id for match in matches.values() if match.product is not None)
    contested = {product_id for product_id, count in claims.items() if count > 1}
    rest = [
        listing
        for listing in listings
        if listing.id in chosen and (at.after is None or listing.id > at.after)
    ]
    for start in range(0, max(len(rest), 1), AT_ONCE):
        chunk = rest[start : start + AT_ONCE]
        yield BuiltPage(
            context=context,
            listings=chunk,
            matches=matches,
            contested=contested,
            plan=plan,
            following=LinkCursor("built", True, None, chunk[-1].id if chunk else at.after),
            finished=start + AT_ONCE >= len(rest),
        )


def _own(listing: Unlinked) -> OwnListing:
    return OwnListing(
        listing.id,
        listing.identifiers["sku"] or "",
        listing.identifiers,
        tuple(
            OwnVariant(
                row.id,
                row.identifiers["sku"] or "",
                row.identifiers
                if len(listing.variants) > 1
                else {
                    name: value or listing.identifiers[name]
                    for name, value in row.identifiers.items()
                },
                row.options,
            )
            for row in listing.variants
        ),
    )


def _settings(context: RunContext) -> LinkListingsSettings:
    settings = context.settings
    assert isinstance(settings, LinkListingsSettings)  # noqa: S101 - of this integration
    return settings
