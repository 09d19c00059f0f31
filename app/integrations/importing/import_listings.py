"""Import Listings: the store's catalogue becomes listings and, if so set, products of ours.

1. Names of brands and paths of categories are read once, and kept with the run.
2. Products are read in pages of 250 by id; each page is mapped and saved in one transaction. A
   listing whose id lies in a page's range and that the store did not send may have vanished.
3. After a complete pass those are asked for by id, and marked when they are really gone.

An earlier run's cursor makes a run incremental, by date of modification with an overlap; it ends by
counting, and goes over to a complete pass when the store holds another number of products than it
should. Once a day the pass is complete from the start: whether a change of a variant moves its
product's date is not documented (FACTS 5.1).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from app.bigcommerce.client import Param, StoreClient
from app.bigcommerce.models.catalog import Brand, Product
from app.bigcommerce.pacing import Lane
from app.bigcommerce.pages import Page
from app.bigcommerce.resources import brands, categories, products
from app.channels.kinds import IntegrationType
from app.core.uow import UnitOfWork
from app.integrations.context import PageResult, PageWork, RunContext
from app.integrations.importing.import_cursor import ImportCursor
from app.integrations.importing.listing_mapping import map_products
from app.integrations.importing.listing_pages import ListingPage, Span
from app.integrations.importing.product_records import brand_names, category_paths
from app.listings.repository import count_live
from app.runs.kinds import LogLevel
from app.runs.recording import LogLine, PageRecord

OVERLAP = timedelta(minutes=10)
COMPLETE_EVERY = timedelta(hours=24)
PAGE = 250


@dataclass(frozen=True)
class Prepared:
    """What was looked up between pages; with `kept` it was the last thing to do."""

    record: PageRecord
    kept: dict[str, Any] | None = None

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Keep it with the run; there are no rows to write."""
        return PageResult(self.record, self.kept is not None, self.kept)


class ImportListings:
    """The integration."""

    kind = IntegrationType.IMPORT_LISTINGS
    lane: Lane = "bulk"

    async def pages(
        self, context: RunContext, cursor: dict[str, Any]
    ) -> AsyncGenerator[PageWork, None]:
        """Read on from a cursor; a page's `save` may add ids that are then asked for."""
        scratch = context.run.scratch
        if cursor:
            at = msgspec.convert(cursor, ImportCursor)
        else:
            at = await _begin(context)
            scratch = await look_up(context.client)
            yield Prepared(_prepared(at, scratch))
        while at.phase != "ids":
            if at.phase == "count":
                at = await _counted(context, at)
                yield Prepared(PageRecord(cursor=at.to_json()), _kept(context, at))
                continue
            async for page in products.pages(
                context.client, at.walk, filters=_filters(at), size=context.run.page_size
            ):
                work = await _product_page(context, scratch, at, page)
                yield work
                at = work.following
        while at.ids:
            chosen, rest = at.ids[:PAGE], at.ids[PAGE:]
            at = msgspec.structs.replace(at, ids=rest)
            found = await products.by_ids(context.client, chosen)
            known = {product.id for product in found}
            yield ListingPage(
                context=context,
                mapped=await map_products(context, scratch, found),
                following=at,
                done=len(chosen) if at.restricted else len(found),
                absent=[external_id for external_id in chosen if external_id not in known],
            )


async def _product_page(
    context: RunContext, scratch: dict[str, Any], at: ImportCursor, page: Page[Product]
) -> ListingPage:
    before = at.walk.after if at.walk else 0
    span = None
    if at.complete:
        present = {product.id for product in page.items}
        span = Span(before, None if page.last else page.cursor.after, present)
    return ListingPage(
        context=context,
        mapped=await map_products(context, scratch, page.items),
        following=msgspec.structs.replace(
            at, walk=page.cursor, phase=_next_phase(at) if page.last else "products"
        ),
        done=len(page.items),
        total=page.cursor.total,
        span=span,
    )


def _next_phase(at: ImportCursor) -> Literal["count", "ids"]:
    return "ids" if at.complete else "count"


async def _begin(context: RunContext) -> ImportCursor:
    now = context.res.clock.now()
    only = context.run.only
    if only is not None:
        return ImportCursor("ids", complete=False, restricted=True, ids=tuple(sorted(set(only))))
    earlier = context.integration_cursor
    complete_at = _moment(earlier.get("complete_at"))
    modified_from = _moment(earlier.get("modified_from"))
    complete = (
        bool(context.run.params.get("full"))
        or modified_from is None
        or complete_at is None
        or now - complete_at > COMPLETE_EVERY
    )
    since = None
    if not complete and modified_from is not None:
        # Without a time of day BigCommerce would add the present one (FACTS 5.1).
        since = (modified_from - OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")
    return ImportCursor(complete=complete, modified_since=since, began_at=now.isoformat())


async def look_up(client: StoreClient) -> dict[str, Any]:
    """Read the names of brands and the paths of categories, as they are kept with a run."""
    found: list[Brand] = []
    async for page in brands.pages(client):
        found.extend(page.items)
    return {
        "brands": brand_names(found),
        "categories": category_paths(await categories.all_of(client)),
    }


async def _counted(context: RunContext, at: ImportCursor) -> ImportCursor:
    """Go over to a complete pass when products are missing, or more than were read.

    Products that are no listings of ours, because the template leaves them out, were counted by
    the last complete pass.
    """
    in_store = await products.count(context.client)
    async with context.res.unit_of_work() as uow:
        ours = await count_live(uow, context.run.channel_id)
    if in_store == ours + int(context.integration_cursor.get("left_out", 0)):
        return msgspec.structs.replace(at, phase="ids")
    return msgspec.structs.replace(
        at, phase="products", complete=True, modified_since=None, walk=None
    )


def _kept(context: RunContext, at: ImportCursor) -> dict[str, Any] | None:
    if at.phase != "ids":
        return None
    return {**context.integration_cursor, "modified_from": at.began_at}


def _filters(at: ImportCursor) -> Mapping[str, Param]:
    return {"date_modified:min": at.modified_since} if at.modified_since else {}


def _prepared(at: ImportCursor, scratch: dict[str, Any]) -> PageRecord:
    read = "all products" if at.complete else f"products changed since {at.modified_since}"
    if at.restricted:
        read = f"{len(at.ids)} chosen products"
    looked_up = f"{len(scratch['brands'])} brands, {len(scratch['categories'])} categories"
    return PageRecord(
        cursor=at.to_json(),
        scratch=scratch,
        total=len(at.ids) if at.restricted else None,
        log=[LogLine(f"Reading {read}; {looked_up}.", LogLevel.INFO, "import_begun")],
    )


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None
