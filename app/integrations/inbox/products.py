"""Events of products and their variants: the products are read again, as Import Listings would.

They wait while a run of the same channel reads or writes the catalogue. Such a run sees the
changes by itself, and a product that it is just creating must not be taken for a new one.

Names of brands and categories are those that the last import looked up; only a product with one
that is not among them makes us look them up again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.bigcommerce.models.catalog import Product
from app.bigcommerce.resources import products
from app.channels.kinds import IntegrationType
from app.channels.settings import ImportListingsSettings
from app.connections.models import Connection
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.integrations.importing.import_listings import look_up
from app.integrations.importing.listing_mapping import MappedProducts, map_products
from app.integrations.importing.listing_products import save_products_of
from app.integrations.inbox.batches import LEASE, Group, ended, grouped, work_on
from app.integrations.inbox.context import Closed, InboxContext, open_inbox
from app.listings.drafts import SavedListing
from app.listings.importing import save_page
from app.listings.repository import mark_deleted
from app.runs.kinds import ACTIVE, Entity, Outcome
from app.runs.models import Run
from app.runs.recording import ItemOutcome
from app.webhooks.claims import Claim, Finish, finish_events, put_back
from app.webhooks.doorbell import inbox_wake_up
from app.webhooks.kinds import EventStatus

PRODUCTS_AT_ONCE = 100
BUSY_SECONDS = 5.0
NOT_YET = ("not_imported_yet", "Import Listings has not run yet; it will read this product.")
GONE = ("deleted_in_store", "The product is no longer in the store.")
_CATALOGUE_RUNS = (
    IntegrationType.IMPORT_LISTINGS,
    IntegrationType.PUBLISH_LISTINGS,
    IntegrationType.SYNC_LISTINGS,
    IntegrationType.LINK_LISTINGS,
)


async def act_on_products(res: Resources, connection: Connection, claim: Claim) -> None:
    """Bring the listings of a claim up to date; raises `BigCommerceError` and `EventsLost`."""
    async with res.unit_of_work() as uow:
        context = await open_inbox(res, uow, connection, IntegrationType.IMPORT_LISTINGS, "bulk")
        if isinstance(context, Closed):
            reason = (context.code, context.message)
            await finish_events(uow, claim, ended(claim.events, EventStatus.IGNORED, *reason))
            return
        if not context.has_run:
            await finish_events(uow, claim, ended(claim.events, EventStatus.IGNORED, *NOT_YET))
            return
        if await _catalogue_is_busy(uow, connection):
            await put_back(uow, claim, seconds=BUSY_SECONDS)
            uow.ring_after_commit(inbox_wake_up(connection.id, claim.entity, BUSY_SECONDS))
            return
        names = await _names_of_last_import(uow, connection)
    opened = context

    async def work(group: Group) -> None:
        nonlocal names
        found = await products.by_ids(opened.client, list(group))
        if not _are_named(found, names):
            names = await look_up(opened.client)
        mapped = await map_products(opened, names, found)
        await _save(opened, claim, group, mapped, found)

    groups = grouped(claim)
    ids = list(groups)
    for start in range(0, len(ids), PRODUCTS_AT_ONCE):
        chosen = ids[start : start + PRODUCTS_AT_ONCE]
        await work_on(res, claim, {number: groups[number] for number in chosen}, work)


async def _catalogue_is_busy(uow: UnitOfWork, connection: Connection) -> bool:
    run = await uow.session.scalar(
        select(Run.id)
        .where(
            Run.channel_id == connection.channel_id,
            Run.integration.in_([kind.value for kind in _CATALOGUE_RUNS]),
            Run.status.in_([status.value for status in ACTIVE]),
        )
        .limit(1)
    )
    return run is not None


async def _names_of_last_import(uow: UnitOfWork, connection: Connection) -> dict[str, Any]:
    scratch: dict[str, Any] | None = await uow.session.scalar(
        select(Run.scratch)
        .where(
            Run.channel_id == connection.channel_id,
            Run.integration == IntegrationType.IMPORT_LISTINGS.value,
            Run.scratch.has_key("brands"),
        )
        .order_by(Run.id.desc())
        .limit(1)
    )
    return scratch or {"brands": {}, "categories": {}}


def _are_named(found: Sequence[Product], names: dict[str, Any]) -> bool:
    brands, categories = names["brands"], names["categories"]
    return all(
        (not product.brand_id or str(product.brand_id) in brands)
        and all(str(key) in categories for key in product.categories)
        for product in found
    )


async def _save(
    context: InboxContext,
    claim: Claim,
    group: Group,
    mapped: MappedProducts,
    found: Sequence[Product],
) -> None:
    settings = context.settings
    assert isinstance(settings, ImportListingsSettings)  # noqa: S101 - of this integration
    absent = sorted(group.keys() - {product.id for product in found})
    async with context.res.unit_of_work() as uow:
        saved = await save_page(
            uow,
            account_id=context.account_id,
            channel_id=context.channel_id,
            drafts=mapped.drafts,
            pause_new=settings.pause_new_listings,
        )
        refused: dict[int, ItemOutcome] = {}
        if settings.scope == "listings_and_products":
            refused = await save_products_of(
                uow, context.account_id, context.channel_id, mapped.drafts, saved
            )
        await mark_deleted(uow, context.channel_id, absent)
        finishes = _finishes(group, mapped, saved, refused)
        await finish_events(uow, claim, finishes, LEASE)


def _finishes(
    group: Group,
    mapped: MappedProducts,
    saved: Sequence[SavedListing],
    refused: dict[int, ItemOutcome],
) -> list[Finish]:
    outcomes = {listing.external_id: listing for listing in saved}
    rejected = {item.external_id: item for item in mapped.rejected}
    finishes: list[Finish] = []
    for number, events in group.items():
        listing, item = outcomes.get(number), rejected.get(str(number))
        if listing is not None:
            remark = refused.get(number) or mapped.remarks.get(number)
            touched = {
                "entity": Entity.LISTING.value,
                "id": str(listing.listing_id),
                "external_id": str(number),
                "outcome": listing.outcome,
            }
            code, message = (remark.code, remark.message) if remark else (None, None)
            finishes += [
                Finish(event.id, EventStatus.PROCESSED, code, message, [touched])
                for event in events
            ]
        elif item is not None:
            failed = item.outcome is Outcome.FAILED
            status = EventStatus.FAILED if failed else EventStatus.IGNORED
            finishes += ended(events, status, item.code or "rejected", item.message or "")
        else:
            finishes += ended(events, EventStatus.PROCESSED, *GONE)
    return finishes
